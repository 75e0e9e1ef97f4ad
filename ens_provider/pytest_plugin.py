"""Fixtures of pytest for tests of receivers: the emulator, and a receiver beside it.

Installing the package is enough for pytest to know them (`docs/testing.md`). Nothing of the
package is imported, and nothing starts, before a test asks for one.
"""

from __future__ import annotations

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess

_OF_RECEIVER = (("click", "cli"), ("trustme", "receiver"))
_OF_EMULATOR = (("click", "cli"), ("aiohttp", "emulator"), ("re2", "emulator"))


@pytest.fixture(scope="session")
def ens_receiver_process() -> Iterator[ReceiverProcess]:
    """Run a receiver for the session: it answers for `receiver.test`, over TLS on loopback."""
    _require(_OF_RECEIVER, purpose="The fixture ens_receiver")
    from ens_provider.receiver.process import ReceiverProcess  # noqa: PLC0415 -- not before it is used

    with ReceiverProcess() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def ens_resolve(request: pytest.FixtureRequest) -> Sequence[str]:
    """Where the host names of callbacks lead, as `HOST=ADDR:PORT`: to the receiver of the session.

    Override it, at session scope, to lead names to a server of your own. Without the extra
    `receiver` no name leads anywhere.
    """
    if _missing(_OF_RECEIVER):
        return []
    receiver: ReceiverProcess = request.getfixturevalue("ens_receiver_process")
    return receiver.resolve


@pytest.fixture(scope="session")
def ens_ca_files(request: pytest.FixtureRequest) -> Sequence[str | Path]:
    """The CAs (PEM files) that the emulator trusts beside those of the machine: the receiver's.

    Override it, at session scope, with the one that signed for a server of your own.
    """
    if _missing(_OF_RECEIVER):
        return []
    receiver: ReceiverProcess = request.getfixturevalue("ens_receiver_process")
    return [receiver.ca_file]


@pytest.fixture(scope="session")
def ens_emulator_process(
    ens_resolve: Sequence[str], ens_ca_files: Sequence[str | Path]
) -> Iterator[EmulatorProcess]:
    """Run an emulator for the session, whose probes and deliveries go where `ens_resolve` says."""
    _require(_OF_EMULATOR, purpose="The fixture ens_emulator")
    from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess  # noqa: PLC0415 -- not before it is used

    with tempfile.TemporaryDirectory(prefix="ens-pytest-") as folder:
        ca_file = _joined(ens_ca_files, Path(folder, "ca.pem"))
        options = EmulatorOptions(resolve=list(ens_resolve), ca_file=ca_file)
        with EmulatorProcess(options) as emulator:
            yield emulator


@pytest.fixture
def ens_emulator(ens_emulator_process: EmulatorProcess) -> EmulatorProcess:
    """Give an emulator that is as new: nothing in its account, switches at their defaults."""
    ens_emulator_process.reset()
    return ens_emulator_process


@pytest.fixture
def ens_receiver(ens_receiver_process: ReceiverProcess) -> ReceiverProcess:
    """Give a receiver that has received nothing, and holds no signature key."""
    ens_receiver_process.reset()
    return ens_receiver_process


def _joined(files: Sequence[str | Path], target: Path) -> Path | None:
    # The emulator takes one file.
    if not files:
        return None
    texts = [Path(file).read_text(encoding="ascii") for file in files]
    target.write_text("\n".join(texts), encoding="ascii")
    return target


def _missing(needed: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(package, extra) for package, extra in needed if find_spec(package) is None]


def _require(needed: Sequence[tuple[str, str]], *, purpose: str) -> None:
    missing = _missing(needed)
    if not missing:
        return
    packages = ", ".join(f"'{package}'" for package, _ in missing)
    extras = ",".join(dict.fromkeys(extra for _, extra in missing))
    pytest.fail(
        f"{purpose} needs what is not installed ({packages}): "
        f"pip install 'pulumi-sfmc-ens[{extras}]'",
        pytrace=False,
    )
