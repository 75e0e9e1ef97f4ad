"""What a `NotificationEndpoint` declares, and which arguments it refuses before it declares any."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

import ens_provider as ens
from tests.unit.resources.mock_engine import Engine, plain, run

NEW_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
BLUE, GREEN = "https://hooks.example.com/blue", "https://hooks.example.com/green"
BLUE_NAME = "orders-blue-2f7d77a5"
NAMES = "use lower-case letters, digits and single hyphens, since it becomes part of names."
SAME_URL = (
    "Slots 'blue' and 'green' of 'orders' have the same URL, and ENS takes each only once: give each "
    "slot a path of its own."
)
ONE_KEY = (
    "verification_key of 'orders' can be that of one callback only: declare one slot, or give "
    "verification_key_url."
)
SENT = {"sent": ens.EndpointSubscriptionArgs(event_category_types=[ens.EventType.EMAIL_SENT])}


class _Held(pulumi.ComponentResource):
    """Hands a key over, as far as this program is concerned."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("shop:index:Held", name, None, opts)


@pytest.fixture
def keyed(engine: Engine) -> Engine:
    """Give the mocks, whose callbacks have keys and times."""
    engine.outputs = {
        "pulumi-python:dynamic/ens:Callback": {
            "signature_key": KEY,
            "changed_at": "2026-11-27T10:00:00Z",
        },
        "pulumi-python:dynamic/ens:Subscription": {"changed_at": "2026-11-27T10:00:01Z"},
        "pulumi-python:dynamic/ens:SignatureKey": {"key": NEW_KEY, "previous_keys": [KEY]},
        "pulumi-python:dynamic/ens:Settled": {"settled_at": "2026-11-27T10:02:01Z"},
    }
    return engine


def _declare(**inputs: Any) -> dict[str, Any]:
    """Declare the component `orders` and return its outputs, plain."""
    given: dict[str, Any] = {"endpoints": {"blue": BLUE}, "subscriptions": SENT, **inputs}
    seen: dict[str, Any] = {}

    def program() -> pulumi.Output[Any]:
        orders = ens.NotificationEndpoint("orders", **given)
        outputs = {
            "callback_ids": orders.callback_ids,
            "signature_keys": orders.signature_keys,
            "subscription_ids": orders.subscription_ids,
            "settled_at": orders.settled_at,
        }
        return pulumi.Output.all(**outputs).apply(seen.update)

    run(program)
    return seen


def _registered(engine: Engine) -> list[str]:
    return sorted(f"{each.typ.rpartition(':')[2]} {each.name}" for each in engine.registered)


def test_resources_of_a_slot(keyed: Engine) -> None:
    """A slot is a callback, its verification, its trial, its subscriptions and its wait."""
    outputs = _declare()

    assert _registered(keyed) == [
        f"Callback {BLUE_NAME}",
        f"CallbackVerification {BLUE_NAME}",
        "NotificationEndpoint orders",
        f"SelfTest {BLUE_NAME}",
        f"Settled {BLUE_NAME}-sent",
        f"Subscription {BLUE_NAME}-sent",
    ]
    assert outputs == {
        "callback_ids": {"blue": f"{BLUE_NAME}-id"},
        "signature_keys": {"blue": KEY},
        "subscription_ids": {"blue": {"sent": f"{BLUE_NAME}-sent-id"}},
        "settled_at": {"blue": {"sent": "2026-11-27T10:02:01Z"}},
    }
    [trial] = [each for each in keyed.registered if each.typ.endswith(":SelfTest")]
    assert trial.inputs["url"] == BLUE
    assert plain(trial.inputs["key"]) == (KEY, True)
    [wait] = [each for each in keyed.registered if each.typ.endswith(":Settled")]
    assert wait.inputs["changed_at"] == ["2026-11-27T10:00:00Z", "2026-11-27T10:00:01Z"]


