"""Keys that are not made, or made without anybody learning of them: the state gets the right one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, ResourceType, declared_key, refusal
from tests.plugin.service import GET, OTHER_MID, REGENERATE, URL, Service

NOBODY = "08b67f0e-5be8-4673-97e9-682c133f778c"
MAKES_ANOTHER = (
    " The signature key of callback orders may have been changed to one that nobody knows: leave "
    "`version` as it is now and run `pulumi up` again, which makes another one."
)
TWICE = (
    "ens_provider.AlreadyPresent: The signature key of callback orders is declared twice: another "
    "resource of this program has just made one, which a second would make void. Nothing was "
    "changed. Remove one of the two."
)
UNVERIFIED = (
    "ens_provider.NotYetVerified: ENS gives no new signature key to callback 'orders' (id orders, "
    f"{URL}) (Callback orders is not verified.), which is not verified (status '{{status}}'). Give "
    "SignatureKey the CallbackVerification as its callback_id, so that it waits for it."
)
GONE = (
    "ens_provider.DeletedOutside: Callback {subject} does not exist in business unit {mid}, so "
    "that it has no signature key: it was deleted outside of this program, or belongs to another "
    "business unit. Run `pulumi up --refresh` to create it again."
)
OTHER_UNIT = (
    "ens_provider.WrongBusinessUnit: The signature key of callback orders belongs to business unit "
    "1234567, but the credentials are for business unit 7654321; nothing was changed. Use the "
    "credentials of 1234567 (client id, secret and accountId), or destroy the resource there "
    "before you move it."
)
NO_KEY = [{"callbackName": "orders", "callbackId": NOBODY}]
LOST = [
    pytest.param({"do": "drop"}, "-", id="dropped"),
    pytest.param({"do": "status", "status": 500}, "500", id="500"),
    pytest.param({"do": "status", "status": 502, "body": "<html></html>"}, "502", id="502-html"),
]
LOST_AFTER = [
    *LOST,
    pytest.param({"do": "truncate"}, "-", id="truncated"),
    pytest.param({"do": "body", "body": NO_KEY}, "200", id="without-key"),
    pytest.param({"do": "body", "body": "{"}, "200", id="not-json"),
    pytest.param({"do": "body", "body": []}, "200", id="empty-array"),
]


@pytest.fixture
def keys(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("SignatureKey")


@pytest.fixture
def orders(service: Service) -> str:
    """Give a callback; what creates it is not among the calls."""
    return service.create("orders")


@pytest.fixture
def managed(keys: ResourceType, service: Service, orders: str) -> Created:
    """Give a key of version 1."""
    created = keys.create(declared_key(orders, version="1"))
    service.forget_calls()
    return created


@pytest.mark.parametrize(("fault", "status"), LOST)
def test_an_answer_that_is_lost_before_it_took_effect(
    keys: ResourceType, service: Service, orders: str, fault: dict[str, Any], status: str
) -> None:
    """It is asked for again, and one key comes about."""
    service.emulator.add_fault(route=REGENERATE, **fault)
    created = keys.create(declared_key(orders))
    assert service.calls() == [f"PUT ens-regenerate {status}", "PUT ens-regenerate 200"]
    assert created.outputs["key"] == service.key_of(orders)


@pytest.mark.parametrize(("fault", "status"), LOST_AFTER)
def test_an_answer_that_is_lost_after_it_took_effect(
    keys: ResourceType, service: Service, orders: str, fault: dict[str, Any], status: str
) -> None:
    """Nobody knows that key: another one is made, which is the newest."""
    service.emulator.add_fault(route=REGENERATE, when="after", **fault)
    created = keys.create(declared_key(orders))
    assert service.calls() == [f"PUT ens-regenerate {status}", "PUT ens-regenerate 200"]
    assert created.outputs["key"] == service.key_of(orders)
    assert created.outputs["previous_keys"] == []


@pytest.mark.parametrize(("fault", "status"), LOST_AFTER)
def test_an_answer_that_is_lost_while_it_rotates(
    keys: ResourceType, service: Service, managed: Created, fault: dict[str, Any], status: str
) -> None:
    """The key that nobody learned of is not among the previous ones: nothing was signed with it."""
    service.emulator.add_fault(route=REGENERATE, when="after", **fault)
    rotated = keys.update(managed.id, managed.outputs, declared_key(managed.id, version="2"))
    assert service.calls() == [f"PUT ens-regenerate {status}", "PUT ens-regenerate 200"]
    assert rotated.outputs["key"] == service.key_of(managed.id)
    assert rotated.outputs["previous_keys"] == [managed.outputs["key"]]


def test_answers_that_are_all_lost_are_an_error_and_the_next_run_converges(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """The state keeps the old version, so that the same program rotates again."""
    service.emulator.add_fault(route=REGENERATE, when="after", do="drop", times=None)
    inputs = declared_key(managed.id, version="2")
    host = service.emulator.rest_url.removeprefix("http://")
    sentence = service.labelled(refusal(keys.update, managed.id, managed.outputs, inputs))
    assert sentence == (
        f"ens_provider.ConnectionLostError: No complete answer came from {host} when asked to "
        "regenerate the signature key of callback orders: it closed the connection. It may have "
        "taken effect. Run `pulumi up --refresh`." + MAKES_ANOTHER
    )
    assert service.calls() == ["PUT ens-regenerate -"] * 4
    assert service.key_of(managed.id) != managed.outputs["key"]
    service.emulator.clear_faults()
    rotated = keys.update(managed.id, managed.outputs, inputs)
    assert rotated.outputs["key"] == service.key_of(managed.id)
    assert rotated.outputs["previous_keys"] == [managed.outputs["key"]]


def test_a_first_key_that_is_always_lost_is_made_by_the_next_run(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """The failed attempt does not stand in the way of the next one in the same process."""
    service.emulator.add_fault(route=REGENERATE, do="status", status=503, times=None)
    assert service.labelled(refusal(keys.create, declared_key(orders))) == (
        "ens_provider.ServiceError: ENS could not regenerate the signature key of callback orders "
        "(503, errorcode 50300): Service Unavailable. Run `pulumi up` again." + MAKES_ANOTHER
    )
    service.emulator.clear_faults()
    created = keys.create(declared_key(orders))
    assert created.outputs["key"] == service.key_of(orders)


def test_a_refusal_says_that_nothing_was_changed_by_saying_nothing_of_it(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """A missing permission changes no key."""
    service.emulator.add_fault(route=REGENERATE, do="status", status=403)
    inputs = declared_key(managed.id, version="2")
    sentence = service.labelled(refusal(keys.update, managed.id, managed.outputs, inputs))
    assert sentence == (
        "ens_provider.PermissionDeniedError: ENS refused to regenerate the signature key of "
        "callback orders (403): Insufficient privileges to complete this action. Give the "
        "installed package the permission Event Notifications > Callbacks > Update (scope "
        "event_notification_callback_update) in Setup; a new token shows it after up to 5 minutes."
    )
    assert service.calls() == ["PUT ens-regenerate 403"]
    assert service.key_of(managed.id) == managed.outputs["key"]


@pytest.mark.parametrize("status", ["unverified", "created", ""])
def test_an_unverified_callback_that_gets_no_key_is_waited_for(
    keys: ResourceType, service: Service, orders: str, status: str
) -> None:
    """The sentence says how to wait for the verification; afterwards it works."""
    service.emulator.set_switches(regenerate_unverified="400", unverified_status=status)
    inputs = declared_key(orders)
    for _ in range(2):
        assert service.labelled(refusal(keys.create, inputs)) == UNVERIFIED.format(status=status)
        assert service.calls() == ["PUT ens-regenerate 400", "GET ens-callbacks/orders 200"]
    service.verify(orders)
    service.forget_calls()
    created = keys.create(inputs)
    assert service.calls() == ["PUT ens-regenerate 200"]
    assert created.outputs["key"] == service.key_of(orders)


def test_an_unverified_callback_that_does_not_show_yet_is_waited_for(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """For two minutes, after which the service's words are told as they are."""
    service.emulator.set_switches(regenerate_unverified="400")
    # What hides it is a fault, since reads lag for no longer than two minutes.
    service.emulator.add_fault(route=GET, do="status", status=404, times=2)
    looked = ["PUT ens-regenerate 400", "GET ens-callbacks/orders 404"]
    assert service.labelled(refusal(keys.create, declared_key(orders))) == (
        "ens_provider.NotYetVerified: ENS gives no new signature key to callback orders (Callback "
        "orders is not verified.), and does not show the callback; what it shows can lag two "
        "minutes behind. Run `pulumi up --refresh` if the callback was deleted."
    )
    assert service.calls() == looked
    service.emulator.move_clock(121)
    assert service.labelled(refusal(keys.create, declared_key(orders))) == (
        "ens_provider.BadRequestError: ENS refused to regenerate the signature key of callback "
        "orders (400, errorcode 30002): Callback orders is not verified. Correct what it names, "
        "then run `pulumi up` again."
    )
    assert service.calls() == looked


