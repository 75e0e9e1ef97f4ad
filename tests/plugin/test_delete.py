"""Deleting a callback, and leaving alone what has another owner."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, declared, refusal
from tests.plugin.service import DELETE, SUBSCRIPTIONS, UNSUBSCRIBE, Service

KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
TAKEN_OVER = (
    "The callback 'orders' (old) was not deleted: another resource of this program has taken it "
    "over. Next time, give a renamed or moved resource `aliases`."
)


def _created(plugin: Plugin, service: Service, *, force_destroy: bool = False) -> Created:
    created = plugin.create(declared(force_destroy=force_destroy))
    service.label(created.id, "orders")
    service.forget_calls()
    return created


def _still_subscribed(hanging: str, callback: str = "orders") -> str:
    return (
        f"ens_provider.StillSubscribed: ENS refused to delete callback 'orders' ({callback}) (409), "
        f"which still has {hanging} of another owner; nothing was deleted. Delete them first, or "
        "set force_destroy=True and run `pulumi up` to delete them with it, for good. If another "
        "resource of this stack has taken the callback over, remove only this entry with `pulumi "
        "state delete`."
    )


@pytest.mark.parametrize("content", ["object", "empty"])
def test_a_deletion_is_one_call(plugin: Plugin, service: Service, content: str) -> None:
    """Whatever body the service answers with."""
    service.emulator.set_switches(ok_without_content=content)
    created = _created(plugin, service)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == ["DELETE ens-callbacks/orders 200"]
    assert service.callbacks() == {}


def test_what_is_gone_already_is_fine(plugin: Plugin, service: Service) -> None:
    """404 is what a deletion is after, once it was said twice."""
    created = _created(plugin, service)
    service.delete(created.id)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == ["DELETE ens-callbacks/orders 404"] * 2


def test_a_404_that_is_not_true_deletes_it_all_the_same(plugin: Plugin, service: Service) -> None:
    """A gateway on the way says 404 of everything for a moment: the callback does not stay."""
    created = _created(plugin, service)
    service.emulator.add_fault(route=DELETE, do="status", status=404)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-callbacks/orders 404",
        "DELETE ens-callbacks/orders 200",
    ]
    assert service.callbacks() == {}


def test_a_404_that_is_not_true_while_reads_lag(plugin: Plugin, service: Service) -> None:
    """What was created a moment ago is not shown, and is there all the same."""
    service.emulator.set_switches(propagation_seconds=60)
    created = _created(plugin, service)
    service.emulator.add_fault(route=DELETE, do="status", status=404)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == ["DELETE ens-callbacks/orders 404", "DELETE ens-callbacks/orders 200"]
    assert service.callbacks() == {}


@pytest.mark.parametrize(("when", "again"), [("before", 200), ("after", 404)])
def test_an_answer_that_is_lost(plugin: Plugin, service: Service, when: str, again: int) -> None:
    """A deletion may be sent again."""
    created = _created(plugin, service)
    service.emulator.add_fault(route=DELETE, do="drop", when=when)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-callbacks/orders -",
        f"DELETE ens-callbacks/orders {again}",
        *(["DELETE ens-callbacks/orders 404"] if again == 404 else []),
    ]
    assert service.callbacks() == {}


@pytest.mark.parametrize(
    ("names", "hanging"),
    [
        (["mails"], "subscription 'mails' (sub-mails)"),
        (["mails", "texts"], "subscriptions 'mails' (sub-mails), 'texts' (sub-texts)"),
        (
            [f"s{number}" for number in range(12)],
            "subscriptions "
            + ", ".join(f"'s{number}' (sub-s{number})" for number in range(10))
            + " and 2 more",
        ),
    ],
    ids=["one", "two", "twelve"],
)
def test_subscriptions_of_others_protect_it(
    plugin: Plugin, service: Service, names: list[str], hanging: str
) -> None:
    """The error names each, and nothing is deleted."""
    created = _created(plugin, service)
    for name in names:
        service.subscribe(created.id, name)
    sentence = service.labelled(refusal(plugin.delete, created.id, created.outputs))
    assert sentence == _still_subscribed(hanging)
    assert service.calls() == [
        "DELETE ens-callbacks/orders 409",
        "GET ens-subscriptions-by-cb/orders 200",
    ]
    assert list(service.callbacks()) == ["orders"]
    assert service.subscriptions() == names


def test_subscriptions_that_no_list_shows_protect_it_too(plugin: Plugin, service: Service) -> None:
    """The refusal counts, not the list."""
    created = _created(plugin, service)
    service.subscribe(created.id)
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=200, body=[])
    sentence = service.labelled(refusal(plugin.delete, created.id, created.outputs))
    assert sentence == _still_subscribed("subscriptions that ENS does not list yet")
    assert service.subscriptions() == ["mails"]


@pytest.mark.parametrize("content", ["object", "empty"])
def test_force_destroy_deletes_them_first(plugin: Plugin, service: Service, content: str) -> None:
    """Each, then the callback."""
    service.emulator.set_switches(ok_without_content=content)
    created = _created(plugin, service, force_destroy=True)
    service.subscribe(created.id, "mails")
    service.subscribe(created.id, "texts")
    plugin.delete(created.id, created.outputs)
    assert service.calls() == [
        "DELETE ens-callbacks/orders 409",
        "GET ens-subscriptions-by-cb/orders 200",
        "DELETE ens-subscriptions/sub-mails 200",
        "DELETE ens-subscriptions/sub-texts 200",
        "DELETE ens-callbacks/orders 200",
    ]
    assert service.callbacks() == {}
    assert service.subscriptions() == []


def test_force_destroy_without_subscriptions_is_one_call(plugin: Plugin, service: Service) -> None:
    """Nothing is listed unless the service refuses."""
    created = _created(plugin, service, force_destroy=True)
    plugin.delete(created.id, created.outputs)
    assert service.calls() == ["DELETE ens-callbacks/orders 200"]


def test_force_destroy_goes_on_where_a_subscription_is_gone_already(
    plugin: Plugin, service: Service
) -> None:
    """404 is fine here as well."""
    created = _created(plugin, service, force_destroy=True)
    service.subscribe(created.id, "mails")
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=404, when="after")
    plugin.delete(created.id, created.outputs)
    assert service.calls()[2:] == [
        "DELETE ens-subscriptions/sub-mails 404",
        "DELETE ens-subscriptions/sub-mails 404",
        "DELETE ens-callbacks/orders 200",
    ]
    assert service.callbacks() == {}


def test_force_destroy_where_lists_lag_behind(plugin: Plugin, service: Service) -> None:
    """A subscription that is not listed yet keeps the callback until it is."""
    created = _created(plugin, service, force_destroy=True)
    service.subscribe(created.id)
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=200, body=[])
    assert service.labelled(refusal(plugin.delete, created.id, created.outputs)) == (
        "ens_provider.StillSubscribed: ENS refused to delete callback 'orders' (orders) (409) also "
        "after the subscriptions that it lists were deleted: its lists can lag up to two minutes "
        "behind. Run the same command again then."
    )
    plugin.delete(created.id, created.outputs)
    assert service.callbacks() == {}
    assert service.subscriptions() == []


def test_force_destroy_that_is_cut_off_goes_on_next_time(plugin: Plugin, service: Service) -> None:
    """A subscription that may not be deleted keeps the callback."""
    created = _created(plugin, service, force_destroy=True)
    service.subscribe(created.id, "mails")
    service.emulator.add_fault(route=UNSUBSCRIBE, do="status", status=403)
    assert service.labelled(refusal(plugin.delete, created.id, created.outputs)) == (
        "ens_provider.PermissionDeniedError: ENS refused to delete subscription sub-mails (403): "
        "Insufficient privileges to complete this action. Give the installed package the permission "
        "Event Notifications > Subscriptions > Delete (scope "
        "event_notification_subscription_delete) in Setup; a new token shows it after up to 5 "
        "minutes."
    )
    plugin.delete(created.id, created.outputs)
    assert service.callbacks() == {}


@pytest.mark.parametrize("forced", [True, False], ids=["forced", "not-forced"])
def test_the_program_decides_on_force_destroy_not_the_state(
    plugin: Plugin, service: Service, *, forced: bool
) -> None:
    """A replacement is compared before its deletion: what the program declares now acts."""
    created = _created(plugin, service, force_destroy=not forced)
    service.subscribe(created.id)
    moved = declared(url="https://receiver.test/new", force_destroy=forced)
    assert plugin.diff(created.id, created.outputs, moved) == ["url"]
    if forced:
        plugin.delete(created.id, created.outputs)
        assert service.callbacks() == {}
    else:
        sentence = service.labelled(refusal(plugin.delete, created.id, created.outputs))
        assert sentence == _still_subscribed("subscription 'mails' (sub-mails)")


def test_what_adopt_id_is_to_take_over_is_not_deleted_for_it(
    plugin: Plugin, service: Service
) -> None:
    """`--replace` of a resource that newly has an adopt_id: only the deletion sees both sides."""
    created = _created(plugin, service)
    program = declared(adopt_id=created.id, on_existing="rotate")
    assert plugin.check(program)[1] == []
    assert service.labelled(refusal(plugin.delete, created.id, created.outputs)) == (
        "ens_provider.ConfigurationError: adopt_id of the callback 'orders' (orders) names the "
        "callback that this change deletes; nothing was deleted. Remove adopt_id first."
    )
    assert service.calls() == []
    assert list(service.callbacks()) == ["orders"]


def _moved(plugin: Plugin, service: Service, old: Created) -> Created:
    return plugin.create(declared(known_signature_key=old.outputs["signature_key"]))


def test_what_was_taken_over_in_this_process_is_not_deleted(
    new_plugin: NewPlugin, service: Service
) -> None:
    """A resource that moved without aliases: the old entry goes, the callback stays."""
    old = new_plugin().create(declared())
    service.label(old.id, "old")
    service.subscribe(old.id)
    service.forget_calls()
    plugin = new_plugin()
    moved = _moved(plugin, service, old)
    plugin.delete(old.id, old.outputs)
    assert moved.id == old.id
    assert service.calls() == [
        "POST token 200",
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/old 200",
    ]
    assert list(service.callbacks()) == ["old"]
    assert service.labelled(plugin.log_text()).splitlines() == [TAKEN_OVER]


def test_in_a_later_process_its_subscriptions_protect_it(
    new_plugin: NewPlugin, service: Service
) -> None:
    """The error says how to remove only the entry."""
    old = new_plugin().create(declared())
    service.label(old.id, "old")
    service.subscribe(old.id)
    _moved(new_plugin(), service, old)
    sentence = service.labelled(refusal(new_plugin().delete, old.id, old.outputs))
    assert sentence == _still_subscribed("subscription 'mails' (sub-mails)", callback="old")
    assert list(service.callbacks()) == ["old"]
    assert service.subscriptions() == ["mails"]


def test_in_a_later_process_that_saw_both_entries_it_is_not_deleted(
    new_plugin: NewPlugin, service: Service
) -> None:
    """The engine shows both before it deletes; force_destroy does not count either."""
    old = new_plugin().create(declared(force_destroy=True))
    service.label(old.id, "old")
    service.subscribe(old.id)
    service.emulator.move_clock(10)
    moved = _moved(new_plugin(), service, old)
    service.forget_calls()
    later = new_plugin()
    assert later.diff(moved.id, moved.outputs, declared()) == []
    assert later.diff(old.id, old.outputs, declared()) == []
    later.delete(old.id, old.outputs)
    assert service.calls() == []
    assert list(service.callbacks()) == ["old"]
    assert service.labelled(later.log_text()).splitlines() == [TAKEN_OVER]


def test_a_take_over_that_failed_protects_nothing(new_plugin: NewPlugin, service: Service) -> None:
    """The old owner may delete it: it belongs to nobody else."""
    old = new_plugin().create(declared())
    service.label(old.id, "old")
    service.subscribe(old.id)
    plugin = new_plugin()
    service.emulator.add_fault(route="PUT /platform/v1/ens-regenerate", do="status", status=403)
    refusal(plugin.create, declared(on_existing="rotate"))
    sentence = service.labelled(refusal(plugin.delete, old.id, old.outputs))
    assert sentence == _still_subscribed("subscription 'mails' (sub-mails)", callback="old")


def test_a_callback_that_was_deleted_can_be_created_again(plugin: Plugin, service: Service) -> None:
    """A replacement in one process: the new one is another callback with another key."""
    first = _created(plugin, service)
    plugin.delete(first.id, first.outputs)
    second = plugin.create(declared())
    service.label(second.id, "second")
    assert second.id != first.id
    assert second.outputs["signature_key"] != first.outputs["signature_key"]
    assert list(service.callbacks()) == ["second"]


def test_a_deletion_that_lists_do_not_show_yet_is_remembered(
    plugin: Plugin, service: Service
) -> None:
    """The callback that this process deleted a moment ago is not taken for one that is in the way."""
    service.emulator.set_switches(propagation_seconds=60)
    first = _created(plugin, service)
    service.emulator.move_clock(61)
    plugin.delete(first.id, first.outputs)
    service.emulator.add_fault(route="POST /platform/v1/ens-callbacks", do="drop")
    service.forget_calls()
    second = plugin.create(declared())
    service.label(second.id, "second")
    assert service.calls() == [
        "POST ens-callbacks -",
        "GET ens-callbacks 200",
        "POST ens-callbacks 201",
        "PROBE https://receiver.test/orders 200",
    ]
    assert list(service.callbacks()) == ["second"]
