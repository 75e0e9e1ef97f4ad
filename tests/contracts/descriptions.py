"""The types of resource that the contracts are held by.

A new type gets every contract by one more `Description` here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import ens_provider as ens
from tests.contracts.description import Description, Inputs
from tests.engine.programs import FROM_RECEIVER, HOOKS_URL, Code
from tests.plugin.service import PUT, PUT_SUBSCRIPTION, REGENERATE, URL, Service

KNOWN_KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
OTHER_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
NOBODY = "00000000-0000-4000-8000-000000000000"
OTHER_URL = "https://receiver.test/other"
SENT = "TransactionalSendEvents.EmailSent"
NOT_SENT = "TransactionalSendEvents.EmailNotSent"
OPEN = "EngagementEvents.EmailOpen"
NO_ID = "orders"


def _found(service: Service, kind: str, name: str, id_: str) -> dict[str, Any] | None:
    return next((each for each in service.emulator.state()[kind] if each[name] == id_), None)


def _verified(service: Service, label: str = "orders", url: str = URL) -> Inputs:
    """Let somebody create and verify a callback; return the input that names it."""
    callback_id = service.create(label, label, url)
    service.verify(callback_id)
    return {"callback_id": callback_id}


def _another(service: Service) -> Inputs:
    return _verified(service, "other", OTHER_URL)


def _unverified(service: Service, label: str = "orders", url: str = URL) -> Inputs:
    """Let somebody create a callback; return the inputs that name it and its key."""
    callback_id = service.create(label, label, url)
    key = service.verification_key_of(callback_id)
    return {"callback_id": callback_id, "verification_key": key}


def _callback(service: Service, id_: str) -> Inputs | None:
    found = _found(service, "callbacks", "callbackId", id_)
    names = {
        "url": "url",
        "callback_name": "callbackName",
        "max_batch_size": "maxBatchSize",
        "auth_id": "authId",
        "signature_key": "signatureKey",
    }
    return found and {name: found[theirs] for name, theirs in names.items()}


def _verification(service: Service, id_: str) -> Inputs | None:
    found = _found(service, "callbacks", "callbackId", id_)
    return {"status": found["status"]} if found and found["verified"] else None


def _key(service: Service, id_: str) -> Inputs | None:
    found = _found(service, "callbacks", "callbackId", id_)
    return found and {"key": found["signatureKey"]}


def _subscription(service: Service, id_: str) -> Inputs | None:
    found = _found(service, "subscriptions", "subscriptionId", id_)
    names = {
        "callback_id": "callbackId",
        "subscription_name": "subscriptionName",
        "event_category_types": "eventCategoryTypes",
        "filters": "filters",
        "status": "status",
        "status_reason": "statusReason",
    }
    return found and {
        **{name: found[theirs] for name, theirs in names.items()},
        "paused": found["status"] == "paused",
    }


def _callback_without_answer(service: Service) -> Inputs:
    service.endpoint.answer(500)
    return {}


def _delete_subscription(service: Service, id_: str) -> None:
    service.send("DELETE", f"ens-subscriptions/{id_}")


def _resize(service: Service, id_: str) -> int:
    service.resize(id_, 900)
    return 900


def _change_subscription(service: Service, id_: str, *, shown: object, **fields: object) -> object:
    found = _found(service, "subscriptions", "subscriptionId", id_) or {}
    names = ("subscriptionId", "subscriptionName", "eventCategoryTypes", "filters")
    service.send("PUT", "ens-subscriptions", [{name: found[name] for name in names} | fields])
    return shown


def _lists_callback(id_: str, _: Inputs) -> bool:
    return id_ in {each.id for each in ens.get_callbacks()}


def _lists_verification(id_: str, _: Inputs) -> bool:
    return id_ in {each.id for each in ens.get_callbacks() if each.status == "verified"}


def _lists_subscription(id_: str, inputs: Inputs) -> bool:
    return id_ in {each.id for each in ens.get_subscriptions(inputs["callback_id"])}


CALLBACK = Description(
    kind="Callback",
    prepare=lambda _: {},
    inputs={
        "url": URL,
        "callback_name": "orders",
        "max_batch_size": 500,
        "auth_id": "oauth",
        "force_destroy": False,
        "on_existing": "rotate",
        "known_signature_key": KNOWN_KEY,
        "probe_timeout_seconds": 60,
    },
    spell=lambda inputs: {
        **inputs,
        "url": "https://Receiver.TEST/orders",
        "known_signature_key": f" {KNOWN_KEY}\n",
    },
    changes={"max_batch_size": 800, "force_destroy": True},
    update_route=PUT,
    immutable={
        "url": lambda _: {"url": OTHER_URL},
        "callback_name": lambda _: {"callback_name": "other"},
        "auth_id": lambda _: {"auth_id": "other"},
    },
    create_only={
        "on_existing": {"on_existing": "fail"},
        "known_signature_key": {"known_signature_key": OTHER_KEY},
        "adopt_id": {"adopt_id": NOBODY},
        "probe_timeout_seconds": {"probe_timeout_seconds": 0},
    },
    refused={
        "url": "http://receiver.test/orders",
        "callback_name": " orders",
        "max_batch_size": 99,
        "auth_id": " ",
        "force_destroy": "yes",
        "on_existing": "take",
        "known_signature_key": "hush hush",
        "adopt_id": NO_ID,
        "probe_timeout_seconds": -1,
    },
    impossible=_callback_without_answer,
    computed=frozenset({"signature_key", "mid", "changed_at"}),
    secrets=frozenset({"signature_key", "known_signature_key"}),
    declared_twice=(
        "ens_provider.AlreadyPresent: callback 'orders' (https://receiver.test/orders) is declared "
        "twice: another resource of this program already manages callback 'orders' (id first, "
        "https://receiver.test/orders). Give one of the two another name and URL, or remove it."
    ),
    delete_first=True,
    part_of_callback=False,
    vanish=lambda service, id_: service.delete(id_),
    shown=_callback,
    drift={"max_batch_size": _resize},
    listed=_lists_callback,
    # What acts at creation, what only this provider looks at, and what ENS never shows.
    unknown_to_get=frozenset(
        {
            "force_destroy",
            "on_existing",
            "known_signature_key",
            "probe_timeout_seconds",
            "signature_key",
            "changed_at",
        }
    ),
    in_program={"url": HOOKS_URL},
    unknown_to_import=frozenset(
        {
            "on_existing",
            "known_signature_key",
            "probe_timeout_seconds",
            "signature_key",
            "changed_at",
        }
    ),
)

CALLBACK_VERIFICATION = Description(
    kind="CallbackVerification",
    prepare=_unverified,
    inputs={"timeout_seconds": 60},
    spell=lambda inputs: {**inputs, "callback_id": f" {inputs['callback_id'].upper()}"},
    changes={},
    immutable={"callback_id": lambda service: _unverified(service, "other", OTHER_URL)},
    create_only={
        "verification_key": {"verification_key": OTHER_KEY},
        "verification_key_url": {"verification_key_url": "https://receiver.test/keys"},
        "verification_key_token": {"verification_key_token": "hush"},
        "timeout_seconds": {"timeout_seconds": 0},
    },
    refused={
        "callback_id": NO_ID,
        "verification_key": "hush hush",
        "verification_key_url": "ftp://receiver.test/keys",
        "verification_key_token": "hush",
        "timeout_seconds": -1,
    },
    impossible=lambda _: {"callback_id": NOBODY, "verification_key": KNOWN_KEY},
    computed=frozenset({"status", "verified_at", "mid"}),
    secrets=frozenset({"verification_key"}),
    declared_twice=None,
    delete_first=False,
    part_of_callback=True,
    vanish=lambda service, id_: service.delete(id_),
    shown=_verification,
    drift={},
    listed=_lists_verification,
    unknown_to_get=None,
    in_program={**FROM_RECEIVER, "callback_id": Code("callback")},
    unknown_to_import=frozenset(
        {"verification_key_url", "verification_key_token", "timeout_seconds", "verified_at"}
    ),
)

SIGNATURE_KEY = Description(
    kind="SignatureKey",
    prepare=_verified,
    inputs={"version": "1", "keep_previous": 3, "known_signature_key": KNOWN_KEY},
    spell=lambda inputs: {
        **inputs,
        "callback_id": inputs["callback_id"].upper(),
        "version": 1,
        "known_signature_key": f" {KNOWN_KEY}\n",
    },
    changes={"version": "2", "keep_previous": 1},
    update_route=REGENERATE,
    immutable={"callback_id": _another},
    create_only={"known_signature_key": {"known_signature_key": OTHER_KEY}},
    refused={
        "callback_id": NO_ID,
        "version": " ",
        "keep_previous": -1,
        "known_signature_key": "hush hush",
    },
    impossible=lambda _: {"callback_id": NOBODY},
    computed=frozenset({"key", "previous_keys", "fingerprint", "rotated_at", "mid"}),
    secrets=frozenset({"key", "previous_keys", "known_signature_key"}),
    declared_twice=(
        "ens_provider.AlreadyPresent: The signature key of callback first is declared twice: "
        "another resource of this program has just made one, which a second would make void. "
        "Nothing was changed. Remove one of the two."
    ),
    delete_first=False,
    part_of_callback=True,
    vanish=lambda service, id_: service.delete(id_),
    shown=_key,
    drift={},
    listed=None,
    unknown_to_get=None,
    in_program={"callback_id": Code("callback_verification")},
    unknown_to_import=None,
)

SUBSCRIPTION = Description(
    kind="Subscription",
    prepare=_verified,
    inputs={
        "subscription_name": "mails",
        "event_category_types": [NOT_SENT, SENT],
        "filters": ["definitionKey=welcome"],
        "paused": True,
        "pause_reason": "holidays",
    },
    spell=lambda inputs: {
        **inputs,
        "callback_id": inputs["callback_id"].upper(),
        "event_category_types": [SENT, NOT_SENT, SENT],
        "filters": {"definitionKey": "welcome"},
    },
    changes={
        "event_category_types": [OPEN],
        "filters": [],
        "subscription_name": "letters",
        "paused": False,
        "pause_reason": "Easter",
    },
    update_route=PUT_SUBSCRIPTION,
    immutable={"callback_id": _another},
    create_only={"adopt_id": {"adopt_id": NOBODY}},
    refused={
        "callback_id": NO_ID,
        "subscription_name": " mails",
        "event_category_types": [],
        "filters": ["welcome"],
        "paused": "yes",
        "pause_reason": " ",
        "adopt_id": NO_ID,
    },
    impossible=lambda service: {
        "callback_id": _unverified(service, "other", OTHER_URL)["callback_id"]
    },
    computed=frozenset({"status", "status_reason", "mid", "changed_at"}),
    secrets=frozenset(),
    declared_twice=(
        "ens_provider.AlreadyPresent: subscription 'mails' of callback orders is declared twice: "
        "another resource of this program already manages subscription 'mails' (first). Give one of "
        "the two another name, or remove it."
    ),
    delete_first=True,
    part_of_callback=False,
    vanish=_delete_subscription,
    shown=_subscription,
    drift={
        "subscription_name": partial(
            _change_subscription, shown="theirs", subscriptionName="theirs"
        ),
        "event_category_types": partial(
            _change_subscription, shown=[OPEN], eventCategoryTypes=[OPEN]
        ),
        "filters": partial(_change_subscription, shown=["a=b"], filters=["a=b"]),
        "paused": partial(_change_subscription, shown=False, status="active", statusReason="over"),
        "pause_reason": partial(_change_subscription, shown="Easter", statusReason="Easter"),
    },
    listed=_lists_subscription,
    unknown_to_get=frozenset({"changed_at"}),
    in_program={"callback_id": Code("callback_verification")},
    unknown_to_import=frozenset({"changed_at"}),
)

# What another one's program refers to stands before it.
DESCRIPTIONS = (CALLBACK, CALLBACK_VERIFICATION, SIGNATURE_KEY, SUBSCRIPTION)
