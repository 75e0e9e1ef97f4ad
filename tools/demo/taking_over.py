"""Scenes of an account that people worked in by hand before."""

from __future__ import annotations

from ens_provider.api.client import ENSClient
from ens_provider.api.config import ClientConfig
from ens_provider.api.records import CallbackRecord, SubscriptionUpdate
from tools.demo.handshake import UP
from tools.demo.stage import HOST, Stage

_IMPORT = ("import", "--file", "import.json", "--generate-code=false", "--protect=false")


def imported(stage: Stage) -> None:
    """What somebody made by hand is taken over without a difference."""
    _make_by_hand(stage)
    stage.new_project("takeover")
    stage.pulumi("stack", "init", "prod")
    stage.expect(stage.command("doctor") == 0, "the account can be worked with")
    stage.take_calls()
    stage.expect(stage.command("import", "--out", ".") == 0, "the account was read")
    stage.expect(
        stage.take_calls()
        == ["POST /v2/token 200", "GET ens-callbacks 200", "GET ens-subscriptions-by-cb/ID 200"],
        "it took one list, and one more for each callback",
    )
    stage.pulumi(*_IMPORT, "--yes", "--skip-preview")
    stage.pulumi("preview", "--expect-no-changes")
    stage.expect(stage.take_calls() == [], "neither of the two called the service")


def edited(stage: Stage) -> None:
    """One edit of the imported program changes exactly that."""
    program = stage.cli.cwd / "__main__.py"
    text = program.read_text("utf-8")
    stage.expect(text.count("paused=True") == 1, "the program says what was paused by hand")
    program.write_text(text.replace("paused=True", "paused=False"), "utf-8")
    stage.pulumi(*UP)
    stage.expect(
        stage.take_calls() == ["POST /v2/token 200", "PUT ens-subscriptions 200"],
        "one object was changed, and nothing else was called",
    )
    stage.pulumi("stack", "export", "--file", "state.json")
    stage.expect(
        stage.command("list", "--state", "state.json", "--expect-managed") == 0,
        "the stack manages all that the account holds",
    )


def removed(stage: Stage) -> None:
    """`destroy` removes what was imported, in the right order."""
    stage.pulumi("destroy", "--yes", "--skip-preview")
    stage.take_calls()
    stage.expect(stage.callbacks() == [], "the service holds nothing any more")


def _make_by_hand(stage: Stage) -> None:
    stage.say("somebody makes a callback and two subscriptions by hand, and pauses one")
    client = ENSClient(_account(stage))
    callback = client.create_callback(
        callback_name="Letters, by hand", url=f"https://{HOST}/letters", max_batch_size=250
    )
    if not isinstance(callback, CallbackRecord):
        raise TypeError("the service holds that callback already")
    (held,) = stage.callbacks()
    client.verify_callback(
        callback_id=callback.callback_id, verification_key=held["verificationKey"]
    )
    for name, kind in (("sent", "EmailSent"), ("bounced", "EmailBounced")):
        client.create_subscription(
            callback_id=callback.callback_id,
            subscription_name=name,
            event_category_types=[f"TransactionalSendEvents.{kind}"],
        )
    _pause(client, callback.callback_id, "bounced")
    client.close()
    stage.take_calls()


def _pause(client: ENSClient, callback_id: str, name: str) -> None:
    (found,) = (s for s in client.list_subscriptions(callback_id) if s.subscription_name == name)
    client.update_subscription(
        SubscriptionUpdate(
            subscription_id=found.subscription_id,
            subscription_name=name,
            event_category_types=found.event_category_types,
            filters=found.filters,
            status="paused",
            status_reason="nobody reads them",
        )
    )


def _account(stage: Stage) -> ClientConfig:
    return ClientConfig(
        client_id="client",
        client_secret="secret",  # noqa: S106 -- the emulator's
        account_id="1234567",
        auth_url=stage.emulator.auth_url,
        rest_url=stage.emulator.rest_url,
    )
