"""Changing a subscription in place, under every answer that the service may give to a PUT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, ResourceType, refusal
from tests.plugin.recorder import Recorder
from tests.plugin.service import MID, PUT_SUBSCRIPTION, SUBSCRIPTION, Service
from tests.plugin.subscriptions import (
    NOT_SENT,
    PAUSED,
    RESUMED,
    SENT,
    declaration,
    inputs_of,
    present,
    subscribed,
    timeless,
    two_minutes_later,
    verified,
)
from tools.engine.environment import ServiceAccess

PUT_200 = "PUT ens-subscriptions 200"
DELETED_OUTSIDE = (
    "ens_provider.DeletedOutside: The subscription 'mails' (mails) was deleted outside of this "
    "program and cannot be updated: run `pulumi up --refresh` to create it again."
)
CHANGES: list[Any] = [
    pytest.param({"subscription_name": "letters"}, {"subscriptionName": "letters"}, id="name"),
    pytest.param(
        {"event_category_types": [NOT_SENT, SENT]},
        {"eventCategoryTypes": [NOT_SENT, SENT]},
        id="types",
    ),
    pytest.param({"filters": ["a=1", "b=2"]}, {"filters": ["a=1", "b=2"]}, id="filters"),
    pytest.param({"filters": []}, {"filters": []}, id="no-filters"),
    pytest.param(
        {"paused": True}, {"status": "paused", "statusReason": PAUSED}, id="pause-without-reason"
    ),
    pytest.param(
        {"paused": True, "pause_reason": "for the move"},
        {"status": "paused", "statusReason": "for the move"},
        id="pause-with-reason",
    ),
]
FILTERED = {"filters": ["definitionKey=welcome"]}


def _updated(plugin: Plugin, created: Created, **changes: Any) -> Created:
    inputs = inputs_of(created, **changes)
    return plugin.of("Subscription").update(created.id, created.outputs, inputs)


def _refused(plugin: Plugin, service: Service, created: Created, **changes: Any) -> str:
    inputs = inputs_of(created, **changes)
    update = plugin.of("Subscription").update
    return service.labelled(refusal(update, created.id, created.outputs, inputs))


@pytest.mark.parametrize(("changes", "shown"), CHANGES)
def test_each_input_alone_is_one_call(
    plugin: Plugin, service: Service, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What it does not change stays as it is."""
    created = subscribed(plugin, service, **FILTERED)
    before = present(service)["mails"]
    updated = _updated(plugin, created, **changes)
    assert service.calls() == [PUT_200]
    assert present(service)["mails"] == {**before, **shown}
    status = {"status": shown.get("status", "active"), "status_reason": shown.get("statusReason")}
    expected = {**timeless(created), **changes, **status}
    assert timeless(updated) == {**expected, "status_reason": status["status_reason"] or ""}


@pytest.fixture
def recorded(service: Service, new_plugin: NewPlugin) -> Iterator[tuple[Recorder, ResourceType]]:
    """Give a plugin whose requests are recorded."""
    emulator = service.emulator
    with Recorder(emulator.rest_url) as recorder:
        access = ServiceAccess(auth_url=emulator.auth_url, rest_url=recorder.url, account_id=MID)
        yield recorder, new_plugin(service=access).of("Subscription")


@pytest.mark.parametrize(("changes", "shown"), CHANGES)
def test_each_call_carries_the_whole_object(
    service: Service,
    recorded: tuple[Recorder, ResourceType],
    changes: dict[str, Any],
    shown: dict[str, Any],
) -> None:
    """Whatever an omitted field would do, none is omitted; a status comes with its reason."""
    recorder, subscription = recorded
    inputs = declaration(verified(service), **FILTERED)
    created = subscription.create(inputs)
    subscription.update(created.id, created.outputs, inputs_of(created, **changes))
    whole = {
        "subscriptionId": created.id,
        "subscriptionName": "mails",
        "eventCategoryTypes": [SENT],
        "filters": ["definitionKey=welcome"],
        "status": "active",
    }
    assert recorder.sent("POST") == [
        [
            {
                "callbackId": inputs["callback_id"],
                "subscriptionName": "mails",
                "eventCategoryTypes": [SENT],
                "filters": ["definitionKey=welcome"],
            }
        ]
    ]
    assert recorder.sent("PUT") == [[{**whole, **shown}]]