def test_key_is_handed_over_as_a_secret(keyed: Engine, loop: asyncio.AbstractEventLoop) -> None:
    """`deliver_key` gets the slot and its keys, the present one first, and names what it made."""
    got: list[Any] = []
    secret: list[Any] = []

    def deliver(slot: ens.EndpointSlot, keys: pulumi.Output[list[str]]) -> pulumi.Resource:
        pulumi.Output.all(slot.callback_id, keys).apply(got.extend)
        secret.append(keys.is_secret())
        assert (slot.name, slot.url, slot.resource_name) == ("blue", BLUE, BLUE_NAME)
        return _Held(slot.resource_name, slot.opts)

    _declare(deliver_key=deliver, signature_key_version="2", keep_previous=1)

    [is_secret] = secret
    assert got == [f"{BLUE_NAME}-id", [NEW_KEY, KEY]]
    assert loop.run_until_complete(is_secret)
    assert f"Held {BLUE_NAME}" in _registered(keyed)
    [key] = [each for each in keyed.registered if each.typ.endswith(":SignatureKey")]
    assert (key.inputs["version"], key.inputs["keep_previous"]) == ("2", 1)


def test_url_that_is_an_output(keyed: Engine) -> None:
    """A URL that is not known yet cannot be part of names."""
    _declare(endpoints={"blue": pulumi.Output.from_input(BLUE)})

    assert "Callback orders-blue" in _registered(keyed)


def test_same_url_written_otherwise(keyed: Engine) -> None:
    """The case of the host makes no other resource."""
    _declare(endpoints={"blue": BLUE.replace("hooks", "HOOKS")})

    assert f"Callback {BLUE_NAME}" in _registered(keyed)


def test_slot_that_retires(keyed: Engine) -> None:
    """It has no subscriptions and nothing to wait for, and keeps the rest."""
    outputs = _declare(endpoints={"blue": BLUE, "green": GREEN}, retiring=["blue"])

    kept = [each for each in _registered(keyed) if "blue" in each]
    assert kept == [
        f"Callback {BLUE_NAME}",
        f"CallbackVerification {BLUE_NAME}",
        f"SelfTest {BLUE_NAME}",
    ]
    assert outputs["subscription_ids"] == {
        "blue": {},
        "green": {"sent": "orders-green-788fdc84-sent-id"},
    }
    assert {slot: list(times) for slot, times in outputs["settled_at"].items()} == {
        "blue": [],
        "green": ["sent"],
    }


def test_without_self_test(keyed: Engine) -> None:
    """The trial can be left out, where the program cannot reach the endpoint."""
    _declare(self_test=False)

    assert [each for each in _registered(keyed) if each.startswith("SelfTest")] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"endpoints": {}}, "endpoints of 'orders' is empty: declare at least one slot."),
        (
            {"endpoints": {"Blue": BLUE}},
            f"endpoints of 'orders' has the name 'Blue': {NAMES}",
        ),
        (
            {"subscriptions": {"e-mail sent": SENT["sent"]}},
            f"subscriptions of 'orders' has the name 'e-mail sent': {NAMES}",
        ),
        (
            {"endpoints": {"blue": BLUE, "green": BLUE.replace("https", "HTTPS")}},
            SAME_URL,
        ),
        ({"retiring": ["green"]}, "retiring of 'orders' names 'green', which is no slot."),
        (
            {"self_test_urls": {"green": GREEN}},
            "self_test_urls of 'orders' names 'green', which is no slot.",
        ),
        (
            {
                "endpoints": {"blue": BLUE, "green": GREEN},
                "verification": ens.EndpointVerificationArgs(verification_key=KEY),
            },
            ONE_KEY,
        ),
        (
            {"keep_previous": 0},
            "keep_previous of 'orders' needs signature_key_version: declare that, too.",
        ),
        (
            {"subscriptions": {"sent": {"event_category_types": []}}},
            "Subscription 'sent' of 'orders' is no ens.EndpointSubscriptionArgs.",
        ),
        ({"colour": "blue"}, "__init__() got an unexpected keyword argument 'colour'"),
    ],
)
def test_arguments_that_cannot_be(keyed: Engine, changes: dict[str, Any], sentence: str) -> None:
    """They are refused in a sentence, and nothing is declared."""
    with pytest.raises((TypeError, ValueError)) as refused:
        _declare(**changes)

    assert str(refused.value).endswith(sentence)
    assert keyed.registered == []


def test_deliver_key_that_returns_no_resource(keyed: Engine) -> None:
    """What subscriptions would not wait for is refused."""
    with pytest.raises(TypeError, match="returned for slot 'blue' what is no resource"):
        _declare(deliver_key=lambda _slot, _keys: "done")
    assert "Subscription" not in str(_registered(keyed))
