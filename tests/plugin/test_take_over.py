"""Taking over, and what is present but cannot be settled at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, declared, declared_key, refusal
from tests.plugin.service import CREATE, REGENERATE, SUBSCRIPTIONS, URL, Service
from tests.plugin.worlds import LIST_LAGS, SAYS_PRESENT, WAYS_ON

KEY = "bm90IGEga2V5IG9mIGFueWJvZHksIGJ1dCAzMiBieXQ="
PROBE = f"PROBE {URL} 200"
SUBS_OF_OLD = "GET ens-subscriptions-by-cb/old 200"


def test_fail_refuses_also_with_a_known_key(plugin: Plugin, service: Service) -> None:
    """The key is of use only to a take-over, which "fail" rules out."""
    old = service.create("old")
    service.subscribe(old)
    inputs = declared(on_existing="fail", known_signature_key=KEY)
    assert service.labelled(refusal(plugin.create, inputs)) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id old, {URL}) with subscription 'mails' (sub-mails); nothing was changed. To "
        f"go on, let on_existing='fail' go and {WAYS_ON}"
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [(304, None), (400, {"message": SAYS_PRESENT, "errorcode": 30004})],
)
def test_present_but_nowhere_to_be_found(
    plugin: Plugin, service: Service, status: int, body: dict[str, Any] | None
) -> None:
    """The list may lag behind: a later attempt may find it."""
    service.emulator.add_fault(route=CREATE, do="status", status=status, body=body)
    assert refusal(plugin.create, declared()) == LIST_LAGS.format(status=status)
    assert service.calls() == [f"POST ens-callbacks {status}", "GET ens-callbacks 200"]


def test_a_400_about_something_else_is_told_as_it_is(plugin: Plugin, service: Service) -> None:
    """It is looked up, since older pages call a taken URL an error, and is none."""
    body = {"message": "url is not allowed here.", "errorcode": 10005}
    service.emulator.add_fault(route=CREATE, do="status", status=400, body=body)
    assert refusal(plugin.create, declared()) == (
        "ens_provider.BadRequestError: ENS refused to create callback 'orders' (400, errorcode "
        "10005): url is not allowed here. Correct what it names, then run `pulumi up` again."
    )
    assert service.calls() == ["POST ens-callbacks 400", "GET ens-callbacks 200"]


def test_subscriptions_that_the_list_does_not_show_yet_protect_it(
    plugin: Plugin, service: Service
) -> None:
    """The service refuses the deletion (409), and so it is live."""
    old = service.create("old")
    service.subscribe(old)
    service.emulator.add_fault(route=SUBSCRIPTIONS, do="status", status=200, body=[])
    assert service.labelled(refusal(plugin.create, declared())) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is already present as callback "
        f"'orders' (id old, {URL}) with subscriptions that ENS does not list yet; nothing was changed. To go on, "
        f"{WAYS_ON}"
    )
    assert service.calls() == [
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        SUBS_OF_OLD,
        "DELETE ens-callbacks/old 409",
    ]
    assert service.subscriptions() == ["mails"]


def test_declared_twice_at_the_same_moment(plugin: Plugin, service: Service) -> None:
    """ENS shows a callback while it is being probed, before anybody knows its id."""
    with ThreadPoolExecutor(1) as thread:
        with service.held(CREATE, when="after"):
            first = thread.submit(plugin.create, declared())
            service.wait_until_held()
            sentence = refusal(plugin.create, declared())
        assert [c["callbackId"] for c in service.callbacks().values()] == [first.result().id]
    assert sentence == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is declared twice: another "
        "resource of this program creates it at this moment. Give one of the two another name and "
        "URL, or remove it."
    )
    assert service.calls() == ["POST ens-callbacks 201", PROBE]


def test_a_take_over_that_fails_is_none(plugin: Plugin, service: Service) -> None:
    """The next attempt may take it over, and its old owner may still delete it."""
    old = service.create("old")
    service.subscribe(old)
    inputs = declared(on_existing="rotate")
    service.emulator.add_fault(route=REGENERATE, do="status", status=403)
    assert service.labelled(refusal(plugin.create, inputs)) == (
        "ens_provider.PermissionDeniedError: ENS refused to regenerate the signature key of "
        "callback old (403): Insufficient privileges to complete this action. Give the installed "
        "package the permission Event Notifications > Callbacks > Update (scope "
        "event_notification_callback_update) in Setup; a new token shows it after up to 5 minutes."
    )
    created = plugin.create(inputs)
    assert created.id == old
    assert created.outputs["signature_key"] == service.key_of(old)


def test_a_rotation_whose_answer_is_lost_is_done_again(plugin: Plugin, service: Service) -> None:
    """The key that is kept is the one that the service signs with."""
    old = service.create("old")
    service.subscribe(old)
    service.emulator.add_fault(route=REGENERATE, do="drop", when="after")
    created = plugin.create(declared(on_existing="rotate"))
    assert service.calls() == [
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        SUBS_OF_OLD,
        "PUT ens-regenerate -",
        "PUT ens-regenerate 200",
    ]
    assert created.outputs["signature_key"] == service.key_of(old)


def test_a_new_key_makes_the_declared_one_anew(
    plugin: Plugin, new_plugin: NewPlugin, service: Service
) -> None:
    """The callback's resource is renamed and rotates; its `SignatureKey` is not, and would be void."""
    old = plugin.create(declared())
    key = plugin.of("SignatureKey").create(declared_key(old.id))
    service.label(old.id, "old")
    service.subscribe(old.id)
    later = new_plugin()
    later.create(declared(on_existing="rotate"))
    keys, inputs = later.of("SignatureKey"), declared_key(old.id)
    assert keys.says_changed(old.id, key.outputs, inputs)
    updated = keys.update(old.id, key.outputs, inputs)
    assert updated.outputs["key"] == service.key_of(old.id)
    assert updated.outputs["previous_keys"] == [key.outputs["key"]]
    assert not keys.says_changed(old.id, updated.outputs, inputs)