@pytest.mark.parametrize("reason", ["by the platform", ""])
def test_a_status_of_the_services_own_is_left_with_our_reason(
    service: Service, recorded: tuple[Recorder, ResourceType], reason: str
) -> None:
    """A reason comes with every change of status, also out of one that nobody has published."""
    recorder, subscription = recorded
    created = subscription.create(declaration(verified(service)))
    state = {**created.outputs, "status": "Suspended", "status_reason": reason}
    subscription.update(created.id, state, inputs_of(created))
    [[sent]] = recorder.sent("PUT")
    assert (sent["status"], sent["statusReason"]) == ("active", RESUMED)


def test_without_a_difference_nothing_is_sent(plugin: Plugin, service: Service) -> None:
    """A reason for a pause that is not declared changes nothing."""
    created = subscribed(plugin, service)
    updated = _updated(plugin, created, pause_reason="for later")
    assert service.calls() == []
    assert updated.outputs == {**created.outputs, "pause_reason": "for later"}


def test_a_pause_is_taken_back_with_a_reason(plugin: Plugin, service: Service) -> None:
    """ENS wants one for either."""
    created = subscribed(plugin, service, paused=True, pause_reason="for the move")
    updated = _updated(plugin, created, paused=False)
    assert service.calls() == [PUT_200]
    assert (updated.outputs["status"], updated.outputs["status_reason"]) == ("active", RESUMED)
    there = present(service)["mails"]
    assert (there["status"], there["statusReason"]) == ("active", RESUMED)
    again = _updated(plugin, updated, filters=["a=1"])
    assert again.outputs["status_reason"] == RESUMED


@pytest.mark.parametrize(
    ("reason", "shown"), [("longer than planned", "longer than planned"), (None, PAUSED)]
)
def test_a_reason_that_changes_during_a_pause(
    plugin: Plugin, service: Service, reason: str | None, shown: str
) -> None:
    """Given anew, or taken out of the program."""
    created = subscribed(plugin, service, paused=True, pause_reason="for the move")
    updated = _updated(plugin, created, pause_reason=reason)
    assert service.calls() == [PUT_200]
    assert updated.outputs["status_reason"] == shown
    assert present(service)["mails"]["statusReason"] == shown


@pytest.mark.parametrize("unchanged_put", ["304", "200"])
def test_already_as_declared(plugin: Plugin, service: Service, unchanged_put: str) -> None:
    """Somebody else did it: nothing changes, and that is fine."""
    service.emulator.set_switches(unchanged_put=unchanged_put)
    created = subscribed(plugin, service)
    body = {"subscriptionId": created.id, "eventCategoryTypes": [SENT], "filters": ["a=1"]}
    service.send("PUT", "ens-subscriptions", [body])
    updated = _updated(plugin, created, filters=["a=1"])
    assert service.calls() == [f"PUT ens-subscriptions {unchanged_put}"]
    assert timeless(updated) == {**timeless(created), "filters": ["a=1"]}


