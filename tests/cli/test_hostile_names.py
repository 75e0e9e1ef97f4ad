"""Names that somebody interprets, in an account that the commands look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.engine.outside import Outside
from tests.hostile.texts import HOSTILE, interpreted

NAMES = sorted(set(HOSTILE) - {"half-a-character"})


@pytest.fixture(params=NAMES)
def hostile(request: pytest.FixtureRequest, emulator: EmulatorProcess, outside: Outside) -> str:
    """An account whose callback has a hostile name, and whose subscription a hostile reason."""
    name: str = HOSTILE[request.param]
    outside.create_live_callback(name)
    [subscription] = emulator.state()["subscriptions"]
    outside.change_subscription(subscription, status="paused", statusReason=name)
    return name


def test_list(hostile: str, run: Commands) -> None:
    """The table and the JSON show what somebody would interpret, and hide nothing."""
    for arguments in (["list"], ["list", "--json"]):
        ended = run.run(*arguments)

        assert ended.code == 0
        assert interpreted((ended.stdout + ended.stderr).replace("\n", "")) == []
    [callback] = run.run("list", "--json").json["callbacks"]
    assert callback["name"] == hostile


def test_import(hostile: str, run: Commands, tmp_path: Path) -> None:
    """The lines say what was read; the program and its names are text that a compiler takes."""
    ended = run.run("import", "--out", str(tmp_path / "taken"))

    assert interpreted((ended.stdout + ended.stderr).replace("\n", "")) == []
    for program in tmp_path.rglob("*.py"):
        text = program.read_text(encoding="utf-8")
        assert interpreted(text.replace("\n", "")) == []
        compile(text, str(program), "exec")


def test_doctor(hostile: str, run: Commands, emulator: EmulatorProcess) -> None:
    """What the service says is shown on the lines of the report alone."""
    emulator.add_fault(
        route="GET /platform/v1/ens-callbacks",
        do="status",
        status=400,
        body={"message": hostile},
        times=None,
    )
    ended = run.run("doctor")

    assert interpreted((ended.stdout + ended.stderr).replace("\n", "")) == []
