"""Searches everything that a stack gave away for secrets."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from tools.engine.obtain import is_recent, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import RunResult, Stack
    from tools.engine.cli import CommandResult

CLIENT_SECRET = "the-client-secret-nobody-may-see"
# Every token of the emulator begins so: its header in base64.
TOKEN = base64.urlsafe_b64encode(b'{"alg": "HS256"').decode()
# At -v=9 older engines write down each value of their calls to plugins and of plugins', the
# configuration of a provider and the inputs of resources as they are. No plugin can keep them from it.
EXCUSED = re.compile(r'^.*"msg":"(?:M|Unm)arshaling property for RPC\[.*$', re.MULTILINE)
# The first engine that is known to write no such line: of this one and later ones none is excused.
DISCREET = "3.274.0"
# Parts of a secret shorter than this may stand anywhere.
_SHORTEST_PART = 16


class Watch:
    """Everything that a stack gave away, to be searched for secrets.

    The folder holds the backend (checkpoints of every run, backups, history), the event logs, the
    engine's own folder with its logs, the project, and plans that were saved below it.
    """

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._printed: dict[str, str] = {}
        self._version = version_of(stack.cli.binary)

    def ran(self, result: RunResult) -> RunResult:
        """Keep what a run printed, and hand the run on."""
        self._keep(result.command)
        return result

    def command(self, *arguments: str) -> CommandResult:
        """Run another command of the CLI, which has to succeed, and keep what it printed."""
        result = self._stack.cli.run(*arguments, check=True)
        self._keep(result)
        return result

    def printed(self, text: str, *, by: str) -> None:
        """Keep what another process printed."""
        self._printed[by] = text

    def assert_none_of(self, secrets: Iterable[str]) -> None:
        """Search what was printed, logged and stored for each secret, in all of its `spellings`."""
        places = self._places()
        everything = "\n".join(places.values())
        given_away = [
            each for secret in secrets for each in spellings(secret) if each in everything
        ]
        assert [(each, _where(each, places)) for each in given_away] == []

    def assert_excused_as_needed(self) -> None:
        """See that the oldest engine still writes what is `EXCUSED`, after runs at -v=9."""
        lines = [line for text in self._raw_places().values() for line in EXCUSED.findall(text)]
        if not is_recent(self._version, minimum="3.260.0"):
            assert lines != []

    def places_of(self, text: str) -> list[str]:
        """Return where a text stands: files relative to the folder, and commands."""
        return _where(text, self._places())

    def _keep(self, result: CommandResult) -> None:
        self._printed[f"{len(self._printed) + 1}: {' '.join(result.arguments[:2])}"] = result.text

    def _places(self) -> dict[str, str]:
        places = self._raw_places()
        if is_recent(self._version, minimum=DISCREET):
            return places
        return {place: EXCUSED.sub("", text) for place, text in places.items()}

    def _raw_places(self) -> dict[str, str]:
        places = {**self._printed, "export": json.dumps(self._stack.export())}
        for file in (each for each in self._folder.rglob("*") if each.is_file()):
            name = file.relative_to(self._folder).as_posix()
            places[name] = file.read_text(encoding="utf-8", errors="replace")
        return places


def spellings(secret: str) -> set[str]:
    """Return how a secret may stand somewhere, whole or half.

    Plain, quoted for a URL, escaped for JSON, and in base64, alone or inside of something longer.
    """
    quoted = {quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1]}
    middle = len(secret) // 2
    halves = {half for half in (secret[:middle], secret[middle:]) if len(half) >= _SHORTEST_PART}
    return {secret, *quoted, *halves, *_inside_base64(secret.encode())}


def _inside_base64(content: bytes) -> set[str]:
    """Return what of the content's base64 does not depend on what stands around it."""
    found = {base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()}
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode()
        padding = encoded.count("=")
        found.add(encoded[(0, 2, 3)[before] : -padding - 1 if padding else None])
    return found


def _where(text: str, places: dict[str, str]) -> list[str]:
    return [place for place, content in places.items() if text in content]


def keys_of(emulator: EmulatorProcess) -> list[str]:
    """Return the signature and verification keys that are there."""
    callbacks = emulator.state()["callbacks"]
    return [c[name] for c in callbacks for name in ("signatureKey", "verificationKey")]
