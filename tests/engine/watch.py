"""Searches everything that a stack gave away for secrets."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import RunResult, Stack

CLIENT_SECRET = "the-client-secret-nobody-may-see"
# Every token of the emulator begins so: its header in base64.
TOKEN = base64.urlsafe_b64encode(b'{"alg": "HS256"').decode()


class Watch:
    """Everything that a stack gave away, to be searched for secrets.

    The backend's folder holds the checkpoints of every run, the events' folder their event logs.
    """

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._printed: list[str] = []

    def ran(self, result: RunResult) -> RunResult:
        """Keep what a run printed, and hand the run on."""
        self._printed.append(result.text)
        return result

    def assert_none_of(self, secrets: Sequence[str]) -> None:
        """Search what was printed, logged and stored for each secret, plain and in base64."""
        places = {f"run {number}": text for number, text in enumerate(self._printed, 1)}
        places["export"] = json.dumps(self._stack.export())
        for file in (each for each in self._folder.rglob("*") if each.is_file()):
            places[str(file)] = file.read_text(encoding="utf-8", errors="replace")
        for secret in secrets:
            for form in (secret, base64.b64encode(secret.encode()).decode()):
                assert [place for place, text in places.items() if form in text] == []


def keys_of(emulator: EmulatorProcess) -> list[str]:
    """Return the signature and verification keys that are there."""
    callbacks = emulator.state()["callbacks"]
    return [c[name] for c in callbacks for name in ("signatureKey", "verificationKey")]