@pytest.mark.parametrize("unchanged_put", ["304", "200"])
@pytest.mark.parametrize("unchanged_status", ["accepted", "rejected"])
def test_a_pause_that_somebody_made_already(
    plugin: Plugin, service: Service, unchanged_put: str, unchanged_status: str
) -> None:
    """Where an unchanged status is refused, the update goes without it."""
    service.emulator.set_switches(unchanged_put=unchanged_put, unchanged_status=unchanged_status)
    created = subscribed(plugin, service)
    pause = {"status": "paused", "statusReason": PAUSED}
    body = {"subscriptionId": created.id, "eventCategoryTypes": [SENT], "filters": []}
    service.send("PUT", "ens-subscriptions", [{**body, **pause}])
    updated = _updated(plugin, created, paused=True)
    again = f"PUT ens-subscriptions {unchanged_put}"
    refused = ["PUT ens-subscriptions 400", "GET ens-subscriptions/mails 200"]
    assert service.calls() == [*(refused if unchanged_status == "rejected" else []), again]
    assert (updated.outputs["status"], updated.outputs["status_reason"]) == ("paused", PAUSED)


@pytest.mark.parametrize(("changes", "shown"), CHANGES)
def test_where_an_unchanged_status_is_refused(
    plugin: Plugin, service: Service, changes: dict[str, Any], shown: dict[str, Any]
) -> None:
    """Everything else can still be changed."""
    service.emulator.set_switches(unchanged_status="rejected")
    created = subscribed(plugin, service, **FILTERED)
    before = present(service)["mails"]
    updated = _updated(plugin, created, **changes)
    refused = ["PUT ens-subscriptions 400", "GET ens-subscriptions/mails 200"]
    assert service.calls() == [*([] if "paused" in changes else refused), PUT_200]
    assert present(service)["mails"] == {**before, **shown}
    assert updated.outputs["status"] == shown.get("status", "active")


def test_where_an_unchanged_status_is_refused_and_reads_lag(
    plugin: Plugin, service: Service
) -> None:
    """What was created or paused a moment ago is not taken for deleted or for active."""
    service.emulator.set_switches(unchanged_status="rejected", propagation_seconds=60)
    created = subscribed(plugin, service)
    refused, look = "PUT ens-subscriptions 400", "GET ens-subscriptions/mails"
    changed = _updated(plugin, created, filters=["a=1"])
    assert service.calls() == [refused, f"{look} 404", PUT_200]
    service.emulator.move_clock(60)
    paused = _updated(plugin, changed, paused=True)
    assert service.calls() == [PUT_200]
    again = _updated(plugin, paused, filters=["a=2"])
    assert service.calls() == [refused, f"{look} 200", PUT_200]
    there = present(service)["mails"]
    assert (there["status"], there["filters"]) == ("paused", ["a=2"])
    assert (again.outputs["status"], again.outputs["filters"]) == ("paused", ["a=2"])


def test_where_an_unchanged_status_is_refused_no_reason_stays_none(
    plugin: Plugin, service: Service
) -> None:
    """By itself the service shows `none`, in lists nothing: a refresh finds no difference."""
    service.emulator.set_switches(unchanged_status="rejected")
    updated = _updated(plugin, subscribed(plugin, service), filters=["a=1"])
    two_minutes_later(service)
    read, _ = plugin.of("Subscription").read(updated.id, updated.outputs)
    assert read.outputs == updated.outputs
    assert read.outputs["status_reason"] == ""


def test_a_reason_that_changes_where_an_unchanged_status_is_refused(
    plugin: Plugin, service: Service
) -> None:
    """The state shows the reason that the service holds."""
    service.emulator.set_switches(unchanged_status="rejected")
    created = subscribed(plugin, service, paused=True, pause_reason="for the move")
    updated = _updated(plugin, created, pause_reason="longer than planned")
    assert updated.outputs["status_reason"] == present(service)["mails"]["statusReason"]


def test_a_name_that_is_taken(plugin: Plugin, service: Service) -> None:
    """The service's own words stand, and nothing is changed."""
    created = subscribed(plugin, service)
    service.subscribe(created.outputs["callback_id"], "letters")
    before = service.emulator.state()
    assert _refused(plugin, service, created, subscription_name="letters") == (
        "ens_provider.BadRequestError: ENS refused to update subscription mails (400, errorcode "
        "30004): subscriptionName belongs to another subscription. Correct what it names, then run "
        "`pulumi up` again."
    )
    assert service.emulator.state() == before


