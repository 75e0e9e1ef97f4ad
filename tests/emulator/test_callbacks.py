"""The operations on callbacks, at the default of every switch."""

import base64
import uuid

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import (
    CALLBACKS,
    NOT_FOUND,
    REGENERATE,
    UNKNOWN_ID,
    VERIFY,
    Caller,
    refusal,
)
from tools.endpoint import Endpoint


def test_creation_answers_the_record_with_its_key(caller: Caller) -> None:
    """A creation answers an array of one with a GUID and a key of 32 bytes."""
    answer = caller.create()
    (record,) = answer.json()

    assert answer.status_code == 201
    assert list(record) == ["callbackName", "callbackId", "url", "signatureKey", "maxBatchSize"]
    assert str(uuid.UUID(record["callbackId"])) == record["callbackId"]
    assert len(base64.b64decode(record["signatureKey"], validate=True)) == 32
    assert record["callbackName"] == "orders"
    assert record["url"] == "https://receiver.test/orders"
    assert record["maxBatchSize"] == 1000


def test_created_with_authentication_it_is_echoed(caller: Caller) -> None:
    """A callback carries its authId and its batch size from the creation on."""
    record = caller.created(maxBatchSize=100, authId="auth-1")
    read = caller.get(f"{CALLBACKS}/{record['callbackId']}").json()

    assert (record["maxBatchSize"], record["authId"]) == (100, "auth-1")
    assert (read["maxBatchSize"], read["authId"]) == (100, "auth-1")


def test_get_answers_an_object_without_keys(caller: Caller) -> None:
    """A callback is read as an object; it never shows a key again, and its reason says none."""
    record = caller.created()
    answer = caller.get(f"{CALLBACKS}/{record['callbackId']}")

    assert answer.status_code == 200
    assert answer.json() == {
        "callbackId": record["callbackId"],
        "callbackName": "orders",
        "url": "https://receiver.test/orders",
        "maxBatchSize": 1000,
        "status": "unverified",
        "statusReason": "none",
    }


def test_list_answers_a_bare_array(caller: Caller) -> None:
    """The list has the unit's callbacks in the order of their creation."""
    assert caller.get(CALLBACKS).json() == []
    caller.created("one", "https://receiver.test/1")
    caller.created("two", "https://receiver.test/2")
    listed = caller.get(CALLBACKS)

    assert listed.status_code == 200
    assert [callback["callbackName"] for callback in listed.json()] == ["one", "two"]


def test_update_changes_name_and_batch_size(caller: Caller) -> None:
    """PUT names the callback in its body and answers what it is now."""
    record = caller.created()
    change = {"callbackId": record["callbackId"], "callbackName": "sales", "maxBatchSize": 200}
    answer = caller.put(CALLBACKS, [change])

    assert answer.status_code == 200
    assert answer.json() == [
        {
            "callbackId": record["callbackId"],
            "callbackName": "sales",
            "url": "https://receiver.test/orders",
            "maxBatchSize": 200,
        }
    ]
    read = caller.get(f"{CALLBACKS}/{record['callbackId']}").json()
    assert (read["callbackName"], read["maxBatchSize"]) == ("sales", 200)


def test_update_without_batch_size_keeps_it(caller: Caller) -> None:
    """The batch size may be left out."""
    record = caller.created(maxBatchSize=300)
    change = {"callbackId": record["callbackId"], "callbackName": "sales"}

    assert caller.put(CALLBACKS, [change]).json()[0]["maxBatchSize"] == 300


def test_update_to_the_name_of_another_is_refused(caller: Caller) -> None:
    """Two callbacks do not get one name by an update either."""
    caller.created("one", "https://receiver.test/1")
    two = caller.created("two", "https://receiver.test/2")
    answer = caller.put(CALLBACKS, [{"callbackId": two["callbackId"], "callbackName": "one"}])

    assert answer.status_code == 400
    assert answer.json() == refusal("callbackName or url belongs to another callback.", 30004)
    assert caller.names() == ["one", "two"]


def test_delete_answers_an_empty_object_and_frees_the_name(caller: Caller) -> None:
    """A deleted callback is gone, and its name and URL may be used again."""
    record = caller.created()
    path = f"{CALLBACKS}/{record['callbackId']}"
    answer = caller.delete(path)

    assert (answer.status_code, answer.text) == (200, "{}")
    assert caller.get(path).status_code == 404
    assert caller.delete(path).status_code == 404
    assert caller.created()["callbackId"] != record["callbackId"]


def test_delete_with_subscriptions_is_a_conflict(caller: Caller) -> None:
    """A callback cannot go before its subscriptions have gone."""
    callback_id = caller.verified()["callbackId"]
    subscription = caller.subscribed(callback_id)
    answer = caller.delete(f"{CALLBACKS}/{callback_id}")

    assert answer.status_code == 409
    assert answer.json() == refusal(
        f"Callback {callback_id} cannot be deleted because 1 subscription(s) are attached to it.",
        30002,
    )
    caller.delete(f"/platform/v1/ens-subscriptions/{subscription['subscriptionId']}")
    assert caller.delete(f"{CALLBACKS}/{callback_id}").status_code == 200


def test_verification_with_the_probes_key(caller: Caller, endpoint: Endpoint) -> None:
    """The endpoint's key verifies the callback, once."""
    record = caller.created()
    (probe,) = endpoint.probes
    answer = caller.post(VERIFY, probe)
    again = caller.post(VERIFY, probe)

    assert (answer.status_code, answer.text) == (200, "{}")
    assert caller.get(f"{CALLBACKS}/{record['callbackId']}").json()["status"] == "verified"
    assert again.status_code == 400
    assert again.json() == refusal(f"Callback {record['callbackId']} is already verified.", 30002)


def test_verification_with_a_wrong_key_is_not_found(caller: Caller) -> None:
    """A wrong key and a wrong id are told apart by nobody."""
    record = caller.created()
    wrong_key = {"callbackId": record["callbackId"], "verificationKey": "wrong"}
    wrong_id = {"callbackId": UNKNOWN_ID, "verificationKey": "wrong"}

    for body in (wrong_key, wrong_id):
        answer = caller.post(VERIFY, body)
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert caller.get(CALLBACKS).json()[0]["status"] == "unverified"


def test_regeneration_answers_a_new_key(caller: Caller, emulator: EmulatorProcess) -> None:
    """The new key is in the answer, which has no batch size, and is the only one from then on."""
    record = caller.created()
    answer = caller.put(REGENERATE, [{"callbackId": record["callbackId"]}])
    (rotated,) = answer.json()

    assert answer.status_code == 200
    assert list(rotated) == ["callbackName", "callbackId", "url", "signatureKey"]
    assert rotated["signatureKey"] != record["signatureKey"]
    assert emulator.state()["callbacks"][0]["signatureKey"] == rotated["signatureKey"]


def test_unknown_id_is_not_found_on_every_route(caller: Caller) -> None:
    """An id that nobody has is a 404 with the platform's words."""
    change = {"callbackId": UNKNOWN_ID, "callbackName": "orders"}
    for answer in (
        caller.get(f"{CALLBACKS}/{UNKNOWN_ID}"),
        caller.delete(f"{CALLBACKS}/{UNKNOWN_ID}"),
        caller.put(CALLBACKS, [change]),
        caller.put(REGENERATE, [{"callbackId": UNKNOWN_ID}]),
    ):
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
