"""Scenes of the handshake: from nothing to signed events, and down again."""

from __future__ import annotations

from tools.demo.stage import HOST, Stage

URL = f"https://{HOST}/orders"
NAME = "ens-callbacks-demo-orders"
SUBSCRIPTIONS = ["ens-callbacks-demo-read", "ens-callbacks-demo-sent"]
UP = ("up", "--yes", "--skip-preview")
TOKEN = "POST /v2/token 200"  # noqa: S105 -- a call, no secret


def everything_in_one_up(stage: Stage) -> None:
    """One `up`: the callback, its verification, its key with the receiver, its subscriptions."""
    stage.pulumi("stack", "init", "demo")
    stage.config("url", URL)
    stage.config("receiverUrl", stage.receiver.local_url)
    stage.pulumi("config", "set", "--secret", "receiverToken", stage.receiver.token)
    stage.config("definitionKey", "welcome")
    stage.pulumi(*UP)
    calls = stage.take_calls()
    (callback,) = stage.callbacks()
    stage.expect(
        calls
        == [
            TOKEN,
            "POST ens-callbacks 201",
            f"probe {URL} 200",
            "POST ens-verify 200",
            "PUT ens-regenerate 200",
            "POST ens-subscriptions 201",
            "POST ens-subscriptions 201",
        ],
        "each step took one call, in this order, and nothing was read back",
    )
    stage.expect(callback["callbackName"] == NAME, f"ENS holds one callback, named {NAME}")
    stage.expect(callback["status"] == "verified", "it is verified")
    stage.expect(stage.knows_key(), "the stack keeps its signature key, as a secret")
    stage.expect(stage.subscription_names() == SUBSCRIPTIONS, "it is subscribed twice")


def preview_without_changes(stage: Stage) -> None:
    """`preview` without a change makes no call."""
    stage.pulumi("preview", "--expect-no-changes")
    stage.expect(stage.take_calls() == [], "nothing was called")


def destroy(stage: Stage) -> None:
    """`destroy` takes everything down, the subscriptions first."""
    stage.take_calls()
    stage.pulumi("destroy", "--yes", "--skip-preview")
    calls = stage.take_calls()
    stage.expect(
        calls
        == [
            TOKEN,
            "DELETE ens-subscriptions/ID 200",
            "DELETE ens-subscriptions/ID 200",
            "DELETE ens-callbacks/ID 200",
        ],
        "it took one deletion for each object, in this order",
    )
    stage.expect(
        stage.emulator.state() == {"callbacks": [], "subscriptions": []},
        "the service holds nothing any more",
    )
