"""The resource of `examples/local` that starts and ends a receiver, called as the engine calls it."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.examples.projects import EXAMPLES, ended, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

# The engine's plugin leaves the process to itself, too.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    """Give the example's module."""
    path = EXAMPLES / "local" / "receiver_process.py"
    spec = importlib.util.spec_from_file_location("receiver_process", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a project's folder; what runs there at the end is ended."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for each in psutil.process_iter(["cmdline", "cwd"]):
        if each.info["cwd"] == str(tmp_path) and each.pid != os.getpid():
            each.kill()


def started(example: ModuleType, **inputs: object) -> dict[str, Any]:
    """Create the resource and return its outputs."""
    props = {"port": float(free_port()), "host_name": "receiver.test"} | inputs
    outs: dict[str, Any] = example.ReceiverProcessProvider().create(props).outs
    return outs


def test_runs_until_it_is_deleted(example: ModuleType, project: Path) -> None:
    """It runs in a session of its own, is no change while it runs, and goes with its folder."""
    provider = example.ReceiverProcessProvider()

    outs = started(example)

    assert os.getsid(outs["pid"]) == outs["pid"]
    assert provider.read("receiver", outs).outs == outs
    assert provider.diff("receiver", outs, outs).changes is None
    provider.delete("receiver", outs)
    assert ended(outs["pid"])
    assert list(project.iterdir()) == []
    # What is gone already is no failure.
    provider.delete("receiver", outs)


def test_one_that_died_is_a_change(example: ModuleType, project: Path) -> None:
    """Its end shows in the outputs and as a change, and the update brings it back as it was."""
    provider, outs = example.ReceiverProcessProvider(), started(example)
    os.kill(outs["pid"], signal.SIGKILL)
    os.waitpid(outs["pid"], 0)

    assert provider.read("receiver", outs).outs == {**outs, "running": False}
    assert provider.diff("receiver", outs, outs).changes is True
    again = provider.update("receiver", {**outs, "running": False}, outs).outs
    assert again == {**outs, "pid": again["pid"]}
    assert provider.diff("receiver", again, again).changes is None


def test_id_that_went_to_somebody_else(example: ModuleType, project: Path) -> None:
    """A process that has the id of a receiver that is gone is not ended."""
    outs = started(example)
    os.kill(outs["pid"], signal.SIGKILL)
    os.waitpid(outs["pid"], 0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (project / "receiver" / "lock").write_text(str(other.pid))

        example.ReceiverProcessProvider().delete("receiver", {**outs, "pid": other.pid})

        assert other.poll() is None
        other.communicate(b"\n")


def test_one_that_hangs_is_ended_all_the_same(example: ModuleType, project: Path) -> None:
    """A receiver that does not heed a request to end is killed."""
    outs = started(example)
    os.kill(outs["pid"], signal.SIGSTOP)

    example._end(patience_seconds=0.2)

    assert ended(outs["pid"])


def test_one_of_another_stack_stays(example: ModuleType, project: Path) -> None:
    """Where a receiver runs already, none is started; the sentence names it and the ways on."""
    outs = started(example)

    with pytest.raises(RuntimeError) as refused:
        started(example)

    assert str(refused.value) == (
        f"A receiver that this stack does not know runs in {project}/receiver as process "
        f"{outs['pid']}: it belongs to another stack, or to a run that was cut off. Destroy that "
        "stack, or end the process; then run `pulumi up` again."
    )
    assert not ended(outs["pid"])


def test_one_that_cannot_start(example: ModuleType, project: Path) -> None:
    """What the command says is in the sentence, and no folder is left."""
    with pytest.raises(RuntimeError, match=re.escape("It said: Error: ")) as refused:
        started(example, host_name="no name")

    assert "Traceback" not in str(refused.value)
    assert list(project.iterdir()) == []
