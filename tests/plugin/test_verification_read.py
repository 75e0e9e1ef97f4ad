"""Reading a verification: what lapsed is gone, what happened to the callback since is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Created, Plugin, ResourceType, declared_verification, refusal
from tests.plugin.service import GET, LIST, MID, OTHER_MID, URL, Service

GONE: tuple[Created, dict[str, Any]] = (Created(id="", outputs={}, secrets=frozenset()), {})
LISTED = ["GET ens-callbacks 200"]
SENTENCE = (
    "ens_provider.WrongBusinessUnit: The callback orders belongs to business unit 1234567, but the "
    "credentials are for business unit 7654321; nothing was changed. Use the credentials of 1234567 "
    "(client id, secret and accountId), or destroy the resource there before you move it."
)


@pytest.fixture
def verifications(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("CallbackVerification")


@pytest.fixture
def verified(verifications: ResourceType, service: Service) -> Created:
    """Give a verification of two minutes ago and a second."""
    orders = service.create("orders")
    key = service.verification_key_of(orders)
    created = verifications.create(declared_verification(orders, verification_key=key))
    service.emulator.move_clock(121)
    service.forget_calls()
    return created


def _inputs(created: Created) -> dict[str, Any]:
    outputs = ("status", "verified_at", "mid", "unverified_status")
    return {name: value for name, value in created.outputs.items() if name not in outputs}


def _shown(service: Service, created: Created, status: str, reason: str = "none") -> None:
    """Let the next list show the callback with that status, as the service might."""
    orders = {"callbackId": created.id, "callbackName": "orders", "url": URL}
    body = [{**orders, "maxBatchSize": 1000, "status": status, "statusReason": reason}]
    service.emulator.add_fault(route=LIST, do="status", status=200, body=body)


def test_without_a_change_the_answer_is_the_state(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """One list; outputs and declared inputs come back as they are, the key as a secret."""
    assert verifications.read(verified.id, verified.outputs) == (verified, _inputs(verified))
    assert verifications.read_secrets(verified.id, verified.outputs) == {"verification_key"}
    assert service.calls() == LISTED


@pytest.mark.parametrize("status", ["unverified", "created", "", "Unverified"])
def test_a_callback_that_is_unverified_again_has_no_verification(
    verifications: ResourceType, service: Service, verified: Created, status: str
) -> None:
    """Each word for it that is thought of counts, in whatever case."""
    _shown(service, verified, status)
    assert verifications.read(verified.id, verified.outputs) == GONE
    assert service.calls() == LISTED


def test_the_status_that_was_seen_before_the_verification_counts_as_well(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """Nobody has published it; what this resource saw itself is proof."""
    seen = {**verified.outputs, "unverified_status": "awaiting-verification"}
    _shown(service, verified, "awaiting-verification")
    assert verifications.read(verified.id, seen) == GONE


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("none", ", reason 'none'"),
        ("max retries exhausted", ", reason 'max retries exhausted'"),
        ("", ""),
    ],
)
def test_a_suspension_keeps_it_and_is_shown_with_a_warning(
    new_plugin: NewPlugin, service: Service, verified: Created, reason: str, told: str
) -> None:
    """A key works once: verifying again could not end a suspension."""
    plugin = new_plugin()
    _shown(service, verified, "suspended", reason)
    read, inputs = plugin.of("CallbackVerification").read(verified.id, verified.outputs)
    assert read == replace(verified, outputs={**verified.outputs, "status": "suspended"})
    assert inputs == _inputs(verified)
    [line] = plugin.log_text().splitlines()
    assert service.labelled(line) == (
        f"Callback 'orders' (id orders, {URL}) was verified, but ENS shows its status as "
        f"'suspended'{told}: it may not be delivered to. Look at it in Setup > URL Callbacks."
    )


def test_a_status_that_was_not_the_one_before_is_no_lapse(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """What was not seen before the verification may be anything."""
    _shown(service, verified, "awaiting-verification")
    read, _ = verifications.read(verified.id, verified.outputs)
    assert read.outputs["status"] == "awaiting-verification"


def test_a_suspension_that_is_over_is_shown_without_a_warning(
    new_plugin: NewPlugin, service: Service, verified: Created
) -> None:
    """The state's status follows the service's."""
    plugin = new_plugin()
    suspended = {**verified.outputs, "status": "suspended"}
    read, _ = plugin.of("CallbackVerification").read(verified.id, suspended)
    assert read == verified
    assert plugin.log_text() == ""


def test_a_deleted_callback_takes_it_along_with_proof(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """Absent from the list, and its own address answers 404."""
    service.delete(verified.id)
    assert verifications.read(verified.id, verified.outputs) == GONE
    assert service.calls() == [*LISTED, "GET ens-callbacks/orders 404", *LISTED]


def test_absent_from_the_list_alone_is_no_proof(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """What answers by its id is there, with the status of that answer."""
    service.emulator.add_fault(route=LIST, do="status", status=200, body=[])
    assert verifications.read(verified.id, verified.outputs)[0] == verified
    assert service.calls() == [*LISTED, "GET ens-callbacks/orders 200"]


def test_a_look_by_id_that_is_refused_drops_nothing(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """Anything but 404 is an error, not an absence."""
    service.delete(verified.id)
    service.emulator.add_fault(route=GET, do="status", status=403)
    sentence = refusal(verifications.read, verified.id, verified.outputs)
    assert sentence.startswith("ens_provider.PermissionDeniedError: ENS refused to read callback ")


@pytest.mark.parametrize("happened", ["unverified", "deleted", "suspended"])
def test_within_two_minutes_of_the_verification_the_state_wins(
    verifications: ResourceType, service: Service, happened: str
) -> None:
    """Lists lag: what they show of that time may be from before."""
    orders = service.create("orders")
    key = service.verification_key_of(orders)
    created = verifications.create(declared_verification(orders, verification_key=key))
    service.forget_calls()
    service.emulator.move_clock(110)
    if happened == "deleted":
        service.delete(orders)
    else:
        _shown(service, created, happened)
    assert verifications.read(created.id, created.outputs) == (created, _inputs(created))
    assert service.calls() == LISTED


@pytest.mark.parametrize("lag", [5, 119])
def test_lists_that_lag_behind_the_verification_drop_nothing(
    plugin: Plugin, verifications: ResourceType, service: Service, lag: int
) -> None:
    """A verification that no list shows yet stays in the state."""
    orders = service.create("orders")
    service.emulator.move_clock(121)
    service.emulator.set_switches(propagation_seconds=lag)
    key = service.verification_key_of(orders)
    created = verifications.create(declared_verification(orders, verification_key=key))
    assert verifications.read(created.id, created.outputs)[0] == created
    service.emulator.move_clock(121)
    _make_lists_stale(plugin)
    assert verifications.read(created.id, created.outputs)[0] == created


def _make_lists_stale(plugin: Plugin) -> None:
    gone = {"callback_name": "-", "url": "https://receiver.test/-", "mid": MID}
    plugin.delete("00000000-0000-4000-8000-000000000000", gone)


def test_callbacks_and_their_verifications_share_one_list(
    plugin: Plugin, verifications: ResourceType, service: Service, verified: Created
) -> None:
    """A refresh of both is one call."""
    known = {"callback_name": "orders", "url": URL, "max_batch_size": 1000, "mid": MID}
    plugin.read(verified.id, {**known, "changed_at": "", "signature_key": "a2V5"})
    verifications.read(verified.id, verified.outputs)
    assert service.calls() == LISTED


def test_a_verification_is_a_write_that_makes_lists_stale(
    verifications: ResourceType, service: Service, verified: Created
) -> None:
    """A list from before it serves no read after it."""
    verifications.read(verified.id, verified.outputs)
    mails = service.create("mails", "mails", "https://receiver.test/mails")
    key = service.verification_key_of(mails)
    verifications.create(declared_verification(mails, verification_key=key))
    verifications.read(verified.id, verified.outputs)
    assert service.calls() == [*LISTED, "POST ens-verify 200", *LISTED]


def test_another_business_unit_that_is_configured_makes_no_call(
    new_plugin: NewPlugin, service: Service, verified: Created
) -> None:
    """Its list would not show the callback, which would look like a deletion."""
    elsewhere = new_plugin(service=service.access(OTHER_MID)).of("CallbackVerification")
    sentence = service.labelled(refusal(elsewhere.read, verified.id, verified.outputs))
    assert sentence == SENTENCE
    assert service.calls() == []


def test_another_business_unit_that_the_service_tells_is_compared_as_well(
    new_plugin: NewPlugin, service: Service, verified: Created
) -> None:
    """Without an account id the token's own unit counts."""
    service.emulator.set_client("client", client_secret="secret", mids=[int(OTHER_MID)])
    elsewhere = new_plugin(service=service.access(None)).of("CallbackVerification")
    sentence = service.labelled(refusal(elsewhere.read, verified.id, verified.outputs))
    assert sentence == SENTENCE
    assert service.calls() == ["POST token 200", "GET tokenContext 200"]
