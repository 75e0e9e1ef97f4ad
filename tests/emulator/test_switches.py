"""Every switch under each of its values."""

from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from tests.emulator.caller import (
    BY_CALLBACK,
    CALLBACKS,
    NOT_FOUND,
    REGENERATE,
    SUBSCRIPTIONS,
    UNKNOWN_ID,
    VERIFY,
    Caller,
    refusal,
)

TYPES = ["TransactionalSendEvents.EmailSent"]
OTHER_TYPES = ["EngagementEvents.EmailOpen"]
FOUR_HOURS = 4 * 60 * 60
ALREADY = refusal("A callback with this callbackName or url is already registered.", 30004)


def test_defaults(emulator: EmulatorProcess) -> None:
    """Each switch starts at its first value."""
    assert emulator.switches() == {
        "duplicate_callback": "304",
        "duplicate_match": "either",
        "name_case": "sensitive",
        "url_echo": "as_sent",
        "probe_failure_body": "string",
        "failed_callback_kept": "true",
        "unverified_status": "unverified",
        "after_deadline": "unusable",
        "subscribe_unverified": "400",
        "regenerate_unverified": "accepted",
        "put_url": "ignored",
        "put_unknown_callback": "404",
        "unchanged_put": "304",
        "empty_list": "200",
        "ok_without_content": "object",
        "blank_filters": "empty_list",
        "subscription_name_scope": "callback",
        "array_of_many": "all_or_nothing",
        "unchanged_status": "accepted",
        "put_unknown_subscription": "404",
        "filter_anchoring": "full",
        "fan_out": "every_callback",
        "signature_key_encoding": "decoded",
        "delivery_retries": "newest",
        "retry_signed_with": "new",
        "suspended_status": "verified",
        "propagation_seconds": "0",
    }


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {"duplicate_callback": 500},
            "Switch 'duplicate_callback' is one of '304', '400', not '500'.",
        ),
        (
            {"propagation_seconds": 121},
            "Switch 'propagation_seconds' is a number from 0 to 120, not '121'.",
        ),
        (
            {"propagation_seconds": "nan"},
            "Switch 'propagation_seconds' is a number from 0 to 120, not 'nan'.",
        ),
    ],
)
def test_value_that_does_not_exist(
    emulator: EmulatorProcess, values: dict[str, object], sentence: str
) -> None:
    """The refusal lists the values, and no other switch of the request is set."""
    with pytest.raises(EmulatorError) as refused:
        emulator.set_switches(name_case="insensitive", **values)

    assert str(refused.value) == f"The emulator refused PUT switches: {sentence}"
    assert emulator.switches()["name_case"] == "sensitive"


def test_switch_that_does_not_exist(emulator: EmulatorProcess) -> None:
    """An unknown name is refused with the names that exist."""
    with pytest.raises(EmulatorError, match=r"There is no switch 'weather'\. The switches are: d"):
        emulator.set_switches(weather="fine")


def test_values_may_be_json_values(emulator: EmulatorProcess) -> None:
    """Numbers and truth values are taken as the texts that they stand for."""
    emulator.set_switches(duplicate_callback=400, failed_callback_kept=False)

    assert emulator.switches()["duplicate_callback"] == "400"
    assert emulator.switches()["failed_callback_kept"] == "false"


def test_duplicate_callback_304(caller: Caller) -> None:
    """What is already present is not modified: no body, no probe, no second callback."""
    caller.created()
    answer = caller.create()

    assert (answer.status_code, answer.content) == (304, b"")
    assert caller.names() == ["orders"]


def test_duplicate_callback_400(caller: Caller, emulator: EmulatorProcess) -> None:
    """What is already present is a bad request, without an id and without the probe's words."""
    emulator.set_switches(duplicate_callback="400")
    caller.created()
    answer = caller.create()

    assert (answer.status_code, answer.json()) == (400, ALREADY)
    assert caller.names() == ["orders"]


@pytest.mark.parametrize(
    ("match", "same_name", "same_url", "same_both"),
    [
        ("either", 304, 304, 304),
        ("url", 201, 304, 304),
        ("name", 304, 201, 304),
        ("name_and_url", 201, 201, 304),
    ],
)
def test_duplicate_match(
    emulator: EmulatorProcess,
    caller: Caller,
    match: str,
    same_name: int,
    same_url: int,
    same_both: int,
) -> None:
    """The switch says which of name and URL make a callback one that is present."""
    emulator.set_switches(duplicate_match=match)
    caller.created("one", "https://receiver.test/1")

    assert caller.create("one", "https://receiver.test/1").status_code == same_both
    assert caller.create("one", "https://receiver.test/2").status_code == same_name
    assert caller.create("two", "https://receiver.test/1").status_code == same_url


