"""What of an account is imported, and what is left out: records that no emulator would hold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ens_provider.api.records import CallbackRecord, SubscriptionRecord
from ens_provider.cli.exit_codes import CommandError
from ens_provider.cli.importing.account_contents import FoundCallback
from ens_provider.cli.importing.plan import BusinessUnit, LeftOut, Plan, plan_import
from ens_provider.cli.importing.program import formatted, program_text
from ens_provider.resources.import_document import import_document

UNIT = BusinessUnit(mid="1234567", found_at="2026-11-24T12:00:00Z")
CALLBACK = CallbackRecord(
    callback_id="65b885ab-c2b4-46fe-85d0-d6cb8be8057d",
    callback_name="orders",
    url="https://receiver.test/orders",
    max_batch_size=1000,
    status="verified",
    status_reason="none",
)
SUBSCRIPTION = SubscriptionRecord(
    subscription_id="d89c87c4-70f8-43d6-be1e-f01dce97fe4c",
    subscription_name="sent",
    callback_id=CALLBACK.callback_id,
    event_category_types=("TransactionalSendEvents.EmailSent",),
    status="active",
)


def planned(callback: CallbackRecord = CALLBACK, *subscriptions: SubscriptionRecord) -> Plan:
    """Return what is imported of one callback."""
    found = FoundCallback(resource_name="orders", record=callback, subscriptions=subscriptions)
    return plan_import([found], unit=UNIT, keys={})


def inputs_of(plan: Plan, kind: str) -> dict[str, Any]:
    """Return the inputs of the one resource of a kind."""
    [entry] = [each for each in plan.entries if each.kind.__name__ == kind]
    return dict(entry.inputs)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"url": "https://receiver.test:8443/orders"},
            "url: it has a port; ENS takes https://host/path without one, on port 443.",
        ),
        (
            {"url": "https://receiver.test/orders?a=b"},
            "url: it has a query; ENS takes https://host/path without one.",
        ),
        ({"max_batch_size": 5000}, "max_batch_size: it is 5000; give 100 to 1000 events."),
        ({"url": ""}, "url: it is empty; give a value or leave it out."),
        (
            {"callback_name": "a\nb"},
            "callback_name: it contains control characters; remove them.",
        ),
        (
            {"callback_id": "1\nimport os"},
            "id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
        ),
    ],
    ids=["port", "query", "batch size", "no url", "control", "id"],
)
def test_callback_that_cannot_be_declared(changes: dict[str, Any], reason: str) -> None:
    """It is left out with its subscriptions, and the check's own sentence says why."""
    record = replace(CALLBACK, **changes)

    plan = planned(record, SUBSCRIPTION)

    what = (
        f"callback '{record.callback_name}' (id {record.callback_id}, {record.url}) with its "
        "subscriptions"
    )
    assert plan.left_out == (LeftOut(what=what, reasons=(reason,)),)
    assert (plan.callbacks, plan.entries) == ((), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"filters": ("welcome",)}, "filters: element 1 has no '='; write name=value."),
        (
            {"event_category_types": ()},
            "event_category_types: it is empty; give at least one event type.",
        ),
        (
            {"event_category_types": (" A.B",)},
            "event_category_types: it begins or ends with white space; remove that.",
        ),
    ],
    ids=["filter", "no types", "blank in a type"],
)
def test_subscription_that_cannot_be_declared(changes: dict[str, Any], reason: str) -> None:
    """It alone is left out."""
    plan = planned(CALLBACK, replace(SUBSCRIPTION, **changes), SUBSCRIPTION)

    what = f"subscription 'sent' ({SUBSCRIPTION.subscription_id}) of callback 'orders'"
    assert plan.left_out == (LeftOut(what=what, reasons=(reason,)),)
    assert [entry.kind.__name__ for entry in plan.entries] == [
        "Callback",
        "CallbackVerification",
        "Subscription",
    ]


@pytest.mark.parametrize("status", ["suspended", "created", "", "something\nnew"])
def test_callback_of_another_status(status: str) -> None:
    """It is imported without a verification, and a comment says what ENS shows."""
    plan = planned(replace(CALLBACK, status=status), SUBSCRIPTION)
    program = program_text(plan)

    assert [entry.kind.__name__ for entry in plan.entries] == ["Callback", "Subscription"]
    assert f"# ENS shows it as not verified (status {status!r}). Once it is" in program
    assert "ens.Subscription('orders-sent', callback_id=orders, " in program
    compile(program, "__main__.py", "exec")


def test_subscription_of_another_status() -> None:
    """It is imported as not paused, and a comment says what ENS shows."""
    plan = planned(CALLBACK, replace(SUBSCRIPTION, status="deactivated", status_reason="limit"))

    assert inputs_of(plan, "Subscription")["paused"] is False
    assert "# ENS shows its status as 'deactivated'.\nens.Subscription(" in program_text(plan)


@pytest.mark.parametrize(
    ("reason", "declared"),
    [("", None), (" ", None), ("paused by pulumi", None), ("none", None), ("a 'b'", "a 'b'")],
)
def test_reason_of_a_pause(reason: str, declared: str | None) -> None:
    """It is declared unless it is blank, or what a pause without a reason means."""
    plan = planned(CALLBACK, replace(SUBSCRIPTION, status="Paused", status_reason=reason))

    inputs = inputs_of(plan, "Subscription")
    assert (inputs["paused"], inputs.get("pause_reason")) == (True, declared)


