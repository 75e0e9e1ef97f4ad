"""Answers that are of no use: ids that nobody finds anything by, keys of others, ids of others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.hostile.texts import HOSTILE, interpreted
from tests.plugin.driver import Plugin, declared, declared_key, refusal
from tests.plugin.service import CREATE, LIST, MID, REGENERATE, SUBSCRIBE, URL, Service
from tests.plugin.subscriptions import declaration, verified

KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
USELESS: list[object] = [
    "../ens-callbacks",
    "%2e%2e",
    "a/b",
    "a?b",
    "a#b",
    "a b",
    "",
    None,
    "a" * 10_000,
    [],
    "\x1b[31m",
]
ONE_PROBED = f"PROBE {URL} 200"
PROBE_TEXT = (
    "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: CallbackId is {id}. Could not verify "
    "callback url `'https://receiver.test/orders'`. To retry please delete the callback and create "
    "it again. Status: {status}"
)


def callback_answer(callback_id: object) -> list[dict[str, Any]]:
    """Return the answer to a creation, or to a new key, about that callback."""
    about = {"callbackName": "orders", "url": URL, "maxBatchSize": 1000}
    return [{**about, "callbackId": callback_id, "signatureKey": KEY}]


@pytest.mark.parametrize("useless", USELESS, ids=repr)
def test_creation_that_is_answered_with_a_useless_id(
    useless: object, plugin: Plugin, service: Service
) -> None:
    """What came about is found by name and URL, deleted, and created anew: one, with a usable id."""
    body = callback_answer(useless)
    service.emulator.add_fault(route=CREATE, when="after", do="body", body=body)

    created = plugin.create(declared())

    assert service.calls() == [
        "POST ens-callbacks 201",
        ONE_PROBED,
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/#1 200",
        "DELETE ens-callbacks/#1 200",
        "POST ens-callbacks 201",
        ONE_PROBED,
    ]
    [callback] = service.callbacks().values()
    assert callback["callbackId"] == created.id
    assert callback["signatureKey"] == created.outputs["signature_key"]


def test_creation_that_is_answered_with_useless_ids_each_time(
    plugin: Plugin, service: Service
) -> None:
    """It fails with a sentence, and nothing that nobody finds stays behind."""
    body = callback_answer("../x")
    service.emulator.add_fault(route=CREATE, when="after", do="body", body=body, times=None)

    sentence = refusal(plugin.create, declared())

    assert sentence.startswith("ens_provider.ConnectionLostError: No complete answer came from ")
    assert (
        "its answer 201 cannot be read, callbackId is no id. It may have taken effect." in sentence
    )
    assert service.callbacks() == {}


def test_list_with_a_useless_id(plugin: Plugin, service: Service) -> None:
    """A list that cannot be read whole proves nothing: nothing is deleted, nothing is created."""
    service.create("old")
    service.forget_calls()
    service.emulator.add_fault(
        route=LIST, do="status", status=200, body=callback_answer("../x"), times=None
    )

    sentence = refusal(plugin.create, declared())

    assert "its answer 200 cannot be read, callbackId is no id." in sentence
    assert list(service.callbacks()) == ["old"]
    assert {call.partition(" ")[0] for call in service.calls()} == {"POST", "GET"}


@pytest.mark.parametrize("useless", ["../x", "", None, "a/b"], ids=repr)
def test_subscription_that_is_answered_with_a_useless_id(
    useless: object, plugin: Plugin, service: Service
) -> None:
    """What came about is found by its name, deleted, and created anew."""
    orders = verified(service)
    body = [{"subscriptionId": useless, "subscriptionName": "mails", "callbackId": orders}]
    service.emulator.add_fault(route=SUBSCRIBE, when="after", do="body", body=body)

    created = plugin.of("Subscription").create(declaration(orders))

    [subscription] = service.emulator.state()["subscriptions"]
    assert subscription["subscriptionId"] == created.id


@pytest.mark.parametrize("other", ["../x", "65b885ab-c2b4-46fe-85d0-d6cb8be8057e", None], ids=repr)
def test_new_key_of_another_callback(other: object, plugin: Plugin, service: Service) -> None:
    """It is not kept as ours: one that the service really made is asked for again."""
    orders = verified(service)
    body = callback_answer(other)
    service.emulator.add_fault(route=REGENERATE, when="after", do="body", body=body)

    created = plugin.of("SignatureKey").create(declared_key(orders))

    assert created.outputs["key"] == service.key_of(orders) != KEY


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("orders", "https://receiver.test/another"),
        ("another", URL),
        ("another", "https://receiver.test/x"),
    ],
    ids=["our name", "our URL", "neither"],
)
def test_probe_text_with_a_foreign_id(
    name: str, url: str, plugin: Plugin, service: Service
) -> None:
    """An id in a text is no proof: somebody else's callback is looked at and left alone."""
    foreign = service.create("foreign", name, url)
    text = PROBE_TEXT.format(id=foreign, status="Timeout. The operation has timed out.")
    service.forget_calls()
    service.emulator.add_fault(route=CREATE, do="status", status=400, body=json.dumps(text))

    sentence = refusal(plugin.create, declared())

    assert sentence.startswith("ens_provider.ProbeFailed: ")
    assert list(service.callbacks()) == ["foreign"]
    assert not [call for call in service.calls() if call.startswith("DELETE")]