@pytest.mark.parametrize("url", ["https://RECEIVER.test/a", "https://receiver.test/a"])
def test_duplicate_url_is_compared_canonically(caller: Caller, url: str) -> None:
    """The case of the host makes no other URL, the case of the path does."""
    caller.created("one", "https://receiver.test/a")

    assert caller.create("two", url).status_code == 304
    assert caller.create("three", "https://receiver.test/A").status_code == 201


@pytest.mark.parametrize(("case", "status"), [("sensitive", 201), ("insensitive", 304)])
def test_name_case(emulator: EmulatorProcess, caller: Caller, case: str, status: int) -> None:
    """Names of callbacks and of subscriptions compare with their case, or without."""
    emulator.set_switches(name_case=case)
    callback_id = caller.verified("orders")["callbackId"]
    caller.subscribed(callback_id, "sent")

    assert caller.create("ORDERS", "https://receiver.test/2").status_code == status
    assert caller.subscribe(callback_id, "SENT").status_code == status


@pytest.mark.parametrize(
    ("echo", "shown"),
    [("as_sent", "https://Receiver.TEST"), ("normalised", "https://receiver.test/")],
)
def test_url_echo(emulator: EmulatorProcess, caller: Caller, echo: str, shown: str) -> None:
    """Every answer shows the URL in the one way or the other."""
    emulator.set_switches(url_echo=echo)
    record = caller.verified("orders", "https://Receiver.TEST")
    change = {"callbackId": record["callbackId"], "callbackName": "sales"}
    subscription_id = caller.subscribed(record["callbackId"])["subscriptionId"]

    assert record["url"] == shown
    assert caller.get(CALLBACKS).json()[0]["url"] == shown
    assert caller.put(CALLBACKS, [change]).json()[0]["url"] == shown
    assert caller.put(REGENERATE, [{"callbackId": record["callbackId"]}]).json()[0]["url"] == shown
    assert caller.get(f"{SUBSCRIPTIONS}/{subscription_id}").json()["url"] == shown


def probe_text(callback_id: str) -> str:
    """The documented sentence for a name that does not resolve."""
    return (
        "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: "
        f"CallbackId is {callback_id}. Could not verify callback url `'https://nowhere.test/'`. "
        "Please test that the url is reachable with a https POST call and returns a 200 http "
        "status code. To retry please delete the callback and create it again. "
        "Status: NameResolutionFailure. The remote name could not be resolved: 'nowhere.test'"
    )


def test_probe_failure_body_string(emulator: EmulatorProcess, caller: Caller) -> None:
    """The text stands alone, as a JSON string."""
    answer = caller.create("orders", "https://nowhere.test/")
    (kept,) = emulator.state()["callbacks"]

    assert (answer.status_code, answer.json()) == (400, probe_text(kept["callbackId"]))


def test_probe_failure_body_envelope(emulator: EmulatorProcess, caller: Caller) -> None:
    """The text is the message of the platform's envelope."""
    emulator.set_switches(probe_failure_body="envelope")
    answer = caller.create("orders", "https://nowhere.test/")
    (kept,) = emulator.state()["callbacks"]

    assert answer.status_code == 400
    assert answer.json() == refusal(probe_text(kept["callbackId"]), 30000)


@pytest.mark.parametrize(
    ("kept", "names", "again"), [("true", ["orders"], 304), ("false", [], 400)]
)
def test_failed_callback_kept(
    emulator: EmulatorProcess, caller: Caller, kept: str, names: list[str], again: int
) -> None:
    """A callback whose endpoint did not answer stays in the way, or goes."""
    emulator.set_switches(failed_callback_kept=kept)
    caller.create("orders", "https://nowhere.test/")

    assert caller.names() == names
    assert caller.create("orders", "https://nowhere.test/").status_code == again


def test_failed_callback_is_good_for_nothing_but_deletion(
    emulator: EmulatorProcess, caller: Caller
) -> None:
    """A callback whose probe failed can be neither verified nor subscribed to."""
    emulator.set_switches(subscribe_unverified="accepted")
    caller.create("orders", "https://nowhere.test/")
    callback_id = caller.get(CALLBACKS).json()[0]["callbackId"]
    refused = caller.verify(callback_id)

    assert refused.status_code == 400
    assert refused.json() == refusal(
        f"Callback {callback_id} did not answer the probe; delete it and create it again.", 30002
    )
    assert caller.subscribe(callback_id).status_code == 400
    assert caller.delete(f"{CALLBACKS}/{callback_id}").status_code == 200


