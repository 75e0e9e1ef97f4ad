"""Creating a subscription whose name the service holds already."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, PluginError, refusal
from tests.plugin.service import SUBSCRIBE, SUBSCRIPTIONS, UNSUBSCRIBE, Service
from tests.plugin.subscriptions import (
    SENT,
    Warned,
    declaration,
    inputs_of,
    present,
    subscribed,
    two_minutes_later,
    verified,
)

CREATED_ANEW = (
    "Subscription 'mails' (old) was already present on callback orders and is created anew."
)
DECLARED_TWICE = (
    "ens_provider.AlreadyPresent: subscription 'mails' of callback orders is declared twice: "
    "another resource of this program already manages subscription 'mails' (mails). Give one of the "
    "two another name, or remove it."
)
NOT_LISTED = (
    "ens_provider.NotReadyYet: ENS says that subscription 'mails' of callback orders is already "
    "present ({status}), but does not list it yet; its lists can lag up to two minutes behind."
)
LISTED = "GET ens-subscriptions-by-cb/orders 200"
OTHER_URL = "https://receiver.test/other"


def _old(service: Service, name: str = "mails") -> str:
    """Let somebody else subscribe the callback `orders`, which is returned."""
    orders = verified(service)
    service.label(service.subscribe(orders, name), "old")
    service.forget_calls()
    return orders


def test_one_of_that_name_is_created_anew(plugin: Plugin, service: Service) -> None:
    """A subscription holds nothing but its values, so it is deleted, with a warning."""
    orders = _old(service)
    warned = Warned(plugin, service)
    created = plugin.of("Subscription").create(declaration(orders, filters=["definitionKey=a"]))
    service.label(created.id, "new")
    assert service.calls() == [
        "POST ens-subscriptions 304",
        LISTED,
        "DELETE ens-subscriptions/old 200",
        "POST ens-subscriptions 201",
    ]
    assert warned.lines() == [CREATED_ANEW]
    assert {label: each["filters"] for label, each in present(service).items()} == {
        "new": ["definitionKey=a"]
    }


def test_a_400_that_says_so_is_the_same(plugin: Plugin, service: Service) -> None:
    """Nobody has published whether it is a 304 or a 400."""
    orders = _old(service)
    said = {"message": "subscriptionName already exists.", "errorcode": 30004}
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=400, body=said)
    warned = Warned(plugin, service)
    created = plugin.of("Subscription").create(declaration(orders))
    service.label(created.id, "new")
    assert service.calls() == [
        "POST ens-subscriptions 400",
        LISTED,
        "DELETE ens-subscriptions/old 200",
        "POST ens-subscriptions 201",
    ]
    assert warned.lines() == [CREATED_ANEW]
    assert list(present(service)) == ["new"]


def test_one_of_that_name_that_may_not_be_deleted(plugin: Plugin, service: Service) -> None:
    """The refusal is told; the old one stays as it is."""
    orders = _old(service)
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=403)
    assert service.labelled(refusal(plugin.of("Subscription").create, declaration(orders))) == (
        "ens_provider.PermissionDeniedError: ENS refused to delete subscription old (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Subscriptions > Delete (scope "
        "event_notification_subscription_delete) in Setup; a new token shows it after up to 5 "
        "minutes."
    )
    assert list(present(service)) == ["old"]


def test_one_that_is_present_although_it_was_deleted(plugin: Plugin, service: Service) -> None:
    """ENS may need its time for a deletion, too; nothing is deleted twice."""
    orders = _old(service)
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=304, body="", times=2)
    inputs = declaration(orders)
    sentence = service.labelled(refusal(plugin.of("Subscription").create, inputs))
    assert sentence == NOT_LISTED.format(status=304)
    assert service.calls() == [
        *("POST ens-subscriptions 304", LISTED, "DELETE ens-subscriptions/old 200"),
        *("POST ens-subscriptions 304", LISTED, "GET ens-callbacks 200"),
    ]
    plugin.of("Subscription").create(inputs)
    assert service.calls() == ["POST ens-subscriptions 201"]


def test_one_that_is_present_each_time(plugin: Plugin, service: Service) -> None:
    """Somebody creates it again and again: three attempts, then an error that says so."""
    orders = verified(service)
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=304, body="", times=None)
    for number in (1, 2, 3):
        id_ = service.label(f"00000000-0000-4000-8000-00000000000{number}", f"theirs-{number}")
        listed = [{"subscriptionId": id_, "subscriptionName": "mails", "callbackId": orders}]
        service.emulator.add_fault(
            route=SUBSCRIPTIONS, nth=number, do="status", status=200, body=listed
        )
    sentence = service.labelled(refusal(plugin.of("Subscription").create, declaration(orders)))
    assert sentence == (
        "ens_provider.AlreadyPresent: ENS says that subscription 'mails' of callback orders is already "
        "present each time it is created, also after the present one was deleted: another program "
        "seems to create it too. Find that program, or choose another name."
    )
    assert service.calls() == [
        call
        for number in (1, 2, 3)
        for call in (
            "POST ens-subscriptions 304",
            LISTED,
            f"DELETE ens-subscriptions/theirs-{number} 404",
            f"DELETE ens-subscriptions/theirs-{number} 404",
        )
    ]


@pytest.mark.parametrize("scope", ["callback", "business_unit"])
def test_the_same_name_on_another_callback(plugin: Plugin, service: Service, scope: str) -> None:
    """Where a name belongs to the whole unit, the error names the other one; nothing is changed."""
    service.emulator.set_switches(subscription_name_scope=scope)
    other = verified(service, "other", name="other", url=OTHER_URL)
    service.label(service.subscribe(other), "taken")
    orders = verified(service)
    if scope == "callback":
        plugin.of("Subscription").create(declaration(orders))
        assert service.subscriptions() == ["mails", "mails"]
        return
    sentence = service.labelled(refusal(plugin.of("Subscription").create, declaration(orders)))
    assert sentence == (
        "ens_provider.AlreadyPresent: ENS refused to create subscription 'mails' of callback "
        "orders: its name is already present as subscription 'mails' (taken) of callback 'other' "
        "(other). Nothing was changed. Choose another name, or delete that subscription first if "
        "nobody needs it."
    )
    assert service.calls() == [
        "POST ens-subscriptions 304",
        LISTED,
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/other 200",
    ]
    assert list(present(service)) == ["taken"]


@pytest.mark.parametrize("case", ["sensitive", "insensitive"])
def test_a_name_that_differs_in_case_only(plugin: Plugin, service: Service, case: str) -> None:
    """Where case does not count, it is an error that says so; nothing is changed."""
    service.emulator.set_switches(name_case=case)
    orders = _old(service, "Mails")
    if case == "sensitive":
        plugin.of("Subscription").create(declaration(orders))
        assert service.subscriptions() == ["Mails", "mails"]
        return
    sentence = service.labelled(refusal(plugin.of("Subscription").create, declaration(orders)))
    assert sentence == (
        "ens_provider.AlreadyPresent: ENS refused to create subscription 'mails' of callback "
        "orders: its name is already present as subscription 'Mails' (old) of callback 'orders' "
        "(orders), which differs in upper and lower case only. Nothing was changed. Choose another "
        "name, or delete that subscription first if nobody needs it."
    )
    assert service.calls() == ["POST ens-subscriptions 304", LISTED, "GET ens-callbacks 200"]
    assert list(present(service)) == ["old"]


def test_a_name_in_another_normal_form_is_the_same(plugin: Plugin, service: Service) -> None:
    """What looks the same is the same, whoever wrote it; the emulator compares code points."""
    orders = _old(service, "Bu\u0308ro")
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=304, body="")
    inputs, _ = plugin.of("Subscription").check(declaration(orders, subscription_name="Bu\u0308ro"))
    plugin.of("Subscription").create(inputs)
    assert service.subscriptions() == ["B\u00fcro"]


@pytest.mark.parametrize("answer", [304, 400])
def test_one_that_no_list_shows_yet(plugin: Plugin, service: Service, answer: int) -> None:
    """It is healed as soon as it shows."""
    orders = verified(service)
    two_minutes_later(service)
    service.emulator.set_switches(propagation_seconds=60)
    service.label(service.subscribe(orders), "old")
    if answer == 400:
        said = {"message": "It already exists."}
        service.emulator.add_fault(route=SUBSCRIBE, do="status", status=400, body=said)
    inputs = declaration(orders)
    sentence = service.labelled(refusal(plugin.of("Subscription").create, inputs))
    assert sentence == NOT_LISTED.format(status=answer)
    assert service.calls() == [
        f"POST ens-subscriptions {answer}",
        LISTED,
        "GET ens-callbacks 200",
    ]
    service.emulator.move_clock(61)
    created = plugin.of("Subscription").create(inputs)
    service.label(created.id, "new")
    assert list(present(service)) == ["new"]


def test_one_that_was_deleted_a_moment_ago_is_not_deleted_again(
    plugin: Plugin, service: Service
) -> None:
    """Lists may still show it; that this process deleted it, it knows."""
    created = subscribed(plugin, service)
    two_minutes_later(service)
    service.emulator.set_switches(propagation_seconds=60)
    plugin.of("Subscription").delete(created.id, created.outputs)
    service.emulator.add_fault(route=SUBSCRIBE, do="drop")
    again = plugin.of("Subscription").create(inputs_of(created))
    service.label(again.id, "new")
    assert service.calls() == [
        "DELETE ens-subscriptions/mails 200",
        "POST ens-subscriptions -",
        LISTED,
        "POST ens-subscriptions 201",
    ]
    assert list(present(service)) == ["new"]


def test_declared_twice_one_after_another(plugin: Plugin, service: Service) -> None:
    """The second is refused, and the first stays as it is."""
    created = subscribed(plugin, service)
    before = service.emulator.state()
    twin = inputs_of(created, event_category_types=[SENT, "A.B"])
    assert service.labelled(refusal(plugin.of("Subscription").create, twin)) == DECLARED_TWICE
    assert service.calls() == ["POST ens-subscriptions 304", LISTED]
    assert service.emulator.state() == before


def test_declared_twice_at_once(plugin: Plugin, service: Service) -> None:
    """Whichever comes second is refused without a call."""
    inputs = declaration(verified(service))
    with ThreadPoolExecutor() as pool:
        with service.held(SUBSCRIBE):
            first = pool.submit(plugin.of("Subscription").create, inputs)
            service.wait_until_held()
            sentence = service.labelled(refusal(plugin.of("Subscription").create, inputs))
        created = first.result()
    service.label(created.id, "mails")
    assert sentence == (
        "ens_provider.AlreadyPresent: subscription 'mails' of callback orders is declared twice: "
        "another resource of this program creates it at this moment. Give one of the two another "
        "name, or remove it."
    )
    assert service.calls() == ["POST ens-subscriptions 201"]
    assert list(present(service)) == ["mails"]


def test_a_twin_of_one_that_failed_may_be_created(plugin: Plugin, service: Service) -> None:
    """What failed holds nothing."""
    inputs = declaration(verified(service))
    service.emulator.add_fault(route=SUBSCRIBE, do="status", status=403)
    with pytest.raises(PluginError):
        plugin.of("Subscription").create(inputs)
    plugin.of("Subscription").create(inputs)
    assert service.subscriptions() == ["mails"]


def test_a_twin_of_an_entry_that_the_program_still_declares(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """A later process learns of the entry by its check and diff, and refuses the twin."""
    created = subscribed(plugin, service)
    before = service.emulator.state()
    later = new_plugin().of("Subscription")
    inputs, _ = later.check(inputs_of(created), created.outputs)
    assert later.diff(created.id, created.outputs, inputs) == []
    assert service.labelled(refusal(later.create, inputs)) == DECLARED_TWICE
    assert service.calls() == ["POST token 200", "POST ens-subscriptions 304", LISTED]
    assert service.emulator.state() == before


def test_an_entry_that_the_program_declares_no_more_is_no_twin(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """A renamed resource: it is created anew, and the old entry's deletion finds it gone."""
    old = subscribed(plugin, service)
    later = new_plugin()
    created = later.of("Subscription").create(inputs_of(old))
    service.label(created.id, "new")
    later.of("Subscription").delete(old.id, old.outputs)
    assert service.calls() == [
        "POST token 200",
        "POST ens-subscriptions 304",
        LISTED,
        "DELETE ens-subscriptions/mails 200",
        "POST ens-subscriptions 201",
        "DELETE ens-subscriptions/mails 404",
    ]
    assert list(present(service)) == ["new"]


def test_an_entry_that_is_replaced_is_no_twin(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """Deleted and created in one process."""
    old = subscribed(plugin, service)
    later = new_plugin().of("Subscription")
    inputs, _ = later.check(inputs_of(old), old.outputs)
    later.diff(old.id, old.outputs, inputs)
    later.delete(old.id, old.outputs)
    created = later.create(inputs)
    service.label(created.id, "new")
    assert list(present(service)) == ["new"]
