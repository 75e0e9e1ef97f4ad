"""Scenes of deliveries: what the receiver accepts, and what it refuses."""

from __future__ import annotations

import re

from ens_provider.receiver.signature import SIGNATURE_HEADER, sign
from tools.demo.handshake import UP
from tools.demo.stage import Stage

_FORGED = "Zm9yZ2VkIGtleSBvZiAzMiBieXRlcyBleGFjdGx5ISE="  # base64 of a text, no key of anybody
_REFUSED = 503
_CHANGED = re.compile(r"^ +(\S+ ?pulumi-python:\S+): ", re.MULTILINE)


def delivered(stage: Stage) -> None:
    """Events of subscribed types are delivered, signed, and accepted."""
    stage.receiver.clear_received()
    stage.send("EmailSent", "--count", "3", "--definition-key", "welcome")
    stage.send("EmailClick")
    stage.expect(stage.take_accepted() == 4, "the receiver accepted all of them")  # noqa: PLR2004 -- 3 and 1
    stage.send("EmailSent", "--definition-key", "other", reaches=False)
    stage.send("SmsSent", reaches=False)
    stage.expect(stage.take_accepted() == 0, "what the filter or the types leave out stays away")


def forged(stage: Stage) -> None:
    """A forged delivery is refused with 503, and its events go nowhere."""
    status = deliver(stage, key=_FORGED)
    stage.expect(status == _REFUSED, "the receiver answered 503 to a signature of another key")
    stage.expect(stage.take_accepted() == 0, "it accepted nothing")


def paused_and_resumed(stage: Stage) -> None:
    """A pause drops events in place, and ends as it began."""
    stage.config("paused", "true")
    stage.pulumi(*UP)
    stage.expect(
        stage.take_calls() == ["POST /v2/token 200", "PUT ens-subscriptions 200"], "it took one PUT"
    )
    stage.send("EmailSent", "--definition-key", "welcome", reaches=False)
    stage.config("paused", "false")
    stage.pulumi(*UP)
    stage.send("EmailSent", "--definition-key", "welcome")
    stage.expect(stage.take_accepted() == 1, "only the event after the pause arrived")
    stage.take_calls()


def rotated(stage: Stage) -> None:
    """A rotation: the preview names the key and what takes it, and no event is refused."""
    stage.send("EmailOpen")
    stage.config("keyVersion", "2")
    preview = stage.pulumi("preview", "--diff")
    changed = _CHANGED.findall(preview.text)
    stage.expect(
        changed
        == ["~ pulumi-python:dynamic/ens:SignatureKey", "~ pulumi-python:dynamic/receiver:Key"],
        "the preview changes the key and the receiver's keys, nothing else",
    )
    stage.take_calls()
    stage.pulumi(*UP)
    stage.expect(
        stage.take_calls() == ["POST /v2/token 200", "PUT ens-regenerate 200"],
        "it took one call, and one to the receiver",
    )
    stage.expect(stage.knows_key(), "the stack keeps the new key")
    stage.send("EmailOpen")
    stage.expect(stage.take_accepted() == 2, "the events before and after were accepted")  # noqa: PLR2004 -- one each


def deliver(stage: Stage, *, key: str) -> int:
    """Post a delivery to the receiver as somebody who holds that key; return the status."""
    body = b'[{"eventCategoryType":"EngagementEvents.EmailOpen"}]'
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: sign(body, key)}
    status, _ = stage.receiver.request("POST", "/orders", body=body, headers=headers)
    return status
