"""What the demo shows, scene by scene; the docstring of a scene is its title."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.demo.stage import HOST, LATE_HOST, Stage

URL = f"https://{HOST}/orders"
MOVED_URL = f"https://{HOST}/orders-v2"
LATE_URL = f"https://{LATE_HOST}/orders"
DEAD_URL = "https://nowhere.receiver.test/orders"
NAME = "ens-callbacks-demo-orders"
_UP = ("up", "--yes", "--skip-preview")


def create(stage: Stage) -> None:
    """`up` creates the callback, and ENS's probe finds the endpoint."""
    stage.pulumi("stack", "init", "demo")
    stage.config("url", URL)
    stage.pulumi(*_UP)
    calls = stage.take_calls()
    (callback,) = stage.callbacks()
    stage.expect(callback["callbackName"] == NAME, f"ENS holds one callback, named {NAME}")
    stage.expect(
        calls == ["POST /v2/token 200", "POST ens-callbacks 201", f"probe {URL} 200"],
        "it took one token, one creation and the service's own probe",
    )
    stage.expect(
        _key_in_state(stage) == callback["signatureKey"],
        "the stack keeps the signature key as a secret",
    )


def preview_without_changes(stage: Stage) -> None:
    """`preview` without a change makes no call."""
    stage.pulumi("preview", "--expect-no-changes")
    stage.expect(stage.take_calls() == [], "nothing was called")


def change_in_place(stage: Stage) -> None:
    """A new batch size is changed in place."""
    stage.config("maxBatchSize", "500")
    before = stage.callbacks()
    stage.pulumi("preview", "--diff")
    stage.expect(stage.take_calls() == [], "the preview called nothing")
    stage.pulumi(*_UP)
    calls = stage.take_calls()
    stage.expect(calls == ["POST /v2/token 200", "PUT ens-callbacks 200"], "it took one PUT")
    stage.expect(
        stage.callbacks() == [{**before[0], "maxBatchSize": 500}],
        "the same callback has the new batch size and nothing else changed",
    )


def change_url(stage: Stage) -> None:
    """A new URL is a deletion and a creation, and the preview says so."""
    stage.config("url", MOVED_URL)
    preview = stage.pulumi("preview", "--diff")
    stage.expect("(replace)" in preview.text, "the preview announces a replacement")
    stage.pulumi(*_UP)
    calls = stage.take_calls()
    stage.expect(
        calls
        == [
            "POST /v2/token 200",
            "DELETE ens-callbacks/ID 200",
            "POST ens-callbacks 201",
            f"probe {MOVED_URL} 200",
        ],
        "the old callback was deleted before the new one was created",
    )
    stage.expect(_urls(stage) == [MOVED_URL], "ENS holds the callback of the new URL only")


def late_endpoint(stage: Stage) -> None:
    """An endpoint that answers only after a while is waited for."""
    stage.config("url", LATE_URL)
    running = stage.start(*_UP)
    running.wait_for_text("retrying create")
    stage.say("the endpoint begins to listen now")
    stage.late.start()
    result = running.wait()
    stage.take_calls()
    stage.expect(result.code == 0, "pulumi up ends with success")
    stage.expect(_urls(stage) == [LATE_URL], "one callback is there, and no leftover of the tries")


def dead_endpoint(stage: Stage) -> None:
    """An endpoint that never answers ends with a sentence, and leaves nothing behind."""
    stage.config("url", DEAD_URL)
    stage.config("probeTimeoutSeconds", "3")
    result = stage.pulumi(*_UP, fails=True)
    stage.take_calls()
    stage.expect(
        "the host name has no public DNS entry that ENS can see" in result.text,
        "the error says what is wrong with the endpoint",
    )
    stage.expect(stage.callbacks() == [], "no callback was left on the server")
    stage.config("url", URL)
    stage.pulumi(*_UP)
    stage.expect(_urls(stage) == [URL], "with a working URL the next up creates it")


