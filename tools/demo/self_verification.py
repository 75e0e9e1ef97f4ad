"""A scene of the other way of verification: the receiver does it, inside the probe."""

from __future__ import annotations

import shutil

from tools.demo.handshake import TOKEN, UP
from tools.demo.stage import HOST, Stage
from tools.engine.environment import REPOSITORY

URL = f"https://{HOST}/letters"
_PROGRAM = """\
import pulumi

import ens_provider as ens
from receiver_key import ReceiverKey

config = pulumi.Config()

letters = ens.Callback("letters", url=config.require("url"))
# No key is given: the receiver verifies the callback itself when it is probed.
verified = ens.CallbackVerification("letters", callback_id=letters)
held = ReceiverKey(
    "letters",
    receiver_url=config.require("receiverUrl"),
    token=config.require_secret("receiverToken"),
    callback_id=verified.callback_id,
    keys=letters.signature_key.apply(lambda key: [key]),
)
ens.Subscription(
    "sent",
    callback_id=verified,
    event_category_types=[ens.EventType.EMAIL_SENT],
    opts=pulumi.ResourceOptions(depends_on=[held]),
)
"""


def verified_in_the_probe(stage: Stage) -> None:
    """The receiver verifies itself inside the probe, with credentials of its own."""
    with stage.receiver_verifying_itself():
        _make_project(stage)
        stage.take_calls()
        stage.pulumi(*UP)
        calls = stage.take_calls()
        (callback,) = stage.callbacks()
        stage.expect(
            calls
            == [
                TOKEN,
                "POST ens-callbacks 201",
                f"probe {URL} 200",
                TOKEN,
                "POST ens-verify 200",
                "GET ens-callbacks/ID 200",
                "POST ens-subscriptions 201",
            ],
            "the receiver took a token and verified within the creation, and one look found it so",
        )
        stage.expect(
            f"Verified callback {callback['callbackId']}." in stage.receiver.output(),
            "the receiver says that it did it",
        )
        stage.expect(
            str(callback["verificationKey"]) not in stage.state(),
            "the verification key never was in the stack",
        )
        stage.receiver.clear_received()
        stage.send("EmailSent")
        stage.expect(stage.take_accepted() == 1, "an event is accepted")
        stage.pulumi("destroy", "--yes", "--skip-preview")
        stage.take_calls()
        stage.expect(stage.callbacks() == [], "the service holds nothing any more")


def _make_project(stage: Stage) -> None:
    stage.new_project("self-verified")
    (stage.cli.cwd / "__main__.py").write_text(_PROGRAM, "utf-8")
    shutil.copy(REPOSITORY / "receiver_key.py", stage.cli.cwd)
    stage.pulumi("stack", "init", "demo")
    given = (f"--plaintext=url={URL}", f"--plaintext=receiverUrl={stage.receiver.local_url}")
    stage.pulumi("config", "set-all", *given)
    stage.pulumi("config", "set", "--secret", "receiverToken", stage.receiver.token)