@pytest.mark.parametrize("status", ["unverified", "created", ""])
def test_unverified_status(emulator: EmulatorProcess, caller: Caller, status: str) -> None:
    """The status before the verification is the switch's text, in the list as in the object."""
    emulator.set_switches(unverified_status=status)
    path = f"{CALLBACKS}/{caller.created()['callbackId']}"

    assert caller.get(CALLBACKS).json()[0]["status"] == status
    assert caller.get(path).json()["status"] == status


def test_after_deadline_unusable(emulator: EmulatorProcess, caller: Caller) -> None:
    """Four hours after its creation a callback stays, but cannot be verified any more."""
    callback_id = caller.created()["callbackId"]
    emulator.move_clock(FOUR_HOURS)
    caller.authorize()
    answer = caller.verify(callback_id)

    assert answer.status_code == 400
    assert answer.json() == refusal(
        f"Callback {callback_id} was not verified within 4 hours; delete it and create it again.",
        30002,
    )
    assert caller.names() == ["orders"]


def test_just_before_the_deadline(emulator: EmulatorProcess, caller: Caller) -> None:
    """The last minute of the four hours is good, and a verified callback outlives them."""
    emulator.set_switches(after_deadline="deleted")
    callback_id = caller.created()["callbackId"]
    emulator.move_clock(FOUR_HOURS - 60)
    caller.authorize()
    assert caller.verify(callback_id).status_code == 200
    emulator.move_clock(60)

    assert caller.names() == ["orders"]


def test_after_deadline_deleted(emulator: EmulatorProcess, caller: Caller) -> None:
    """Four hours after its creation a callback is gone, with what hung on it."""
    emulator.set_switches(after_deadline="deleted", subscribe_unverified="accepted")
    callback_id = caller.created()["callbackId"]
    caller.subscribed(callback_id)
    emulator.move_clock(FOUR_HOURS)
    caller.authorize()

    assert caller.get(f"{CALLBACKS}/{callback_id}").status_code == 404
    assert emulator.state() == {"callbacks": [], "subscriptions": []}
    assert caller.create().status_code == 201


def test_subscribe_unverified_400(caller: Caller) -> None:
    """A callback that is not verified cannot be subscribed to."""
    callback_id = caller.created()["callbackId"]
    answer = caller.subscribe(callback_id)

    assert answer.status_code == 400
    assert answer.json() == refusal(f"Callback {callback_id} is not verified.", 30002)


def test_subscribe_unverified_accepted(emulator: EmulatorProcess, caller: Caller) -> None:
    """A callback that is not verified yet may be subscribed to, until its deadline."""
    emulator.set_switches(subscribe_unverified="accepted")
    callback_id = caller.created()["callbackId"]
    assert caller.subscribe(callback_id, "in time").status_code == 201
    emulator.move_clock(FOUR_HOURS)
    caller.authorize()

    assert caller.subscribe(callback_id, "too late").status_code == 400


def test_regenerate_unverified(emulator: EmulatorProcess, caller: Caller) -> None:
    """The key of a callback that is not verified is renewed, or that is refused."""
    record = caller.created()
    body = [{"callbackId": record["callbackId"]}]
    assert caller.put(REGENERATE, body).status_code == 200
    emulator.set_switches(regenerate_unverified="400")
    refused = caller.put(REGENERATE, body)

    assert refused.status_code == 400
    assert refused.json() == refusal(f"Callback {record['callbackId']} is not verified.", 30002)
    caller.verify(record["callbackId"])
    assert caller.put(REGENERATE, body).status_code == 200


@pytest.mark.parametrize(
    ("put_url", "status", "url"),
    [
        ("ignored", 200, "https://receiver.test/orders"),
        ("applied", 200, "https://receiver.test/new"),
        ("rejected", 400, "https://receiver.test/orders"),
    ],
)
def test_put_url(
    emulator: EmulatorProcess, caller: Caller, put_url: str, status: int, url: str
) -> None:
    """A URL in an update does nothing, or takes effect, or is refused."""
    emulator.set_switches(put_url=put_url)
    callback_id = caller.created()["callbackId"]
    change = {
        "callbackId": callback_id,
        "callbackName": "sales",
        "url": "https://receiver.test/new",
    }

    assert caller.put(CALLBACKS, [change]).status_code == status
    assert caller.get(f"{CALLBACKS}/{callback_id}").json()["url"] == url