def test_other_spellings_of_the_same() -> None:
    """URL and names are written as the resources keep them; that is no difference."""
    record = replace(CALLBACK, url="HTTPS://Receiver.TEST", callback_name="Bu\u0308ro")

    plan = planned(record)

    inputs = inputs_of(plan, "Callback")
    assert (inputs["url"], inputs["callback_name"]) == ("https://receiver.test/", "B\u00fcro")
    outputs = plan.entries[0].outputs
    assert (outputs["url"], outputs["callback_name"]) == ("https://receiver.test/", "B\u00fcro")


def test_program_that_ruff_does_not_take() -> None:
    """It is an error of one sentence, with what ruff says."""
    with pytest.raises(CommandError, match=r"^ruff could not format the program \(.+\)\. Nothing"):
        formatted("ens.Callback(")


def test_delivery_with_oauth2() -> None:
    """An `authId` that ENS shows is declared, since another one replaces the callback."""
    plan = planned(replace(CALLBACK, auth_id="auth-1"))

    assert inputs_of(plan, "Callback")["auth_id"] == "auth-1"
    assert "auth_id='auth-1'" in program_text(plan)


def test_entries_of_the_file() -> None:
    """Inputs and outputs are complete, the key is marked as a secret, parents come first."""
    document = import_document(planned(CALLBACK, SUBSCRIPTION).entries)

    names = {
        "pulumi-python:dynamic/ens:Callback": "gASVKAAAAAAAAACMDGVuc19wcm92aWRlcpSMEENhbGxiYWNrUHJvdmlkZXKUk5QpgZQu",
        "pulumi-python:dynamic/ens:CallbackVerification": "gASVNAAAAAAAAACMDGVuc19wcm92aWRlcpSMHENhbGxiYWNrVmVyaWZpY2F0aW9uUHJvdmlkZXKUk5QpgZQu",
        "pulumi-python:dynamic/ens:Subscription": "gASVLAAAAAAAAACMDGVuc19wcm92aWRlcpSMFFN1YnNjcmlwdGlvblByb3ZpZGVylJOUKYGULg==",
    }
    assert [each["type"] for each in document["resources"]] == list(names)
    for each in document["resources"]:
        assert each["inputs"].pop("__provider") == names[each["type"]]
        assert each["outputs"].pop("__provider") == names[each["type"]]
    callback, verification, subscription = document["resources"]
    assert callback == {
        "type": "pulumi-python:dynamic/ens:Callback",
        "name": "Callback orders",
        "logicalName": "orders",
        "id": CALLBACK.callback_id,
        "inputs": {
            "url": "https://receiver.test/orders",
            "callback_name": "orders",
            "max_batch_size": 1000,
            "force_destroy": False,
        },
        "outputs": {
            **callback["inputs"],
            "mid": "1234567",
            "changed_at": "",
            "signature_key": {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                "plaintext": json.dumps(f"NO-SIGNATURE-KEY-OF-{CALLBACK.callback_id}"),
            },
        },
    }
    assert verification["outputs"] == {
        "callback_id": CALLBACK.callback_id,
        "timeout_seconds": 300,
        "status": "verified",
        "verified_at": "2026-11-24T12:00:00Z",
        "mid": "1234567",
    }
    assert subscription["inputs"] == {
        "callback_id": CALLBACK.callback_id,
        "subscription_name": "sent",
        "event_category_types": ["TransactionalSendEvents.EmailSent"],
        "filters": [],
        "paused": False,
    }
    assert subscription["outputs"] == {
        **subscription["inputs"],
        "status": "active",
        "status_reason": "",
        "mid": "1234567",
        "changed_at": "",
    }
    assert [each.get("parent") for each in document["resources"]] == [
        None,
        "Callback orders",
        "Callback orders",
    ]


def test_provider_of_a_further_business_unit() -> None:
    """It stands first in file and program, holds no credentials, and callbacks get it."""
    unit = replace(UNIT, mid="7654321", provider="class", env_prefix="SFMC_EMEA_")
    found = FoundCallback(
        resource_name="class_provider", record=CALLBACK, subscriptions=(SUBSCRIPTION,)
    )
    plan = plan_import([found], unit=unit, keys={})
    assert plan.provider is not None

    document = import_document(plan.entries, provider=plan.provider.entry)

    assert document["resources"][0] == {
        "type": "pulumi:providers:pulumi-python",
        "name": "Provider class",
        "logicalName": "class",
        "inputs": {
            "ens:provider": "class",
            "ens:accountId": "7654321",
            "ens:envPrefix": "SFMC_EMEA_",
        },
    }
    assert [each["provider"] for each in document["resources"][1:]] == ["Provider class"] * 3
    program = program_text(plan)
    assert (
        "# Its credentials come from the environment: SFMC_EMEA_CLIENT_ID and so on.\n"
        "class_provider = ens.Provider('class', account_id='7654321', env_prefix='SFMC_EMEA_')\n"
    ) in program
    assert (
        "class_provider_2 = ens.Callback('class_provider', url='https://receiver.test/orders', "
        "callback_name='orders', opts=pulumi.ResourceOptions(provider=class_provider))\n"
    ) in program