def test_what_another_process_left_is_created_anew_and_owned(
    new_plugin: NewPlugin, service: Service
) -> None:
    """A plugin that was killed after its creation leaves a callback that nobody has a key of."""
    killed = new_plugin()
    lost = killed.create(declared())
    killed.kill()
    service.label(lost.id, "lost")
    service.forget_calls()
    created = new_plugin().create(declared())
    assert service.calls() == [
        "POST token 200",
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/lost 200",
        "DELETE ens-callbacks/lost 200",
        "POST ens-callbacks 201",
        PROBE,
    ]
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]


def test_what_the_program_still_declares_is_no_leftover(
    new_plugin: NewPlugin, service: Service
) -> None:
    """A later process learns from the comparison that another resource owns it."""
    first = new_plugin().create(declared())
    service.label(first.id, "first")
    plugin = new_plugin()
    plugin.check(declared(), declared())
    assert plugin.diff(first.id, first.outputs, declared()) == []
    assert service.labelled(refusal(plugin.create, declared())) == (
        f"ens_provider.AlreadyPresent: callback 'orders' ({URL}) is declared twice: another "
        f"resource of this program already manages callback 'orders' (id first, {URL}). Give one "
        "of the two another name and URL, or remove it."
    )
    assert list(service.callbacks()) == ["first"]
    assert service.key_of(first.id) == first.outputs["signature_key"]


def test_what_a_refresh_compares_may_still_be_a_leftover(
    new_plugin: NewPlugin, service: Service
) -> None:
    """A refresh compares without a check, also what the program no longer declares."""
    first = new_plugin().create(declared())
    plugin = new_plugin()
    assert plugin.diff(first.id, first.outputs, declared()) == []
    created = plugin.create(declared())
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]
    assert created.id != first.id
