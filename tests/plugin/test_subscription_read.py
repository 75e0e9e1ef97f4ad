"""Reading subscriptions: drift is shown, and only what is proven to be gone is gone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, refusal
from tests.plugin.service import OTHER_MID, SUBSCRIPTION, SUBSCRIPTIONS, Service
from tests.plugin.subscriptions import (
    NOT_SENT,
    RESUMED,
    SENT,
    Warned,
    declaration,
    inputs_of,
    outputs_of,
    present,
    subscribed,
    two_minutes_later,
    verified,
)

NOWHERE = "08b67f0e-5be8-4673-97e9-682c133f778c"
GONE: tuple[Created, dict[str, Any]] = (Created(id="", outputs={}, secrets=frozenset()), {})
LISTED = "GET ens-subscriptions-by-cb/orders 200"
WRONG_UNIT = (
    "ens_provider.WrongBusinessUnit: The subscription 'mails' (mails) belongs to business unit "
    "1234567, but the credentials are for business unit 7654321; nothing was changed. Use the "
    "credentials of 1234567 (client id, secret and accountId), or destroy the resource there "
    "before you move it."
)


def _changed_outside(service: Service, created: Created, **fields: Any) -> None:
    """Let somebody else change a subscription, and reads show it."""
    whole = {
        "subscriptionId": created.id,
        "eventCategoryTypes": created.outputs["event_category_types"],
        "filters": created.outputs["filters"],
    }
    service.send("PUT", "ens-subscriptions", [{**whole, **fields}])
    two_minutes_later(service)


def _read(plugin: Plugin, created: Created) -> tuple[Created, dict[str, Any]]:
    return plugin.of("Subscription").read(created.id, created.outputs)


def _listed_as(service: Service, created: Created, **fields: Any) -> None:
    """Let the next list show the subscription with fields that the emulator does not have."""
    shown = {
        "subscriptionId": created.id,
        "subscriptionName": "mails",
        "callbackId": created.outputs["callback_id"],
        "callbackName": "orders",
        "eventCategoryTypes": [SENT],
        "status": "active",
        **fields,
    }
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=200, body=[shown])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"filters": ["a=1", "b=2"], "event_category_types": [NOT_SENT, SENT]},
        {"paused": True},
        {"paused": True, "pause_reason": "for the move"},
        {"pause_reason": "for later"},
    ],
    ids=["plain", "several", "paused", "paused-with-reason", "reason-only"],
)
def test_without_a_change_the_answer_is_the_state(
    plugin: Plugin, service: Service, changes: dict[str, Any]
) -> None:
    """Outputs and declared inputs come back as they are, without a warning."""
    created = subscribed(plugin, service, **changes)
    two_minutes_later(service)
    warned = Warned(plugin, service)
    assert _read(plugin, created) == (created, inputs_of(created, **changes))
    assert service.calls() == [LISTED]
    assert warned.lines() == []


@pytest.mark.parametrize(
    ("fields", "drift"),
    [
        ({"eventCategoryTypes": [SENT, NOT_SENT]}, {"event_category_types": [NOT_SENT, SENT]}),
        ({"filters": ["b=2", "a=1"]}, {"filters": ["a=1", "b=2"]}),
        ({"filters": []}, {"filters": []}),
        ({"subscriptionName": "letters"}, {"subscription_name": "letters"}),
    ],
    ids=["types", "filters", "no-filters", "name"],
)
def test_what_somebody_changed_is_shown(
    plugin: Plugin, service: Service, fields: dict[str, Any], drift: dict[str, Any]
) -> None:
    """As an output and as an input, so that the next run repairs it with one call."""
    created = subscribed(plugin, service, filters=["definitionKey=welcome"])
    before = present(service)
    _changed_outside(service, created, **fields)
    read, inputs = _read(plugin, created)
    assert read.outputs == {**created.outputs, **drift}
    assert inputs == inputs_of(created, **drift)
    plugin.of("Subscription").update(read.id, read.outputs, inputs_of(created))
    assert service.calls() == [LISTED, "PUT ens-subscriptions 200"]
    assert present(service) == before


def test_what_the_service_lists_in_another_order_is_no_difference(
    plugin: Plugin, service: Service
) -> None:
    """Types and filters are sets."""
    created = subscribed(
        plugin, service, event_category_types=[NOT_SENT, SENT], filters=["a=1", "b=2"]
    )
    _changed_outside(
        service, created, eventCategoryTypes=[SENT, NOT_SENT, SENT], filters=["b=2", "a=1", "b=2"]
    )
    assert _read(plugin, created) == (created, inputs_of(created))


def test_a_name_in_another_normal_form_is_no_difference(plugin: Plugin, service: Service) -> None:
    """The spelling of the state stays."""
    created = subscribed(plugin, service, subscription_name="B\u00fcro")
    _changed_outside(service, created, subscriptionName="Bu\u0308ro")
    assert _read(plugin, created) == (created, inputs_of(created))


def test_a_pause_that_the_service_made(plugin: Plugin, service: Service) -> None:
    """It shows, with its reason, as a difference and a warning; the next update resumes it."""
    created = subscribed(plugin, service)
    reason = "max retries exhausted trying to post to callback url"
    _changed_outside(service, created, status="paused", statusReason=reason)
    warned = Warned(plugin, service)
    read, inputs = _read(plugin, created)
    pause = {"paused": True, "pause_reason": reason}
    assert read.outputs == {**created.outputs, **pause, "status": "paused", "status_reason": reason}
    assert inputs == inputs_of(created, **pause)
    assert warned.lines() == [
        (
            f"The subscription 'mails' (mails) was paused outside of this program, reason '{reason}': "
            "its events are dropped. `pulumi up` resumes it, unless you declare paused=True."
        )
    ]
    resumed = plugin.of("Subscription").update(read.id, read.outputs, inputs_of(created))
    assert service.calls() == [LISTED, "PUT ens-subscriptions 200"]
    assert resumed.outputs == {
        **created.outputs,
        "status_reason": RESUMED,
        "changed_at": resumed.outputs["changed_at"],
    }
    assert present(service)["mails"]["status"] == "active"


def test_a_pause_that_the_state_shows_already_is_no_news(plugin: Plugin, service: Service) -> None:
    """Nor is one that the program declares."""
    created = subscribed(plugin, service)
    _changed_outside(service, created, status="paused", statusReason="theirs")
    read, _ = _read(plugin, created)
    warned = Warned(plugin, service)
    assert _read(plugin, read)[0] == read
    assert warned.lines() == []


def test_a_reason_that_somebody_changed_during_a_pause(plugin: Plugin, service: Service) -> None:
    """It is drift of a reason that the program declares, and only shown if it declares none."""
    created = subscribed(plugin, service, paused=True, pause_reason="ours")
    _changed_outside(service, created, statusReason="theirs")
    read, inputs = _read(plugin, created)
    assert read.outputs == {**created.outputs, "pause_reason": "theirs", "status_reason": "theirs"}
    assert inputs == inputs_of(created, pause_reason="theirs")


def test_a_reason_that_somebody_changed_where_none_is_declared(
    plugin: Plugin, service: Service
) -> None:
    """The program left it to us, so that it is no difference."""
    created = subscribed(plugin, service, paused=True)
    _changed_outside(service, created, statusReason="theirs")
    read, inputs = _read(plugin, created)
    assert read.outputs == {**created.outputs, "status_reason": "theirs"}
    assert inputs == inputs_of(created)


def test_one_that_somebody_resumed(plugin: Plugin, service: Service) -> None:
    """The next update pauses it again."""
    created = subscribed(plugin, service, paused=True)
    _changed_outside(service, created, status="active", statusReason="theirs")
    read, inputs = _read(plugin, created)
    assert inputs == inputs_of(created, paused=False)
    plugin.of("Subscription").update(read.id, read.outputs, inputs_of(created))
    assert service.calls() == [LISTED, "PUT ens-subscriptions 200"]
    assert present(service)["mails"]["status"] == "paused"


@pytest.mark.parametrize(
    ("reason", "said"),
    [("too slow", ", reason 'too slow'"), ("", "")],
    ids=["with-reason", "without-reason"],
)
def test_a_status_that_nobody_has_published(
    plugin: Plugin, service: Service, reason: str, said: str
) -> None:
    """It is kept and warned about, and is no difference of an input."""
    created = subscribed(plugin, service)
    two_minutes_later(service)
    _listed_as(service, created, status="Suspended", statusReason=reason)
    warned = Warned(plugin, service)
    read, inputs = _read(plugin, created)
    assert read.outputs == {**created.outputs, "status": "Suspended", "status_reason": reason}
    assert inputs == inputs_of(created)
    assert warned.lines() == [
        (
            f"ENS shows the status of the subscription 'mails' (mails) as 'Suspended'{said}: it may "
            "not be delivered to."
        )
    ]


@pytest.mark.parametrize("status", ["PAUSED", "Paused"])
def test_a_pause_in_another_spelling(plugin: Plugin, service: Service, status: str) -> None:
    """Case is nothing to rely on."""
    created = subscribed(plugin, service, paused=True)
    two_minutes_later(service)
    _listed_as(service, created, status=status, statusReason="paused by pulumi")
    _, inputs = _read(plugin, created)
    assert inputs == inputs_of(created)


def test_fields_that_the_list_leaves_out_are_the_states(plugin: Plugin, service: Service) -> None:
    """An answer without a status or types says nothing about them."""
    created = subscribed(plugin, service)
    two_minutes_later(service)
    _listed_as(service, created, status=None, eventCategoryTypes=None)
    assert _read(plugin, created) == (created, inputs_of(created))


@pytest.mark.parametrize("empty_list", ["200", "404"])
@pytest.mark.parametrize("others", [0, 1], ids=["alone", "beside-another"])
def test_deleted_outside_is_gone_with_proof(
    plugin: Plugin, service: Service, empty_list: str, others: int
) -> None:
    """Absent from the list, and its own address answers 404."""
    service.emulator.set_switches(empty_list=empty_list)
    created = subscribed(plugin, service)
    if others:
        service.subscribe(created.outputs["callback_id"], "letters")
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    two_minutes_later(service)
    assert _read(plugin, created) == GONE
    listed = "200" if others else empty_list
    assert service.calls() == [
        f"GET ens-subscriptions-by-cb/orders {listed}",
        "GET ens-subscriptions/mails 404",
    ]


def test_gone_with_its_callback(plugin: Plugin, service: Service) -> None:
    """No callback, no list: its own address answers 404 as well."""
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    service.delete(created.outputs["callback_id"])
    two_minutes_later(service)
    assert _read(plugin, created) == GONE
    assert service.calls() == [
        "GET ens-subscriptions-by-cb/orders 404",
        "GET ens-subscriptions/mails 404",
    ]


def test_absent_from_the_list_alone_is_no_proof(plugin: Plugin, service: Service) -> None:
    """What answers by its id is there, with the values of that answer."""
    created = subscribed(plugin, service)
    _changed_outside(service, created, filters=["a=1"])
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=200, body=[])
    read, inputs = _read(plugin, created)
    assert service.calls() == [LISTED, "GET ens-subscriptions/mails 200"]
    assert read.id == created.id
    assert inputs == inputs_of(created, filters=["a=1"])


@pytest.mark.parametrize("route", [SUBSCRIPTIONS, SUBSCRIPTION])
def test_a_look_that_is_refused_drops_nothing(plugin: Plugin, service: Service, route: str) -> None:
    """Anything but 404 is an error, not an absence."""
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    two_minutes_later(service)
    service.emulator.add_fault(route=route, do="status", status=403)
    what = {
        SUBSCRIPTIONS: "list the subscriptions of callback orders",
        SUBSCRIPTION: "read subscription mails",
    }[route]
    read = plugin.of("Subscription").read
    assert service.labelled(refusal(read, created.id, created.outputs)) == (
        f"ens_provider.PermissionDeniedError: ENS refused to {what} (403): Insufficient privileges "
        "to complete this action. Give the installed package the permission Event Notifications > "
        "Subscriptions > Read (scope event_notification_subscription_read) in Setup; a new token "
        "shows it after up to 5 minutes."
    )


def test_within_two_minutes_of_our_own_write_the_state_wins(
    plugin: Plugin, service: Service
) -> None:
    """By the service's clock: a deletion outside is believed after that."""
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    service.emulator.move_clock(60)
    assert _read(plugin, created) == (created, inputs_of(created))
    assert service.calls() == [LISTED]
    service.emulator.move_clock(61)
    _make_lists_stale(plugin, service)
    assert _read(plugin, created) == GONE


