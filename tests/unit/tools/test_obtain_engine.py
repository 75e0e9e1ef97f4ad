"""Which engine is taken, and what is said where none can be had."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tools.engine.obtain import (
    OLDEST_ON_PATH,
    EngineMissingError,
    engine_version,
    is_reachable,
    is_recent,
    obtain_engine,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Writes what `go build -o FILE` would, and leaves a line per build.
GO = """#!/bin/sh
echo "$@" >> "{log}"
while [ "$1" != "-o" ]; do shift; done
printf '#!/bin/sh\\necho v{version}\\n' > "$2"
chmod +x "$2"
"""
BROKEN_GO = """#!/bin/sh
echo "go: module lookup failed" >&2
exit 1
"""


@dataclass(frozen=True)
class Machine:
    """A search path and a cache of its own, and an installer that cannot be reached."""

    bin: Path
    cache: Path
    installer_url: str

    def program(self, name: str, text: str) -> Path:
        """Put a program on the search path."""
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)
        return self.bin / name

    def obtain(self, *, only_built: bool = False) -> Path:
        """Obtain an engine on this machine."""
        return obtain_engine(
            cache=self.cache,
            path=str(self.bin),
            installer_url=self.installer_url,
            only_built=only_built,
        )

    def builds(self) -> list[str]:
        """Return the arguments of each build so far."""
        log = self.bin / "log"
        return log.read_text().splitlines() if log.exists() else []

    def with_go(self) -> None:
        """Put a Go on the search path that writes a program instead of building one."""
        self.program("go", GO.format(log=self.bin / "log", version=engine_version()))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Give a machine without anything, offline."""
    (tmp_path / "bin").mkdir()
    # Bound and not listening: connections are refused, and nobody else can take the port.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/install.sh"
        yield Machine(tmp_path / "bin", tmp_path / "cache", url)


@pytest.mark.parametrize("version", ["3.259.0", "3.300.1"])
def test_recent_engine_on_path_is_taken(machine: Machine, version: str) -> None:
    """A CLI on PATH that is recent enough is used as it is, and nothing is cached."""
    pulumi = machine.program("pulumi", f"#!/bin/sh\necho v{version}\n")

    assert machine.obtain() == pulumi
    assert not machine.cache.exists()


@pytest.mark.parametrize("says", ["echo v3.258.9", "echo v4.0.0", "echo nonsense", "exit 1"])
def test_unsuitable_engine_on_path_is_passed_over(machine: Machine, says: str) -> None:
    """A CLI on PATH that is old, of another major version or broken is not used."""
    machine.program("pulumi", f"#!/bin/sh\n{says}\n")
    machine.with_go()

    assert machine.obtain() == machine.cache / engine_version() / "built" / "pulumi"


def test_what_is_obtained_may_be_newer_than_what_is_taken() -> None:
    """The engine that is obtained is never older than the oldest one on PATH that would be taken."""
    assert is_recent(engine_version(), minimum=OLDEST_ON_PATH)


def test_engine_is_built_once_with_its_version(machine: Machine) -> None:
    """The module is built with the version that go.mod names; the second time it is there."""
    machine.with_go()

    first, second = machine.obtain(), machine.obtain()

    assert first == second
    [build] = machine.builds()
    assert f"version.Version=v{engine_version()}" in build
    assert build.endswith("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi")


def test_built_engine_has_its_standins_beside_it(machine: Machine) -> None:
    """Language host and launcher lie beside the built engine, ready to run, and are renewed."""
    machine.with_go()
    folder = machine.obtain().parent
    host = folder / "language_host.py"
    assert sorted(p.name for p in folder.iterdir()) == [
        "language_host.py",
        "pulumi",
        "pulumi-language-python",
        "pulumi-resource-pulumi-python",
        "pulumi_program_host.py",
    ]
    assert all(p.stat().st_mode & 0o111 for p in folder.iterdir())
    assert "@HOST_PYTHON@" not in (folder / "pulumi-language-python").read_text()

    text = host.read_text()
    host.write_text("old")
    machine.obtain()

    assert host.read_text() == text


def test_two_at_once_build_once(machine: Machine) -> None:
    """Of two that obtain the engine at the same time one builds and the other waits for it."""
    machine.with_go()

    with ThreadPoolExecutor(2) as both:
        found = {f.result() for f in [both.submit(machine.obtain) for _ in range(2)]}

    assert len(found) == 1
    assert len(machine.builds()) == 1


def test_official_engine_in_the_cache_comes_first(machine: Machine) -> None:
    """An engine that the official installer left is taken, unless a built one is asked for."""
    official = machine.cache / engine_version() / "official" / "bin" / "pulumi"
    official.parent.mkdir(parents=True)
    official.touch()
    machine.with_go()

    assert machine.obtain() == official
    assert machine.obtain(only_built=True) == official.parents[2] / "built" / "pulumi"


def test_machine_without_anything_gets_one_sentence(machine: Machine) -> None:
    """Without network and Go the error says in one sentence what to do."""
    with pytest.raises(EngineMissingError) as raised:
        machine.obtain()

    assert str(raised.value) == (
        "There is no Pulumi engine on this machine: put the Pulumi CLI (at least 3.259.0) "
        "on PATH, or install Go and connect to a network so that it can be built."
    )


def test_failed_build_leaves_nothing_half_done(machine: Machine) -> None:
    """A build that fails says why, and the next attempt begins anew."""
    machine.program("go", BROKEN_GO)

    with pytest.raises(
        EngineMissingError, match=r"^Building the engine failed \(go: module lookup"
    ):
        machine.obtain()

    assert [p.name for p in (machine.cache / engine_version()).iterdir()] == ["lock"]
    machine.with_go()
    assert machine.obtain().name == "pulumi"


@pytest.mark.parametrize(
    ("version", "recent"),
    [
        ("3.259.0", True),
        ("3.260.0-alpha.1", True),
        ("3.1000.0", True),
        ("3.258.9", False),
        ("3.99.0", False),
        ("4.0.0", False),
        ("", False),
    ],
)
def test_is_recent(version: str, recent: bool) -> None:
    """Versions compare as numbers, within one major version."""
    assert is_recent(version, minimum="3.259.0") is recent


def test_silent_address_is_not_reachable() -> None:
    """An address that accepts a connection and never answers is given up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"

        assert not is_reachable(url, seconds=0.2)