@pytest.mark.parametrize("hostile", sorted(set(HOSTILE) - {"half-a-character"}))
def test_probe_text_that_somebody_interprets(
    hostile: str, plugin: Plugin, service: Service
) -> None:
    """The sentence is one line that a terminal only shows, and what looks like a format stays as it is."""
    text = PROBE_TEXT.format(id="nobody", status="Timeout. ") + HOSTILE[hostile] + " end"
    service.emulator.add_fault(route=CREATE, do="status", status=400, body=json.dumps(text))

    sentence = refusal(plugin.create, declared())

    assert sentence.startswith("ens_provider.ProbeFailed: ENS could not verify the endpoint of ")
    assert interpreted(sentence) == []
    kept = " ".join("".join(c if c.isprintable() else " " for c in HOSTILE[hostile]).split())
    assert f"(Timeout: {kept} end): " in sentence


@pytest.mark.parametrize("hostile", sorted(set(HOSTILE) - {"half-a-character"}))
def test_name_that_somebody_interprets(hostile: str, plugin: Plugin, service: Service) -> None:
    """A callback in the way is named in one line, whatever it is called."""
    record = {
        **callback_answer("65b885ab-c2b4-46fe-85d0-d6cb8be8057e")[0],
        "callbackName": HOSTILE[hostile],
    }
    service.emulator.add_fault(route=CREATE, do="status", status=304)
    service.emulator.add_fault(route=LIST, do="status", status=200, body=[record])

    sentence = refusal(plugin.create, declared())

    assert sentence.startswith("ens_provider.AlreadyPresent: ")
    assert interpreted(sentence) == []
    kept = " ".join("".join(c if c.isprintable() else " " for c in HOSTILE[hostile]).split())
    assert f"under the name '{kept}" in sentence


def test_name_of_a_megabyte(plugin: Plugin, service: Service) -> None:
    """The sentence still ends with what to do."""
    record = {
        **callback_answer("65b885ab-c2b4-46fe-85d0-d6cb8be8057e")[0],
        "callbackName": "x" * 1_000_000,
    }
    service.emulator.add_fault(route=CREATE, do="status", status=304)
    service.emulator.add_fault(route=LIST, do="status", status=200, body=[record])

    sentence = refusal(plugin.create, declared())

    assert len(sentence) < 4100
    assert sentence.endswith("d6cb8be8057e first if nobody needs it.")


def test_clock_of_the_service_beyond_all_years(plugin: Plugin, service: Service) -> None:
    """A creation under a clock that no state can hold is kept, with its key, and can be read."""
    late = {"Date": "Fri, 31 Dec 9999 23:59:59 GMT"}
    created_body = callback_answer("65b885ab-c2b4-46fe-85d0-d6cb8be8057e")
    service.emulator.add_fault(
        route=CREATE, do="status", status=201, body=created_body, headers=late
    )

    created = plugin.create(declared())

    assert created.outputs["signature_key"] == KEY
    assert created.outputs["mid"] == MID
    assert plugin.read(created.id, created.outputs) is not None