def _make_lists_stale(plugin: Plugin, service: Service) -> None:
    plugin.of("Subscription").delete(
        NOWHERE, {**outputs_of(declaration(NOWHERE)), "changed_at": ""}
    )
    service.forget_calls()


@pytest.mark.parametrize("lag", [5, 60, 119])
def test_lists_that_lag_drop_and_change_nothing(plugin: Plugin, service: Service, lag: int) -> None:
    """Neither after a creation nor after an update."""
    orders = verified(service)
    two_minutes_later(service)
    service.emulator.set_switches(propagation_seconds=lag)
    created = plugin.of("Subscription").create(declaration(orders))
    assert _read(plugin, created) == (created, inputs_of(created))
    two_minutes_later(service)
    _make_lists_stale(plugin, service)
    assert _read(plugin, created) == (created, inputs_of(created))
    filtered = inputs_of(created, filters=["a=1"])
    updated = plugin.of("Subscription").update(created.id, created.outputs, filtered)
    assert _read(plugin, updated) == (updated, filtered)
    two_minutes_later(service)
    _make_lists_stale(plugin, service)
    assert _read(plugin, updated) == (updated, filtered)


@pytest.mark.parametrize("told", ["configured", "by-the-service"])
def test_another_business_unit(
    plugin: Plugin, new_plugin: NewPlugin, service: Service, told: str
) -> None:
    """Nothing of it is dropped, changed or deleted, and both units are named."""
    created = subscribed(plugin, service)
    before = service.emulator.state()
    if told == "configured":
        access = service.access(OTHER_MID)
    else:
        service.emulator.set_client("client", client_secret="secret", mids=[int(OTHER_MID)])
        access = service.access(account_id=None)
    elsewhere = new_plugin(service=access).of("Subscription")
    for method in (elsewhere.read, elsewhere.delete):
        assert service.labelled(refusal(method, created.id, created.outputs)) == WRONG_UNIT
    paused = inputs_of(created, paused=True)
    sentence = refusal(elsewhere.update, created.id, created.outputs, paused)
    assert service.labelled(sentence) == WRONG_UNIT
    asked = ["POST token 200", "GET tokenContext 200"]
    assert service.calls() == ([] if told == "configured" else asked)
    assert service.emulator.state() == before