def test_put_unknown_callback_404(caller: Caller) -> None:
    """An update of nothing is not found and makes nothing."""
    answer = caller.put(CALLBACKS, [{"callbackId": UNKNOWN_ID, "callbackName": "orders"}])

    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert caller.names() == []


def test_put_unknown_callback_201(emulator: EmulatorProcess, caller: Caller) -> None:
    """An update of nothing makes a new callback with an id of its own."""
    emulator.set_switches(put_unknown_callback="201")
    change = {"callbackId": UNKNOWN_ID, "callbackName": "orders", "maxBatchSize": 300}
    answer = caller.put(CALLBACKS, [change])
    (record,) = answer.json()
    (kept,) = emulator.state()["callbacks"]

    assert answer.status_code == 201
    assert record["callbackId"] not in {UNKNOWN_ID, ""}
    assert record == {
        "callbackId": kept["callbackId"],
        "callbackName": "orders",
        "url": "",
        "maxBatchSize": 300,
    }


@pytest.mark.parametrize(("unchanged", "status"), [("304", 304), ("200", 200)])
def test_unchanged_put(
    emulator: EmulatorProcess, caller: Caller, unchanged: str, status: int
) -> None:
    """An update that changes nothing is not modified, or answered as any other."""
    emulator.set_switches(unchanged_put=unchanged)
    callback_id = caller.verified()["callbackId"]
    subscription_id = caller.subscribed(callback_id)["subscriptionId"]
    callback = {"callbackId": callback_id, "callbackName": "orders"}
    subscription = {"subscriptionId": subscription_id, "eventCategoryTypes": TYPES}

    assert caller.put(CALLBACKS, [callback]).status_code == status
    assert caller.put(SUBSCRIPTIONS, [subscription]).status_code == status


@pytest.mark.parametrize(("empty", "status", "body"), [("200", 200, []), ("404", 404, NOT_FOUND)])
def test_empty_list(
    emulator: EmulatorProcess, caller: Caller, empty: str, status: int, body: object
) -> None:
    """A list of nothing is an empty array, or not found; a list of something is neither."""
    emulator.set_switches(empty_list=empty)
    callbacks = caller.get(CALLBACKS)
    callback_id = caller.verified()["callbackId"]
    subscriptions = caller.get(f"{BY_CALLBACK}/{callback_id}")

    assert (callbacks.status_code, callbacks.json()) == (status, body)
    assert (subscriptions.status_code, subscriptions.json()) == (status, body)
    assert caller.get(CALLBACKS).status_code == 200


@pytest.mark.parametrize(("content", "text"), [("object", "{}"), ("empty", "")])
def test_ok_without_content(
    emulator: EmulatorProcess, caller: Caller, content: str, text: str
) -> None:
    """A deletion and a verification answer an empty object, or nothing at all."""
    emulator.set_switches(ok_without_content=content)
    callback_id = caller.created()["callbackId"]
    verified = caller.verify(callback_id)
    subscription_id = caller.subscribed(callback_id)["subscriptionId"]
    unsubscribed = caller.delete(f"{SUBSCRIPTIONS}/{subscription_id}")
    deleted = caller.delete(f"{CALLBACKS}/{callback_id}")

    for answer in (verified, unsubscribed, deleted):
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("blank", "shown"),
    [("empty_list", {"filters": []}), ("absent", {}), ("blank_item", {"filters": [""]})],
)
@pytest.mark.parametrize("sent", [{}, {"filters": []}, {"filters": [""]}])
def test_blank_filters(
    emulator: EmulatorProcess,
    caller: Caller,
    blank: str,
    shown: dict[str, Any],
    sent: dict[str, Any],
) -> None:
    """No filters are shown in one way, however they were left out."""
    emulator.set_switches(blank_filters=blank)
    record = caller.subscribed(caller.verified()["callbackId"], **sent)
    read = caller.get(f"{SUBSCRIPTIONS}/{record['subscriptionId']}").json()

    assert {k: v for k, v in record.items() if k == "filters"} == shown
    assert {k: v for k, v in read.items() if k == "filters"} == shown