def test_a_rotation_of_an_unverified_callback_is_waited_for_as_well(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Such as one whose verification lapsed; the key stays what it was."""
    service.emulator.set_switches(regenerate_unverified="400")
    inputs = declared_key(managed.id, version="2")
    sentence = service.labelled(refusal(keys.update, managed.id, managed.outputs, inputs))
    assert sentence == UNVERIFIED.format(status="unverified")
    assert service.key_of(managed.id) == managed.outputs["key"]


def test_any_other_refusal_of_a_verified_callback_is_told_as_it_is(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """What was sent is not the reason that was thought of."""
    service.verify(orders)
    service.forget_calls()
    body = {"message": "no more keys today", "errorcode": 30001}
    service.emulator.add_fault(route=REGENERATE, do="status", status=400, body=body)
    assert service.labelled(refusal(keys.create, declared_key(orders))) == (
        "ens_provider.BadRequestError: ENS refused to regenerate the signature key of callback "
        "orders (400, errorcode 30001): no more keys today. Correct what it names, then run "
        "`pulumi up` again."
    )
    assert service.calls() == ["PUT ens-regenerate 400", "GET ens-callbacks/orders 200"]


def test_a_refusal_that_cannot_be_looked_into_is_told_by_the_look(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """Without it nobody knows whether waiting would help."""
    service.emulator.set_switches(regenerate_unverified="400")
    service.emulator.add_fault(route=GET, do="status", status=403)
    sentence = refusal(keys.create, declared_key(orders))
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to read callback ")


def test_a_callback_that_was_deleted_has_no_key(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """A rotation says so; the next refresh sees it too."""
    service.delete(managed.id)
    inputs = declared_key(managed.id, version="2")
    sentence = service.labelled(refusal(keys.update, managed.id, managed.outputs, inputs))
    assert sentence == GONE.format(subject="orders", mid="1234567")
    assert service.calls() == ["PUT ens-regenerate 404"]


def test_a_callback_that_never_was_has_no_key(keys: ResourceType, service: Service) -> None:
    """Such as a mistyped id."""
    # No answer of another test of this process named it.
    nowhere = service.label("00000000-0000-4000-8000-0000000000ff", "nowhere")
    sentence = service.labelled(refusal(keys.create, declared_key(nowhere)))
    assert sentence == GONE.format(subject="nowhere", mid="1234567")
    assert service.calls() == ["PUT ens-regenerate 404"]


def test_a_callback_of_another_unit_has_no_key(
    new_plugin: NewPlugin, service: Service, orders: str
) -> None:
    """Units do not know of each other; the sentence names the unit that was looked in."""
    before = service.key_of(orders)
    elsewhere = new_plugin(service=service.access(OTHER_MID)).of("SignatureKey")
    sentence = service.labelled(refusal(elsewhere.create, declared_key(orders)))
    assert sentence == GONE.format(subject="orders", mid=OTHER_MID)
    assert service.key_of(orders) == before


@pytest.mark.parametrize("account_id", [OTHER_MID, None], ids=["configured", "told"])
@pytest.mark.parametrize("method", ["update", "read"])
def test_a_key_of_another_unit_is_left_alone(
    new_plugin: NewPlugin, service: Service, managed: Created, method: str, account_id: str | None
) -> None:
    """It is neither rotated nor taken for gone."""
    service.emulator.set_client("client", client_secret="secret", mids=[int(OTHER_MID)])
    keys = new_plugin(service=service.access(account_id)).of("SignatureKey")
    if method == "update":
        inputs = declared_key(managed.id, version="2")
        sentence = refusal(keys.update, managed.id, managed.outputs, inputs)
    else:
        sentence = refusal(keys.read, managed.id, managed.outputs)
    assert service.labelled(sentence) == OTHER_UNIT
    asked = [] if account_id else ["POST token 200", "GET tokenContext 200"]
    assert service.calls() == asked
    assert service.key_of(managed.id) == managed.outputs["key"]


def test_two_resources_of_the_state_do_not_rotate_one_callback(
    keys: ResourceType, new_plugin: NewPlugin, service: Service, managed: Created
) -> None:
    """The second rotation of a run would make the first one's key void."""
    olds = {**declared_key(managed.id), **managed.outputs}
    later = new_plugin().of("SignatureKey")
    rotated = later.update(managed.id, olds, declared_key(managed.id, version="2"))
    service.forget_calls()

    twin = refusal(later.update, managed.id, olds, declared_key(managed.id, version="2"))

    assert service.labelled(twin) == TWICE
    assert service.calls() == []
    assert service.key_of(managed.id) == rotated.outputs["key"]


def test_a_second_resource_for_the_same_callback_makes_no_key(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """It would make the first one's key void, and nobody would notice before deliveries fail."""
    assert service.labelled(refusal(keys.create, declared_key(managed.id))) == TWICE
    assert service.calls() == []
    assert service.key_of(managed.id) == managed.outputs["key"]


def test_keys_of_two_callbacks_are_two(
    keys: ResourceType, service: Service, managed: Created
) -> None:
    """Only one and the same callback is too few for two."""
    mails = service.create("mails", "mails", "https://receiver.test/mails")
    created = keys.create(declared_key(mails))
    assert created.outputs["key"] == service.key_of(mails)
    assert managed.outputs["key"] == service.key_of(managed.id)


def test_declared_anew_in_a_later_process_it_is_a_new_key(
    keys: ResourceType, new_plugin: NewPlugin, service: Service, managed: Created
) -> None:
    """Such as after the resource was renamed: the key so far is handed in or void."""
    again = new_plugin().of("SignatureKey").create(declared_key(managed.id))
    assert again.outputs["key"] == service.key_of(managed.id) != managed.outputs["key"]