def test_a_configured_unit_that_is_another_stops_a_preview(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """Without a call."""
    created = subscribed(plugin, service)
    elsewhere = new_plugin(service=service.access(OTHER_MID)).of("Subscription")
    sentence = refusal(elsewhere.diff, created.id, created.outputs, inputs_of(created))
    assert service.labelled(sentence) == WRONG_UNIT.replace("'mails' (mails)", "mails")
    assert service.calls() == []


def test_a_get_shows_a_subscription_that_is_not_managed(plugin: Plugin, service: Service) -> None:
    """One look by id."""
    orders = verified(service)
    old = service.label(service.subscribe(orders), "old")
    service.forget_calls()
    read, inputs = plugin.of("Subscription").read(old, {})
    assert service.calls() == ["GET ens-subscriptions/old 200"]
    assert read.id == old
    assert read.outputs == outputs_of(declaration(orders), status_reason="", changed_at="")
    assert read.secrets == frozenset()
    assert inputs == {}


def test_a_refresh_of_a_get_reads_it_again(plugin: Plugin, service: Service) -> None:
    """What somebody changed is shown at once: this stack writes nothing to it."""
    orders = verified(service)
    old = service.subscribe(orders)
    read, _ = plugin.of("Subscription").read(old, {})
    body = {"subscriptionId": old, "eventCategoryTypes": [NOT_SENT], "filters": ["a=1"]}
    service.send("PUT", "ens-subscriptions", [body])
    again, _ = plugin.of("Subscription").read(old, read.outputs)
    changed = {"event_category_types": [NOT_SENT], "filters": ["a=1"]}
    assert again.outputs == {**read.outputs, **changed, "status_reason": ""}


def test_a_get_of_what_does_not_exist_is_an_error(plugin: Plugin, service: Service) -> None:
    """The program relies on it, so it is not silently absent."""
    nowhere = service.label(NOWHERE, "nowhere")
    assert service.labelled(refusal(plugin.of("Subscription").read, nowhere, {})) == (
        "ens_provider.NotFoundError: Subscription nowhere does not exist in business unit 1234567, "
        "and `get` reads only what exists. Correct the id, or use the credentials of the "
        "subscription's business unit."
    )
    assert service.calls() == ["GET ens-subscriptions/nowhere 404"]


def _thirty(plugin: Plugin, service: Service) -> list[Created]:
    orders = verified(service)
    create = plugin.of("Subscription").create
    created = [create(declaration(orders, subscription_name=f"s{n}")) for n in range(30)]
    two_minutes_later(service)
    service.forget_calls()
    return created


def test_a_refresh_of_thirty_is_one_list(plugin: Plugin, service: Service) -> None:
    """Of one callback, and in the four threads that the engine has."""
    created = _thirty(plugin, service)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda each: _read(plugin, each)[0], created))
    assert read == created
    assert service.calls() == [LISTED]


