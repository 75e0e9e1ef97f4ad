"""Scenes of trouble: endpoints that do not answer, a killed engine, a callback of others."""

from __future__ import annotations

import json
from pathlib import Path

from tools.demo.changes import MOVED_URL
from tools.demo.handshake import SUBSCRIPTIONS, UP, URL
from tools.demo.stage import Stage

DEAD_URL = "https://nowhere.receiver.test/orders"


def late_endpoint(stage: Stage) -> None:
    """A receiver that answers only after a while is waited for."""
    stage.receiver.stop()
    stage.config("url", URL)
    running = stage.start(*UP)
    running.wait_for_text("retrying create")
    stage.say("the receiver starts now")
    stage.receiver.start()
    result = running.wait()
    stage.take_calls()
    stage.expect(result.code == 0, "pulumi up ends with success")
    stage.expect(_urls(stage) == [URL], "one callback is there, and no leftover of the tries")
    stage.expect(stage.subscription_names() == SUBSCRIPTIONS, "verified and subscribed")


def dead_endpoint(stage: Stage) -> None:
    """An endpoint that never answers ends with a sentence, and leaves nothing behind."""
    stage.config("url", DEAD_URL)
    stage.config("probeTimeoutSeconds", "3")
    result = stage.pulumi(*UP, fails=True)
    stage.take_calls()
    stage.expect(
        "the host name has no public DNS entry that ENS can see" in result.text,
        "the error says what is wrong with the endpoint",
    )
    stage.expect(stage.callbacks() == [], "no callback was left on the server")
    stage.config("url", URL)
    stage.pulumi(*UP)
    stage.expect(_urls(stage) == [URL], "with a working URL the next up creates it")


def left_by_a_crash(stage: Stage) -> None:
    """A callback that a crash left behind is replaced by one with a known key."""
    stage.config("url", MOVED_URL)
    stage.emulator.add_fault(route="POST /platform/v1/ens-callbacks", when="after", do="hold")
    running = stage.start(*UP)
    stage.wait_until_held()
    stage.say("the service has created the callback: now the engine is killed with -9")
    stage.kill_engine(running)
    stage.emulator.clear_faults()
    stage.expect(
        _urls(stage) == [MOVED_URL], "a callback is there of which the stack knows nothing"
    )
    orphan = stage.callbacks()[0]["callbackId"]
    stage.pulumi("cancel", "--yes")
    stage.pulumi(*UP, "--refresh")
    stage.take_calls()
    (callback,) = stage.callbacks()
    stage.expect(callback["callbackId"] != orphan, "one callback is there, and it is a new one")
    stage.expect(stage.knows_key(), "the stack knows its key")
    stage.expect(stage.subscription_names() == SUBSCRIPTIONS, "it is verified and subscribed")
    stage.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stage.expect(len(stage.callbacks()) == 1, "what the crash left in the state is cleared up")


def live_callback(stage: Stage) -> None:
    """A live callback that the stack does not know is left alone."""
    backup = stage.cli.cwd.parent / "backup.json"
    stage.pulumi("stack", "export", "--file", str(backup))
    stage.pulumi("state", "delete", "--yes", "--target-dependents", _callback_urn(backup))
    before = stage.emulator.state()
    stage.take_calls()
    result = stage.pulumi(*UP, fails=True)
    stage.take_calls()
    stage.expect("known_signature_key" in result.text, "the error names the ways on")
    stage.expect(stage.emulator.state() == before, "nothing was touched")
    stage.say("the state is restored from its backup")
    stage.pulumi("stack", "import", "--file", str(backup))


def _urls(stage: Stage) -> list[str]:
    return [str(callback["url"]) for callback in stage.callbacks()]


def _callback_urn(exported: Path) -> str:
    resources = json.loads(exported.read_text(encoding="utf-8"))["deployment"]["resources"]
    return next(str(each["urn"]) for each in resources if each["type"].endswith("ens:Callback"))
