"""Verifying a callback with a key at hand, and waiting until somebody else verifies it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import (
    Created,
    Plugin,
    ResourceType,
    declared,
    declared_verification,
    refusal,
)
from tests.plugin.service import GET, MID, OTHER_MID, URL, VERIFY, Service

WRONG_KEY = "bm90IHRoZSBrZXkgdGhhdCB0aGUgcHJvYmUgYnJvdWc="
ORDERS = "allback 'orders' (id orders, https://receiver.test/orders)"
WAYS = (
    "A callback has to be verified within 4 hours of its creation, and there are three ways: the "
    "receiver verifies itself when it is probed, verification_key_url (and verification_key_token) "
    "says where the receiver hands out the key that the probe brought, or verification_key is that "
    "key."
)
LAG = "what it shows can lag two minutes behind."
NOT_SHOWN = (
    f"{LAG} Correct the id or accountId if one of them is wrong; run `pulumi up --refresh` if the "
    "callback was deleted."
)
REPLACE = (
    "A verification key works once, within 4 hours of the creation, for the callback whose probe "
    "brought it. Correct the key; or replace the callback, which brings a new one: `pulumi up "
    "--replace` with the callback's URN."
)
REFUSED = (
    "ENS refused the verification key of c{orders} with {refusal}, and shows the callback as not "
    "verified (status '{status}')"
)
ALREADY = "400 (Callback orders is already verified.)"
TOO_LATE = "400 (Callback orders was not verified within 4 hours; delete it and create it again.)"
LOST = [
    pytest.param({"do": "drop"}, "-", id="dropped"),
    pytest.param({"do": "status", "status": 500}, "500", id="500"),
    pytest.param({"do": "status", "status": 503, "body": "<html></html>"}, "503", id="503-html"),
]


@pytest.fixture
def verifications(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("CallbackVerification")


@pytest.fixture
def orders(service: Service) -> str:
    """Give a callback that nobody has verified; what creates it is not among the calls."""
    return service.create("orders")


def _key(service: Service, callback_id: str) -> dict[str, Any]:
    key = service.verification_key_of(callback_id)
    return declared_verification(callback_id, verification_key=key)


def _refused(refused_with: str, status: str = "unverified") -> str:
    return REFUSED.format(orders=ORDERS, refusal=refused_with, status=status)


def _waits(told: str) -> str:
    return f"ens_provider.NotYetVerified: {told}"


def _not_verified(status: str = "unverified") -> str:
    return _waits(f"C{ORDERS} is not verified yet (status '{status}'). {WAYS}")


def _is_verified(service: Service, created: Created) -> None:
    """See that the service and the state agree, at the service's time to within a minute."""
    [callback] = service.callbacks().values()
    assert (callback["verified"], created.outputs["status"]) == (True, "verified")
    written = datetime.strptime(created.outputs["verified_at"], "%Y-%m-%dT%H:%M:%S%z")
    assert abs(written.timestamp() - service.emulator.now()) < 60