def test_a_list_that_is_answered_late_is_not_asked_for_again(
    plugin: Plugin, service: Service
) -> None:
    """Who comes while it is under way waits for it."""
    created = _thirty(plugin, service)[:4]
    with ThreadPoolExecutor(4) as pool:
        with service.held(SUBSCRIPTIONS):
            first = pool.submit(_read, plugin, created[0])
            service.wait_until_held()
            others = [pool.submit(_read, plugin, each) for each in created[1:]]
        assert [each.result()[0] for each in (first, *others)] == created
    assert service.calls() == [LISTED]


def test_each_callback_has_its_own_list(plugin: Plugin, service: Service) -> None:
    """One each, in whatever order they are read."""
    first = subscribed(plugin, service)
    other = verified(service, "other", name="other", url="https://receiver.test/other")
    second = plugin.of("Subscription").create(declaration(other))
    two_minutes_later(service)
    service.forget_calls()
    for each in (first, second, first, second):
        assert _read(plugin, each)[0] == each
    assert service.calls() == [LISTED, "GET ens-subscriptions-by-cb/other 200"]


def test_a_list_from_before_a_write_is_not_used_after_it(plugin: Plugin, service: Service) -> None:
    """Any write of this process makes it stale."""
    created = subscribed(plugin, service)
    two_minutes_later(service)
    _read(plugin, created)
    filtered = inputs_of(created, filters=["a=1"])
    plugin.of("Subscription").update(created.id, created.outputs, filtered)
    _read(plugin, created)
    assert service.calls() == [LISTED, "PUT ens-subscriptions 200", LISTED]
