"""The operations on subscriptions, at the default of every switch."""

from ens_provider.emulator.process import EmulatorProcess
from tests.emulator.caller import (
    BY_CALLBACK,
    NOT_FOUND,
    SUBSCRIPTIONS,
    UNKNOWN_ID,
    Caller,
    refusal,
)

TYPES = ["TransactionalSendEvents.EmailSent"]


def test_creation_answers_an_active_subscription(caller: Caller) -> None:
    """A creation answers the documented fields, and nothing of the callback's URL."""
    callback = caller.verified()
    answer = caller.subscribe(callback["callbackId"], filters=["definitionKey=welcome"])
    (record,) = answer.json()

    assert answer.status_code == 201
    assert record.pop("subscriptionId") != callback["callbackId"]
    assert record == {
        "callbackId": callback["callbackId"],
        "callbackName": "orders",
        "subscriptionName": "sent",
        "eventCategoryTypes": TYPES,
        "filters": ["definitionKey=welcome"],
        "status": "active",
    }


def test_get_and_list_show_url_batch_size_and_reason(caller: Caller) -> None:
    """One subscription says that its reason is none, a list leaves it empty."""
    callback_id = caller.verified()["callbackId"]
    record = caller.subscribed(callback_id)
    shown = record | {
        "url": "https://receiver.test/orders",
        "maxBatchSize": 1000,
        "statusReason": "none",
    }

    one = caller.get(f"{SUBSCRIPTIONS}/{record['subscriptionId']}")
    several = caller.get(f"{BY_CALLBACK}/{callback_id}")
    assert (one.status_code, one.json()) == (200, shown)
    assert (several.status_code, several.json()) == (200, [shown | {"statusReason": ""}])


def test_list_of_a_callback_without_any_is_empty(caller: Caller) -> None:
    """A callback without subscriptions is no 404; an unknown callback is."""
    callback_id = caller.verified()["callbackId"]

    assert caller.get(f"{BY_CALLBACK}/{callback_id}").json() == []
    unknown = caller.get(f"{BY_CALLBACK}/{UNKNOWN_ID}")
    assert (unknown.status_code, unknown.json()) == (404, NOT_FOUND)


def test_name_that_is_taken_is_not_modified(caller: Caller) -> None:
    """A second subscription of the name is a 304 without a body."""
    callback_id = caller.verified()["callbackId"]
    caller.subscribed(callback_id)
    again = caller.subscribe(callback_id)

    assert (again.status_code, again.content) == (304, b"")


def test_pause_and_resume_with_reasons(caller: Caller) -> None:
    """A pause keeps the reason that it was given."""
    record = caller.subscribed(caller.verified()["callbackId"])
    subscription_id = record["subscriptionId"]
    whole = {"subscriptionId": subscription_id, "eventCategoryTypes": TYPES}
    paused = caller.put(
        SUBSCRIPTIONS, [whole | {"status": "paused", "statusReason": "maintenance"}]
    )
    resumed = caller.put(SUBSCRIPTIONS, [whole | {"status": "active", "statusReason": "done"}])

    assert paused.json()[0]["status"] == "paused"
    assert paused.json()[0]["statusReason"] == "maintenance"
    assert resumed.json()[0]["status"] == "active"
    assert caller.get(f"{SUBSCRIPTIONS}/{subscription_id}").json()["statusReason"] == "done"


def test_pause_without_a_reason_is_refused(caller: Caller) -> None:
    """A status never changes without its reason."""
    record = caller.subscribed(caller.verified()["callbackId"])
    change = {"subscriptionId": record["subscriptionId"], "eventCategoryTypes": TYPES}
    answer = caller.put(SUBSCRIPTIONS, [change | {"status": "paused"}])

    assert answer.status_code == 400
    assert answer.json() == refusal("statusReason is required when status changes.", 10002)


def test_update_changes_types_filters_and_name(caller: Caller) -> None:
    """PUT answers the subscription as lists show it; what is left out stays."""
    record = caller.subscribed(caller.verified()["callbackId"], filters=["definitionKey=a"])
    change = {
        "subscriptionId": record["subscriptionId"],
        "eventCategoryTypes": ["EngagementEvents.EmailOpen"],
        "subscriptionName": "opened",
    }
    answer = caller.put(SUBSCRIPTIONS, [change])

    assert answer.status_code == 200
    (updated,) = answer.json()
    assert updated["eventCategoryTypes"] == ["EngagementEvents.EmailOpen"]
    assert updated["subscriptionName"] == "opened"
    assert updated["filters"] == ["definitionKey=a"]
    cleared = caller.put(SUBSCRIPTIONS, [change | {"filters": []}])
    assert cleared.json()[0]["filters"] == []


def test_update_to_a_name_that_is_taken_is_refused(caller: Caller) -> None:
    """Two subscriptions do not get one name by an update either."""
    callback_id = caller.verified()["callbackId"]
    caller.subscribed(callback_id, "one")
    two = caller.subscribed(callback_id, "two")
    change = {"subscriptionId": two["subscriptionId"], "eventCategoryTypes": TYPES}
    answer = caller.put(SUBSCRIPTIONS, [change | {"subscriptionName": "one"}])

    assert answer.status_code == 400
    assert answer.json() == refusal("subscriptionName belongs to another subscription.", 30004)


def test_deleted_subscription_is_gone(caller: Caller) -> None:
    """A deletion answers an empty object, and the id is unknown from then on."""
    record = caller.subscribed(caller.verified()["callbackId"])
    path = f"{SUBSCRIPTIONS}/{record['subscriptionId']}"
    change = {"subscriptionId": record["subscriptionId"], "eventCategoryTypes": TYPES}

    deleted = caller.delete(path)
    assert (deleted.status_code, deleted.text) == (200, "{}")
    for answer in (caller.get(path), caller.delete(path), caller.put(SUBSCRIPTIONS, [change])):
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_unknown_callback_cannot_be_subscribed_to(caller: Caller) -> None:
    """A subscription on nothing is a 404."""
    answer = caller.subscribe(UNKNOWN_ID)

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


def test_two_hundred_subscriptions_are_the_most(caller: Caller, emulator: EmulatorProcess) -> None:
    """The two hundred and first subscription of a callback is refused."""
    callback_id = caller.verified()["callbackId"]
    fields = {"callbackId": callback_id, "eventCategoryTypes": TYPES}
    many = [fields | {"subscriptionName": f"sent-{number}"} for number in range(200)]
    assert caller.post(SUBSCRIPTIONS, many).status_code == 201
    answer = caller.subscribe(callback_id, "one-more")

    assert answer.status_code == 400
    assert answer.json() == refusal(
        f"Callback {callback_id} has 200 subscriptions, which is the maximum.", 30001
    )
    assert len(emulator.state()["subscriptions"]) == 200