def test_a_key_at_hand_is_one_call(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """Nothing is read before or after; the id is that of the callback."""
    inputs = _key(service, orders)
    created = verifications.create(inputs)
    assert service.calls() == ["POST ens-verify 200"]
    assert created.id == orders
    known = {"status": "verified", "mid": MID, "verified_at": created.outputs["verified_at"]}
    assert created.outputs == {**inputs, **known}
    assert created.secrets == {"verification_key"}
    _is_verified(service, created)


@pytest.mark.parametrize("answer", ["object", "empty"])
def test_whatever_the_service_says_beside_its_200(
    verifications: ResourceType, service: Service, orders: str, answer: str
) -> None:
    """An answer without a body means the same."""
    service.emulator.set_switches(ok_without_content=answer)
    _is_verified(service, verifications.create(_key(service, orders)))
    assert service.calls() == ["POST ens-verify 200"]


def test_a_key_that_has_worked_already_is_a_success(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """ENS refuses it, and one look shows why."""
    service.verify(orders)
    _is_verified(service, verifications.create(_key(service, orders)))
    assert service.calls() == ["POST ens-verify 400", "GET ens-callbacks/orders 200"]


def test_a_wrong_key_of_a_verified_callback_is_a_success(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """What it was for has come about; verified is verified."""
    service.verify(orders)
    inputs = declared_verification(orders, verification_key=WRONG_KEY)
    _is_verified(service, verifications.create(inputs))
    assert service.calls() == ["POST ens-verify 404", "GET ens-callbacks/orders 200"]


def test_a_receiver_that_verified_itself_while_it_was_probed(
    plugin: Plugin, verifications: ResourceType, service: Service
) -> None:
    """The key has done its work before this resource comes to it; without a key one look does."""
    service.endpoint.hook = lambda probe: service.send("POST", "ens-verify", probe)
    callback = plugin.create(declared())
    service.label(callback.id, "orders")
    service.forget_calls()
    _is_verified(service, verifications.create(_key(service, callback.id)))
    assert service.calls() == ["POST ens-verify 400", "GET ens-callbacks/orders 200"]
    created = verifications.create(declared_verification(callback.id))
    assert service.calls() == ["GET ens-callbacks/orders 200"]
    assert "unverified_status" not in created.outputs


@pytest.mark.parametrize("status", ["unverified", "created", ""])
def test_a_wrong_key_waits_two_minutes_and_is_refused_then(
    verifications: ResourceType, service: Service, orders: str, status: str
) -> None:
    """What ENS shows may lag behind somebody else's verification; after that it is final."""
    service.emulator.set_switches(unverified_status=status)
    inputs = declared_verification(orders, verification_key=WRONG_KEY)
    told = _refused("404 (Not Found)", status)
    attempt = ["POST ens-verify 404", "GET ens-callbacks/orders 200"]
    for seconds in (0, 90):
        service.emulator.move_clock(seconds)
        assert service.labelled(refusal(verifications.create, inputs)) == _waits(
            f"{told}; {LAG} {REPLACE}"
        )
        assert service.calls() == attempt
    service.emulator.move_clock(40)
    sentence = f"ens_provider.VerificationRefused: {told}. {REPLACE}"
    assert service.labelled(refusal(verifications.create, inputs)) == sentence
    assert service.calls() == attempt
    assert not service.callbacks()["orders"]["verified"]


def test_a_key_that_is_refused_because_of_a_lag_succeeds_once_it_shows(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """The receiver verified itself a moment ago, and reads do not show it yet."""
    service.emulator.set_switches(propagation_seconds=60)
    service.emulator.move_clock(120)
    service.verify(orders)
    inputs = _key(service, orders)
    sentence = service.labelled(refusal(verifications.create, inputs))
    assert sentence == _waits(f"{_refused(ALREADY)}; {LAG} {REPLACE}")
    service.emulator.move_clock(60)
    created = verifications.create(inputs)
    assert created.outputs["unverified_status"] == "unverified"
    _is_verified(service, created)


@pytest.mark.parametrize(("fault", "status"), LOST)
def test_an_answer_that_is_lost_after_it_took_effect(
    verifications: ResourceType, service: Service, orders: str, fault: dict[str, Any], status: str
) -> None:
    """The client repeats it, ENS refuses the key, and a look shows that it worked."""
    service.emulator.add_fault(route=VERIFY, when="after", **fault)
    _is_verified(service, verifications.create(_key(service, orders)))
    assert service.calls() == [
        f"POST ens-verify {status}",
        "POST ens-verify 400",
        "GET ens-callbacks/orders 200",
    ]


@pytest.mark.parametrize(("fault", "status"), LOST)
def test_an_answer_that_is_lost_before_it_took_effect(
    verifications: ResourceType, service: Service, orders: str, fault: dict[str, Any], status: str
) -> None:
    """The client repeats it, and the key works."""
    service.emulator.add_fault(route=VERIFY, **fault)
    _is_verified(service, verifications.create(_key(service, orders)))
    assert service.calls() == [f"POST ens-verify {status}", "POST ens-verify 200"]


def test_answers_that_are_all_lost_after_the_first_took_effect(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """A look shows the success that no answer told of."""
    service.emulator.add_fault(route=VERIFY, when="after", do="drop", times=None)
    _is_verified(service, verifications.create(_key(service, orders)))
    assert service.calls() == [*["POST ens-verify -"] * 4, "GET ens-callbacks/orders 200"]


def test_a_service_that_fails_for_good_is_an_error(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """It did not refuse the key, so that nothing is said against the key."""
    service.emulator.add_fault(route=VERIFY, do="status", status=500, times=None)
    assert service.labelled(refusal(verifications.create, _key(service, orders))) == (
        "ens_provider.ServiceError: ENS could not verify callback orders (500, errorcode 30000): "
        "Internal Server Error. Run `pulumi up` again."
    )
    assert service.calls() == [*["POST ens-verify 500"] * 4, "GET ens-callbacks/orders 200"]


def test_a_token_without_the_permission_is_an_error(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """Nothing is looked at, and it names the permission."""
    service.emulator.add_fault(route=VERIFY, do="status", status=403)
    assert service.labelled(refusal(verifications.create, _key(service, orders))) == (
        "ens_provider.PermissionDeniedError: ENS refused to verify callback orders (403): "
        "Insufficient privileges to complete this action. Give the installed package the "
        "permission Event Notifications > Callbacks > Update (scope "
        "event_notification_callback_update) in Setup; a new token shows it after up to 5 minutes."
    )
    assert service.calls() == ["POST ens-verify 403"]


def test_a_look_that_is_refused_is_an_error(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """Whether the refusal was a success cannot be told without it."""
    service.emulator.add_fault(route=GET, do="status", status=403)
    inputs = declared_verification(orders, verification_key=WRONG_KEY)
    sentence = refusal(verifications.create, inputs)
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to read callback ")
    assert service.calls() == ["POST ens-verify 404", "GET ens-callbacks/orders 403"]


@pytest.mark.parametrize("status", ["unverified", "created", ""])
def test_without_a_key_each_attempt_is_one_look(
    verifications: ResourceType, service: Service, orders: str, status: str
) -> None:
    """The sentence has the limit and the three ways; the status that was seen is kept."""
    service.emulator.set_switches(unverified_status=status)
    inputs = declared_verification(orders)
    for _ in range(2):
        assert service.labelled(refusal(verifications.create, inputs)) == _not_verified(status)
        assert service.calls() == ["GET ens-callbacks/orders 200"]
    service.verify(orders)
    created = verifications.create(inputs)
    assert service.calls() == ["GET ens-callbacks/orders 200"]
    assert created.outputs["unverified_status"] == status
    assert created.secrets == set()
    _is_verified(service, created)


@pytest.mark.parametrize("status", ["suspended", "Paused", "deactivated"])
def test_a_status_of_afterwards_is_not_taken_for_the_one_before(
    verifications: ResourceType, service: Service, orders: str, status: str
) -> None:
    """A callback that is suspended when it is declared here would else lapse with the next one."""
    service.emulator.set_switches(unverified_status="unverified")
    shown = {
        "callbackId": orders,
        "callbackName": "orders",
        "url": URL,
        "maxBatchSize": 1000,
        "status": status,
        "statusReason": "none",
    }
    service.emulator.add_fault(route=GET, when="after", do="body", body=shown)
    inputs = declared_verification(orders)
    refusal(verifications.create, inputs)
    service.verify(orders)

    assert "unverified_status" not in verifications.create(inputs).outputs


def test_without_a_key_it_waits_as_long_as_the_program_says(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """A person may need longer than two minutes: only the budget ends it."""
    inputs = declared_verification(orders)
    for _ in range(3):
        assert service.labelled(refusal(verifications.create, inputs)) == _not_verified()
        service.emulator.move_clock(200)


def test_without_a_key_a_verification_counts_once_it_shows(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """Reads lag behind what somebody else did."""
    service.emulator.set_switches(propagation_seconds=120)
    service.emulator.move_clock(120)
    service.verify(orders)
    inputs = declared_verification(orders)
    service.emulator.move_clock(90)
    assert service.labelled(refusal(verifications.create, inputs)) == _not_verified()
    service.emulator.move_clock(40)
    _is_verified(service, verifications.create(inputs))


@pytest.mark.parametrize("keyed", [True, False], ids=["key", "look"])
def test_a_callback_that_does_not_show_waits_two_minutes_and_is_gone_then(
    verifications: ResourceType, service: Service, keyed: bool
) -> None:
    """A creation of a moment ago may not show yet; after that it was deleted."""
    nowhere = service.label(str(uuid.uuid4()), "nowhere")
    key = {"verification_key": WRONG_KEY} if keyed else {}
    inputs = declared_verification(nowhere, **key)
    told = "ENS does not show callback nowhere in business unit 1234567"
    attempt = ["POST ens-verify 404"] * keyed + ["GET ens-callbacks/nowhere 404"]
    for seconds in (0, 90):
        service.emulator.move_clock(seconds)
        assert service.labelled(refusal(verifications.create, inputs)) == _waits(
            f"{told}; {NOT_SHOWN}"
        )
        assert service.calls() == attempt
    service.emulator.move_clock(40)
    assert service.labelled(refusal(verifications.create, inputs)) == (
        f"ens_provider.DeletedOutside: {told}, so that it cannot be verified: it was deleted, "
        "perhaps because 4 hours went by without a verification, or belongs to another business "
        "unit. Run `pulumi up --refresh` to create it again."
    )
    assert service.calls() == attempt


@pytest.mark.parametrize("keyed", [True, False], ids=["key", "look"])
def test_a_callback_of_another_unit_is_not_verified(
    new_plugin: NewPlugin, service: Service, orders: str, keyed: bool
) -> None:
    """Units do not know of each other; the sentence names the one that was looked in."""
    elsewhere = new_plugin(service=service.access(OTHER_MID)).of("CallbackVerification")
    inputs = _key(service, orders) if keyed else declared_verification(orders)
    told = f"ENS does not show callback orders in business unit {OTHER_MID}"
    assert service.labelled(refusal(elsewhere.create, inputs)) == _waits(f"{told}; {NOT_SHOWN}")
    assert not service.callbacks()["orders"]["verified"]


def test_a_callback_that_lists_do_not_show_yet_is_verified_all_the_same(
    plugin: Plugin, verifications: ResourceType, service: Service
) -> None:
    """Writes take effect at once: a key at hand needs no look."""
    service.emulator.set_switches(propagation_seconds=120)
    callback = plugin.create(declared())
    service.forget_calls()
    _is_verified(service, verifications.create(_key(service, callback.id)))
    assert service.calls() == ["POST ens-verify 200"]


def _four_hours_later(service: Service, after_deadline: str) -> None:
    service.emulator.set_switches(after_deadline=after_deadline)
    service.emulator.move_clock(4 * 60 * 60 + 1)
    # The token of before is void as well; it is fetched off the record.
    service.forget_calls()


def _without_tokens(service: Service) -> list[str]:
    return [call for call in service.calls() if "token" not in call and " 401" not in call]


def test_a_key_that_comes_after_four_hours_is_refused(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """The callback is there and good for nothing: the remedy is a new one."""
    _four_hours_later(service, "unusable")
    inputs = _key(service, orders)
    told = _refused(TOO_LATE)
    assert service.labelled(refusal(verifications.create, inputs)) == _waits(
        f"{told}; {LAG} {REPLACE}"
    )
    service.emulator.move_clock(121)
    sentence = f"ens_provider.VerificationRefused: {told}. {REPLACE}"
    assert service.labelled(refusal(verifications.create, inputs)) == sentence
    assert _without_tokens(service) == ["POST ens-verify 400", "GET ens-callbacks/orders 200"] * 2


def test_a_callback_that_went_after_four_hours_is_gone(
    verifications: ResourceType, service: Service, orders: str
) -> None:
    """The sentence gives the likely reason."""
    inputs = _key(service, orders)
    _four_hours_later(service, "deleted")
    sentence = service.labelled(refusal(verifications.create, inputs))
    assert sentence.startswith("ens_provider.NotYetVerified: ENS does not show callback orders ")
    service.emulator.move_clock(121)
    sentence = service.labelled(refusal(verifications.create, inputs))
    assert sentence.startswith("ens_provider.DeletedOutside: ENS does not show callback orders ")
    assert "perhaps because 4 hours went by without a verification" in sentence
    assert _without_tokens(service) == ["POST ens-verify 404", "GET ens-callbacks/orders 404"] * 2
