"""Scenes of changes: in place, and from one URL to another."""

from __future__ import annotations

from tools.demo.deliveries import deliver
from tools.demo.handshake import SUBSCRIPTIONS, TOKEN, UP
from tools.demo.stage import HOST, Stage

MOVED_URL = f"https://{HOST}/orders-v2"
_REFUSED = 503


def change_in_place(stage: Stage) -> None:
    """A new batch size is changed in place."""
    stage.config("maxBatchSize", "500")
    (before,) = stage.callbacks()
    stage.pulumi("preview", "--diff")
    stage.expect(stage.take_calls() == [], "the preview called nothing")
    stage.pulumi(*UP)
    stage.expect(stage.take_calls() == [TOKEN, "PUT ens-callbacks 200"], "it took one PUT")
    stage.expect(
        stage.callbacks() == [{**before, "maxBatchSize": 500}],
        "the same callback has the new batch size and nothing else changed",
    )


def change_url(stage: Stage) -> None:
    """A new URL: subscriptions go first and come back last, and the old key is refused."""
    old_key = str(stage.callbacks()[0]["signatureKey"])
    stage.config("url", MOVED_URL)
    preview = stage.pulumi("preview", "--diff")
    stage.expect(preview.text.count("(replace)") == 6, "the preview announces all replacements")  # noqa: PLR2004 -- every resource
    stage.take_calls()
    stage.pulumi(*UP)
    stage.expect(
        stage.take_calls()
        == [
            TOKEN,
            "DELETE ens-subscriptions/ID 200",
            "DELETE ens-subscriptions/ID 200",
            "DELETE ens-callbacks/ID 200",
            "POST ens-callbacks 201",
            f"probe {MOVED_URL} 200",
            "POST ens-verify 200",
            "PUT ens-regenerate 200",
            "POST ens-subscriptions 201",
            "POST ens-subscriptions 201",
        ],
        "everything of the old URL went before anything of the new one came",
    )
    (callback,) = stage.callbacks()
    stage.expect(callback["url"] == MOVED_URL, "ENS holds the callback of the new URL only")
    stage.expect(stage.subscription_names() == SUBSCRIPTIONS, "it is subscribed as before")
    stage.receiver.clear_received()
    stage.expect(
        deliver(stage, key=old_key) == _REFUSED,
        "a delivery that is signed with the old callback's key is refused with 503",
    )
    stage.send("EmailOpen")
    stage.expect(stage.take_accepted() == 1, "a new event is accepted")
    stage.take_calls()
