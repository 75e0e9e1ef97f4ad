"""How resources are registered: their attributes, and what is told of where they were declared."""

from __future__ import annotations

import sys
import traceback

import pulumi
import pytest
from pulumi.runtime.settings import SETTINGS

import ens_provider as ens
from ens_provider.resources.program_frames import program_frames_only
from tests.unit.resources.mock_engine import Engine, run


class OurCallback(ens.Callback, module="ens", name="Callback"):
    """A program's own class, with an attribute of its own."""

    team: pulumi.Output[str]


def test_what_is_not_given_is_not_registered(engine: Engine) -> None:
    """Attributes are there, given or not; inputs that no attribute shows only if they are given."""
    shown: list[object] = []

    def program() -> pulumi.Output[None]:
        callback = ens.Callback("orders", url="https://receiver.test/orders", on_existing="fail")
        assert not hasattr(callback, "adopt_id")
        both = pulumi.Output.all(callback.url, callback.force_destroy)
        return both.apply(shown.extend)

    run(program)

    assert shown == ["https://receiver.test/orders", None]
    assert set(engine.registered[0].inputs) == {"__provider", "callback_name", "on_existing", "url"}


def test_own_class_keeps_the_attributes(engine: Engine) -> None:
    """A class derived from a resource has the attributes of both."""
    engine.outputs["pulumi-python:dynamic/ens:Callback"] = {"mid": "1234567", "team": "billing"}
    shown: list[object] = []

    def program() -> pulumi.Output[None]:
        callback = OurCallback("orders", url="https://receiver.test/orders")
        return pulumi.Output.all(callback.mid, callback.team).apply(shown.extend)

    run(program)

    assert shown == ["1234567", "billing"]


@pytest.mark.skipif(not hasattr(pulumi.Output, "_untrack"), reason="older SDKs keep no such list")
def test_end_of_the_program_does_not_look_after_unused_outputs(engine: Engine) -> None:
    """Only what the program makes of a resource is waited for, apart from its registration."""
    looked_after: list[int] = []
    shown: list[str] = []

    def program() -> None:
        before = len(SETTINGS.outputs)
        callback = ens.Callback("orders", url="https://receiver.test/orders")
        looked_after.append(len(SETTINGS.outputs) - before)
        callback.url.apply(shown.append)

    run(program)

    assert looked_after == [0]
    assert shown == ["https://receiver.test/orders"]
    assert engine.types() == ["pulumi-python:dynamic/ens:Callback"]


def test_frames_of_what_runs_the_program_are_left_out() -> None:
    """The stack that the SDK reads ends with the program, but for two frames of its runner."""
    namespace = {"__name__": "pulumi.runtime.stack"}
    exec(
        "def runner(program): return program()\ndef outer(program): return runner(program)",
        namespace,
    )

    def program() -> list[str]:
        with program_frames_only():
            return _as_deep_as_the_sdk()

    names = namespace["outer"](program)  # type: ignore[operator] # defined above

    assert names == ["outer", "runner", "program"]
    assert not hasattr(sys, "tracebacklimit")


def test_limit_of_the_process_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that somebody else has set is there again afterwards."""
    monkeypatch.setattr(sys, "tracebacklimit", 3, raising=False)
    with program_frames_only():
        assert (sys.tracebacklimit or 0) > 3
    assert sys.tracebacklimit == 3


def _as_deep_as_the_sdk(frames: int = 5) -> list[str]:
    """Return the names of the frames that `extract_stack` sees, without our own."""
    if frames > 1:
        return _as_deep_as_the_sdk(frames - 1)
    names = [frame.name for frame in traceback.extract_stack()]
    return [name for name in names if name != "_as_deep_as_the_sdk"]
