"""A creation of a subscription whose answer never came: one in the end, and never a second one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.driver import Created, Plugin, refusal
from tests.plugin.service import PUT_SUBSCRIPTION, SUBSCRIBE, SUBSCRIPTIONS, UNSUBSCRIBE, Service
from tests.plugin.subscriptions import Warned, declaration, present, subscribed, verified

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
ANSWERS = [
    pytest.param({"do": "drop"}, "-", id="dropped"),
    pytest.param({"do": "status", "status": 500}, "500", id="500"),
    pytest.param({"do": "status", "status": 502, "body": HTML}, "502", id="502-html"),
    pytest.param({"do": "status", "status": 504, "body": ""}, "504", id="504-empty"),
]
AFTER_ONLY = [
    pytest.param({"do": "truncate"}, "-", id="truncated"),
    pytest.param({"do": "body", "body": "{"}, "201", id="not-json"),
    pytest.param({"do": "body", "body": []}, "201", id="empty-array"),
    pytest.param({"do": "status", "status": 202, "body": ""}, "202", id="202"),
]
LISTED = "GET ens-subscriptions-by-cb/orders 200"


def _is_the_only_one(service: Service, created: Created) -> None:
    service.label(created.id, "created")
    assert list(present(service)) == ["created"]


@pytest.mark.parametrize(("fault", "status"), ANSWERS)
def test_lost_before_it_took_effect(
    plugin: Plugin, service: Service, fault: dict[str, Any], status: str
) -> None:
    """The list shows that nothing came about, and the creation is sent once more."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, **fault)
    created = plugin.of("Subscription").create(inputs)
    assert service.calls() == [
        f"POST ens-subscriptions {status}",
        LISTED,
        "POST ens-subscriptions 201",
    ]
    _is_the_only_one(service, created)


@pytest.mark.parametrize(("fault", "status"), [*ANSWERS, *AFTER_ONLY])
def test_lost_after_it_took_effect(
    plugin: Plugin, service: Service, fault: dict[str, Any], status: str
) -> None:
    """What came about is deleted, without a warning, and created anew."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, when="after", **fault)
    warned = Warned(plugin, service)
    created = plugin.of("Subscription").create(inputs)
    assert service.calls() == [
        f"POST ens-subscriptions {status}",
        LISTED,
        "DELETE ens-subscriptions/#1 200",
        "POST ens-subscriptions 201",
    ]
    assert warned.lines() == []
    _is_the_only_one(service, created)


def test_lost_twice_before_it_took_effect(plugin: Plugin, service: Service) -> None:
    """The second loss is an error: more would be guessing."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="drop", times=2)
    host = service.emulator.rest_url.removeprefix("http://")
    assert refusal(plugin.of("Subscription").create, inputs) == (
        f"ens_provider.ConnectionLostError: No complete answer came from {host} when asked to "
        "create subscription 'mails': it closed the connection. It may have taken effect. Run "
        "`pulumi up --refresh`."
    )
    assert service.calls() == ["POST ens-subscriptions -", LISTED] * 2
    assert present(service) == {}


def test_lost_each_time_after_it_took_effect(plugin: Plugin, service: Service) -> None:
    """It gives up after three, and each time deletes what came about."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=500, when="after", times=None)
    assert refusal(plugin.of("Subscription").create, inputs) == (
        "ens_provider.ServiceError: ENS could not create subscription 'mails' (500, errorcode "
        "30000): Internal Server Error. Run `pulumi up` again."
    )
    assert service.calls() == [
        call
        for number in (1, 2, 3)
        for call in (
            "POST ens-subscriptions 500",
            LISTED,
            f"DELETE ens-subscriptions/#{number} 200",
        )
    ]
    assert present(service) == {}
    service.emulator.clear_faults()
    _is_the_only_one(service, plugin.of("Subscription").create(inputs))


@pytest.mark.parametrize("where", ["deletion", "list"])
def test_lost_and_not_to_be_looked_after(plugin: Plugin, service: Service, where: str) -> None:
    """Without a look, or with what came about in the way, nothing is sent; the next try heals it."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="drop", when="after")
    route = {"deletion": UNSUBSCRIBE, "list": SUBSCRIPTIONS}[where]
    service.emulator.add_fault(route=route, do="status", status=403)
    sentence = refusal(plugin.of("Subscription").create, inputs)
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to ")
    assert service.subscriptions() == ["mails"]
    _is_the_only_one(service, plugin.of("Subscription").create(inputs))


def test_lost_while_lists_lag(plugin: Plugin, service: Service) -> None:
    """The second attempt says that it is present; it is healed as soon as it shows."""
    orders = verified(service)
    service.emulator.move_clock(121)
    service.emulator.set_switches(propagation_seconds=60)
    service.emulator.add_fault(route=SUBSCRIBE, do="drop", when="after")
    assert service.labelled(refusal(plugin.of("Subscription").create, declaration(orders))) == (
        "ens_provider.NotReadyYet: ENS says that subscription 'mails' of callback orders is already "
        "present (304), but does not list it yet; its lists can lag up to two minutes behind."
    )
    assert service.calls() == [
        *("POST ens-subscriptions -", LISTED),
        *("POST ens-subscriptions 304", LISTED, "GET ens-callbacks 200"),
    ]
    service.emulator.move_clock(61)
    _is_the_only_one(service, plugin.of("Subscription").create(declaration(orders)))


def test_lost_beside_one_of_this_program(plugin: Plugin, service: Service) -> None:
    """A twin of a declared one is refused, and not taken for what came about."""
    created = subscribed(plugin, service)
    before = service.emulator.state()
    service.emulator.add_fault(route=SUBSCRIBE, do="drop")
    sentence = refusal(
        plugin.of("Subscription").create, declaration(created.outputs["callback_id"])
    )
    assert sentence.startswith("ens_provider.AlreadyPresent: subscription 'mails' of callback ")
    assert service.calls() == ["POST ens-subscriptions -", LISTED]
    assert service.emulator.state() == before


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", ["drop", "status"])
def test_a_pause_whose_answer_is_lost(
    plugin: Plugin, service: Service, when: str, fault: str
) -> None:
    """It is sent again: it takes effect once, whatever was lost."""
    inputs = declaration(verified(service), paused=True)
    service.emulator.add_fault(route=PUT_SUBSCRIPTION, do=fault, when=when)
    created = plugin.of("Subscription").create(inputs)
    lost, again = {"drop": "-", "status": "500"}[fault], {"before": 200, "after": 304}[when]
    assert service.calls() == [
        "POST ens-subscriptions 201",
        f"PUT ens-subscriptions {lost}",
        f"PUT ens-subscriptions {again}",
    ]
    assert created.outputs["status_reason"] == "paused by pulumi"
    _is_the_only_one(service, created)


def test_a_pause_that_stays_lost(plugin: Plugin, service: Service) -> None:
    """The one that was created is deleted again."""
    inputs = declaration(verified(service), paused=True)
    service.emulator.add_fault(
        route=PUT_SUBSCRIPTION, do="status", status=503, when="after", times=None
    )
    sentence = service.labelled(refusal(plugin.of("Subscription").create, inputs))
    assert sentence == (
        "ens_provider.ServiceError: ENS could not update subscription #1 (503, errorcode 50300): "
        "Service Unavailable. Run `pulumi up` again."
    )
    assert service.calls() == [
        "POST ens-subscriptions 201",
        *(["PUT ens-subscriptions 503"] * 4),
        "DELETE ens-subscriptions/#1 200",
    ]
    assert present(service) == {}