def left_by_a_crash(stage: Stage) -> None:
    """A callback that a crash left behind is replaced by one with a known key."""
    stage.config("url", MOVED_URL)
    stage.emulator.add_fault(route="POST /platform/v1/ens-callbacks", when="after", do="hold")
    running = stage.start(*_UP)
    stage.wait_until_held()
    stage.say("the service has created the callback: now the engine is killed with -9")
    stage.kill_engine(running)
    stage.emulator.clear_faults()
    stage.expect(
        _urls(stage) == [MOVED_URL], "a callback is there of which the stack knows nothing"
    )
    orphan = stage.callbacks()[0]["callbackId"]
    stage.pulumi("cancel", "--yes")
    stage.pulumi(*_UP, "--refresh")
    stage.take_calls()
    (callback,) = stage.callbacks()
    stage.expect(callback["callbackId"] != orphan, "one callback is there, and it is a new one")
    stage.expect(_key_in_state(stage) == callback["signatureKey"], "the stack knows its key")
    stage.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stage.expect(len(stage.callbacks()) == 1, "what the crash left in the state is cleared up")


def live_callback(stage: Stage) -> None:
    """A live callback that the stack does not know is left alone."""
    _subscribe(stage, stage.callbacks()[0])
    backup = stage.cli.cwd.parent / "backup.json"
    stage.pulumi("stack", "export", "--file", str(backup))
    urn = _callback_urn(backup)
    stage.pulumi("state", "delete", "--yes", urn)
    before = stage.emulator.state()
    stage.take_calls()
    result = stage.pulumi(*_UP, fails=True)
    stage.take_calls()
    stage.expect("known_signature_key" in result.text, "the error names the ways on")
    stage.expect(stage.emulator.state() == before, "nothing was touched")
    stage.say("the state is restored from its backup, and the subscription taken away")
    stage.pulumi("stack", "import", "--file", str(backup))
    _unsubscribe(stage)


def destroy(stage: Stage) -> None:
    """`destroy` takes everything down."""
    stage.take_calls()
    stage.pulumi("destroy", "--yes", "--skip-preview")
    calls = stage.take_calls()
    stage.expect(
        calls == ["POST /v2/token 200", "DELETE ens-callbacks/ID 200"], "it took one deletion"
    )
    stage.expect(
        stage.emulator.state() == {"callbacks": [], "subscriptions": []},
        "the service holds nothing any more",
    )
    stage.show_end()


SCENES: tuple[Callable[[Stage], None], ...] = (
    create,
    preview_without_changes,
    change_in_place,
    change_url,
    late_endpoint,
    dead_endpoint,
    left_by_a_crash,
    live_callback,
    destroy,
)


def _key_in_state(stage: Stage) -> str:
    return stage.cli.run("stack", "output", "--show-secrets", "signature_key").stdout.strip()


def _urls(stage: Stage) -> list[str]:
    return [str(callback["url"]) for callback in stage.callbacks()]


def _callback_urn(exported: Path) -> str:
    resources = json.loads(exported.read_text(encoding="utf-8"))["deployment"]["resources"]
    return next(str(each["urn"]) for each in resources if each["type"].endswith("ens:Callback"))


def _subscribe(stage: Stage, callback: dict[str, Any]) -> None:
    """Make a callback live, as its receiver's people would by hand."""
    key = stage.endpoint.probes[-1]["verificationKey"]
    callback_id = callback["callbackId"]
    body = {"callbackId": callback_id, "verificationKey": key}
    _call(stage, "POST", "/platform/v1/ens-verify", body)
    subscription = {
        "callbackId": callback_id,
        "subscriptionName": "orders-sent",
        "eventCategoryTypes": ["TransactionalSendEvents.EmailSent"],
    }
    _call(stage, "POST", "/platform/v1/ens-subscriptions", [subscription])
    stage.say("somebody verified the callback and subscribed it: it receives events now")


def _unsubscribe(stage: Stage) -> None:
    for subscription in stage.emulator.state()["subscriptions"]:
        _call(stage, "DELETE", f"/platform/v1/ens-subscriptions/{subscription['subscriptionId']}")


def _call(stage: Stage, method: str, path: str, body: object = None) -> Any:
    token = _send(
        "POST",
        f"{stage.emulator.auth_url}/v2/token",
        {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret"},
    )["access_token"]
    return _send(method, stage.emulator.rest_url + path, body, {"Authorization": f"Bearer {token}"})


def _send(method: str, url: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 -- the emulator's own address
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    # Nothing that is called here is beyond this machine, whatever proxies are set.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.load(answer)