@pytest.mark.parametrize(("scope", "status"), [("callback", 201), ("business_unit", 304)])
def test_subscription_name_scope(
    emulator: EmulatorProcess, caller: Caller, scope: str, status: int
) -> None:
    """A name is taken on its callback, or in the whole unit; another unit is never concerned."""
    emulator.set_switches(subscription_name_scope=scope)
    one = caller.verified("one", "https://receiver.test/1")
    two = caller.verified("two", "https://receiver.test/2")
    caller.subscribed(one["callbackId"])

    assert caller.subscribe(one["callbackId"]).status_code == 304
    assert caller.subscribe(two["callbackId"]).status_code == status
    with Caller(emulator, account_id=7654321) as other:
        elsewhere = other.verified()
        assert other.subscribe(elsewhere["callbackId"]).status_code == 201


def two_callbacks(second_url: str) -> list[dict[str, str]]:
    """A body of two elements."""
    return [
        {"callbackName": "one", "url": "https://receiver.test/1"},
        {"callbackName": "two", "url": second_url},
    ]


def test_array_of_many_together(emulator: EmulatorProcess, caller: Caller) -> None:
    """Several good elements take effect together."""
    answer = caller.post(CALLBACKS, two_callbacks("https://receiver.test/2"))

    assert answer.status_code == 201
    assert [record["callbackName"] for record in answer.json()] == ["one", "two"]
    assert caller.names() == ["one", "two"]


@pytest.mark.parametrize(
    ("second_url", "status", "left"),
    [
        ("http://receiver.test/2", 400, []),
        ("https://receiver.test/1", 304, []),
        ("https://nowhere.test/", 400, ["two"]),
    ],
)
def test_array_of_many_all_or_nothing(
    emulator: EmulatorProcess, caller: Caller, second_url: str, status: int, left: list[str]
) -> None:
    """One element that is refused takes the others with it; a failed probe leaves its own."""
    answer = caller.post(CALLBACKS, two_callbacks(second_url))

    assert answer.status_code == status
    assert caller.names() == left


def test_array_of_many_all_or_nothing_updates(caller: Caller) -> None:
    """An update that is refused undoes the one before it in the same array."""
    one = caller.created("one", "https://receiver.test/1")
    changes = [
        {"callbackId": one["callbackId"], "callbackName": "renamed"},
        {"callbackId": UNKNOWN_ID, "callbackName": "two"},
    ]

    assert caller.put(CALLBACKS, changes).status_code == 404
    assert caller.names() == ["one"]


def test_array_of_many_per_item(emulator: EmulatorProcess, caller: Caller) -> None:
    """Each element is answered for itself, in its place."""
    emulator.set_switches(array_of_many="per_item")
    answer = caller.post(CALLBACKS, two_callbacks("http://receiver.test/2"))
    again = caller.post(CALLBACKS, two_callbacks("https://receiver.test/1"))

    assert answer.status_code == 201
    assert answer.json()[0]["callbackName"] == "one"
    assert answer.json()[1] == refusal("url must use https.", 10003)
    assert (again.status_code, again.content) == (304, b"")
    assert caller.names() == ["one"]


def test_array_of_many_rejected(emulator: EmulatorProcess, caller: Caller) -> None:
    """More than one element is refused, one is not."""
    emulator.set_switches(array_of_many="rejected")
    answer = caller.post(CALLBACKS, two_callbacks("https://receiver.test/2"))

    assert answer.status_code == 400
    assert answer.json() == refusal("The request body must be an array of one element.", 10005)
    assert caller.names() == []
    caller.created()


def test_propagation_of_a_creation(emulator: EmulatorProcess, caller: Caller) -> None:
    """Reads show a callback late; duplicates, changes and deletions meet it at once."""
    emulator.set_switches(propagation_seconds=60)
    record = caller.created()
    path = f"{CALLBACKS}/{record['callbackId']}"

    assert caller.names() == []
    assert caller.get(path).status_code == 404
    assert caller.get(f"{BY_CALLBACK}/{record['callbackId']}").status_code == 404
    assert caller.create().status_code == 304
    change = {"callbackId": record["callbackId"], "callbackName": "sales"}
    assert caller.put(CALLBACKS, [change]).status_code == 200
    emulator.move_clock(60)
    assert caller.names() == ["sales"]


def test_propagation_of_several_changes(emulator: EmulatorProcess, caller: Caller) -> None:
    """Each change shows two minutes after it was made, not when the next one is."""
    emulator.set_switches(propagation_seconds=120)
    change = {"callbackId": caller.created("first")["callbackId"]}
    shown = []
    for name in ("second", "third"):
        emulator.move_clock(59)
        caller.put(CALLBACKS, [change | {"callbackName": name}])
    for _ in range(4):
        shown.append(caller.names())
        emulator.move_clock(59)

    assert shown == [[], ["first"], ["second"], ["third"]]