def test_a_pause_that_is_refused(plugin: Plugin, service: Service) -> None:
    """It is not taken for one that is there already: the refusal stands."""
    created = subscribed(plugin, service)
    fault: dict[str, object] = {"do": "status", "status": 400, "body": {"message": "Not now."}}
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, **fault)
    assert _refused(plugin, service, created, paused=True) == (
        "ens_provider.BadRequestError: ENS refused to update subscription mails (400): Not now. "
        "Correct what it names, then run `pulumi up` again."
    )
    assert service.calls() == ["PUT ens-subscriptions 400", "GET ens-subscriptions/mails 200"]
    assert present(service)["mails"]["status"] == "active"


@pytest.mark.parametrize("answer", ["404", "400"])
def test_deleted_outside(plugin: Plugin, service: Service, answer: str) -> None:
    """The documentation lists no 404 here: a 400 is looked into.

    What was written a moment ago need not show yet, so that it is asked for once more.
    """
    service.emulator.set_switches(put_unknown_subscription=answer)
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    put, look = f"PUT ens-subscriptions {answer}", "GET ens-subscriptions/mails 404"
    assert _refused(plugin, service, created, filters=["a=1"]) == DELETED_OUTSIDE
    assert service.calls() == ([put, look, put] if answer == "400" else [put])
    two_minutes_later(service)
    assert _refused(plugin, service, created, filters=["a=1"]) == DELETED_OUTSIDE
    assert service.calls() == ([put, look] if answer == "400" else [put])
    assert present(service) == {}


def test_a_400_that_cannot_be_looked_into(plugin: Plugin, service: Service) -> None:
    """The look's own failure is told; anything but 404 is no absence."""
    service.emulator.set_switches(put_unknown_subscription="400")
    created = subscribed(plugin, service)
    service.send("DELETE", f"ens-subscriptions/{created.id}")
    service.emulator.add_fault(route=SUBSCRIPTION, do="status", status=403)
    sentence = _refused(plugin, service, created, filters=["a=1"])
    assert sentence.startswith(
        "ens_provider.PermissionDeniedError: ENS refused to read subscription mails (403): "
    )


@pytest.mark.parametrize(("when", "again"), [("before", 200), ("after", 304)])
def test_an_answer_that_is_lost(plugin: Plugin, service: Service, when: str, again: int) -> None:
    """An update may be sent again: it takes effect once, whatever was lost."""
    created = subscribed(plugin, service)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="drop", when=when)
    updated = _updated(plugin, created, filters=["a=1"])
    assert service.calls() == ["PUT ens-subscriptions -", f"PUT ens-subscriptions {again}"]
    assert updated.outputs["filters"] == present(service)["mails"]["filters"] == ["a=1"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_pause_whose_answer_is_lost_where_an_unchanged_status_is_refused(
    plugin: Plugin, service: Service, when: str
) -> None:
    """The second one is refused because the first took effect, which is fine."""
    service.emulator.set_switches(unchanged_status="rejected")
    created = subscribed(plugin, service)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do="drop", when=when)
    updated = _updated(plugin, created, paused=True, filters=["a=1"])
    there = present(service)["mails"]
    assert (there["status"], there["filters"]) == ("paused", ["a=1"])
    assert (updated.outputs["status"], updated.outputs["filters"]) == ("paused", ["a=1"])


def test_the_time_of_the_last_write_is_the_services(plugin: Plugin, service: Service) -> None:
    """An update moves it on; nothing sent, nothing moved."""
    created = subscribed(plugin, service)
    service.emulator.move_clock(600)
    updated = _updated(plugin, created, filters=["a=1"])
    again = _updated(plugin, updated)
    assert updated.outputs["changed_at"] > created.outputs["changed_at"]
    assert again.outputs["changed_at"] == updated.outputs["changed_at"]