def test_propagation_of_changes_and_deletions(emulator: EmulatorProcess, caller: Caller) -> None:
    """Reads show the old values, and what was deleted, until the time is over."""
    record = caller.verified()
    callback_id = record["callbackId"]
    subscription_id = caller.subscribed(callback_id)["subscriptionId"]
    emulator.move_clock(120)
    emulator.set_switches(propagation_seconds=120)
    caller.put(CALLBACKS, [{"callbackId": callback_id, "callbackName": "sales"}])
    caller.delete(f"{SUBSCRIPTIONS}/{subscription_id}")
    caller.delete(f"{CALLBACKS}/{callback_id}")

    assert caller.names() == ["orders"]
    assert caller.get(f"{SUBSCRIPTIONS}/{subscription_id}").json()["subscriptionName"] == "sent"
    assert len(caller.get(f"{BY_CALLBACK}/{callback_id}").json()) == 1
    assert caller.delete(f"{CALLBACKS}/{callback_id}").status_code == 404
    assert (
        caller.post(VERIFY, {"callbackId": callback_id, "verificationKey": "x"}).status_code == 404
    )
    assert caller.create().status_code == 201
    emulator.move_clock(110)
    assert caller.names() == ["orders"]
    emulator.move_clock(10)
    assert caller.names() == ["orders"]
    assert caller.get(CALLBACKS).json()[0]["callbackId"] != callback_id
    assert caller.get(f"{SUBSCRIPTIONS}/{subscription_id}").status_code == 404


@pytest.mark.parametrize("status", ["active", "paused"])
def test_unchanged_status_accepted(emulator: EmulatorProcess, caller: Caller, status: str) -> None:
    """A PUT may send the status that a subscription has already."""
    change = subscription_with(caller, status)
    answer = caller.put(SUBSCRIPTIONS, [change | {"eventCategoryTypes": OTHER_TYPES}])

    assert (answer.status_code, answer.json()[0]["status"]) == (200, status)


@pytest.mark.parametrize(("status", "other"), [("active", "paused"), ("paused", "active")])
def test_unchanged_status_rejected(
    emulator: EmulatorProcess, caller: Caller, status: str, other: str
) -> None:
    """Only active subscriptions are paused and only paused ones activated; nothing is changed."""
    change = subscription_with(caller, status)
    emulator.set_switches(unchanged_status="rejected")
    refused = caller.put(SUBSCRIPTIONS, [change | {"eventCategoryTypes": OTHER_TYPES}])
    (kept,) = emulator.state()["subscriptions"]
    sentence = f"Subscription {change['subscriptionId']} is {status} already."

    assert (refused.status_code, refused.json()) == (400, refusal(sentence, 30002))
    assert kept["eventCategoryTypes"] == TYPES
    assert caller.put(SUBSCRIPTIONS, [change | {"status": other}]).status_code == 200
    without = {key: change[key] for key in ("subscriptionId", "eventCategoryTypes")}
    answer = caller.put(SUBSCRIPTIONS, [without | {"subscriptionName": "named"}])
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("choice", "status", "body"),
    [
        ("404", 404, NOT_FOUND),
        ("400", 400, refusal(f"Subscription {UNKNOWN_ID} does not exist.", 30003)),
    ],
)
def test_put_unknown_subscription(
    emulator: EmulatorProcess, caller: Caller, choice: str, status: int, body: object
) -> None:
    """A PUT on nothing is not found or a bad request; GET and DELETE are always not found."""
    emulator.set_switches(put_unknown_subscription=choice)
    change = {"subscriptionId": UNKNOWN_ID, "eventCategoryTypes": TYPES}
    answer = caller.put(SUBSCRIPTIONS, [change])

    assert (answer.status_code, answer.json()) == (status, body)
    assert caller.get(f"{SUBSCRIPTIONS}/{UNKNOWN_ID}").status_code == 404
    assert caller.delete(f"{SUBSCRIPTIONS}/{UNKNOWN_ID}").status_code == 404


def subscription_with(caller: Caller, status: str) -> dict[str, Any]:
    """A subscription of a status; the PUT that sends it that status again."""
    record = caller.subscribed(caller.verified()["callbackId"])
    change = {"subscriptionId": record["subscriptionId"], "eventCategoryTypes": TYPES}
    change |= {"status": status, "statusReason": "because"}
    assert status == "active" or caller.put(SUBSCRIPTIONS, [change]).status_code == 200
    return change
