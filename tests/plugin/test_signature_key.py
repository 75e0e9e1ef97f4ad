"""Making signature keys: the first, its rotations, and the keys that receivers still accept."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pytest

from tests.plugin.driver import Created, Plugin, ResourceType, declared, declared_key
from tests.plugin.service import MID, Service
from tests.plugin.subscriptions import Warned

KNOWN = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
ONE_CALL = ["PUT ens-regenerate 200"]


@pytest.fixture
def keys(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("SignatureKey")


@pytest.fixture
def orders(service: Service) -> str:
    """Give a callback; what creates it is not among the calls."""
    return service.create("orders")


class Rotations:
    """A declared key, its changes one after the other, and every key that it has had."""

    def __init__(self, keys: ResourceType, service: Service, inputs: dict[str, Any]) -> None:
        self.keys = keys
        self.service = service
        self.newest = keys.create(inputs)
        self.made = [self.newest.outputs["key"]]

    def change(self, **changes: Any) -> Created:
        """Declare something else; None removes an input."""
        outputs = ("key", "previous_keys", "fingerprint", "rotated_at", "mid")
        inputs = {
            name: value
            for name, value in {**self.newest.outputs, **changes}.items()
            if name not in outputs and value is not None
        }
        self.newest = self.keys.update(self.newest.id, self.newest.outputs, inputs)
        if self.newest.outputs["key"] != self.made[-1]:
            self.made.append(self.newest.outputs["key"])
        return self.newest

    @property
    def previous(self) -> list[str]:
        """The keys that receivers still accept, newest first."""
        found: list[str] = self.newest.outputs["previous_keys"]
        return found


def test_a_declared_key_is_a_new_one_by_one_call(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """It is what the service signs with from now on; nothing is read before or after."""
    of_creation = service.key_of(orders)
    inputs = declared_key(orders, version="1")
    created = keys.create(inputs)
    assert service.calls() == ONE_CALL
    key = service.key_of(orders)
    assert key != of_creation
    assert created.id == orders
    assert created.outputs == {
        **inputs,
        "key": key,
        "previous_keys": [],
        "fingerprint": hashlib.sha256(key.encode("ascii")).hexdigest()[:16],
        "rotated_at": created.outputs["rotated_at"],
        "mid": MID,
    }
    assert created.secrets == {"key", "previous_keys"}


def test_the_time_of_a_rotation_is_the_services(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """To within a minute, in UTC."""
    created = keys.create(declared_key(orders))
    service.emulator.move_clock(600)
    rotated = keys.update(orders, created.outputs, declared_key(orders, version="2"))
    moments = [
        datetime.strptime(bag.outputs["rotated_at"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
        for bag in (created, rotated)
    ]
    now = service.emulator.now()
    assert abs(moments[0] - (now - 600)) < 60
    assert abs(moments[1] - now) < 60


@pytest.mark.parametrize("verified", [True, False], ids=["verified", "unverified"])
def test_a_callback_may_have_a_key_before_and_after_its_verification(
    keys: ResourceType, service: Service, orders: str, verified: bool
) -> None:
    """By default the service makes no difference."""
    if verified:
        service.verify(orders)
        service.forget_calls()
    created = keys.create(declared_key(orders))
    assert service.calls() == ONE_CALL
    assert created.outputs["key"] == service.key_of(orders)


def test_another_version_rotates_in_one_call(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """The key so far becomes the first of the previous ones, and every output is there again."""
    created = keys.create(declared_key(orders, version="1"))
    service.forget_calls()
    inputs = declared_key(orders, version="2")
    rotated = keys.update(orders, created.outputs, inputs)
    assert service.calls() == ONE_CALL
    key = service.key_of(orders)
    assert key != created.outputs["key"]
    assert rotated.outputs == {
        **inputs,
        "key": key,
        "previous_keys": [created.outputs["key"]],
        "fingerprint": hashlib.sha256(key.encode("ascii")).hexdigest()[:16],
        "rotated_at": rotated.outputs["rotated_at"],
        "mid": MID,
    }
    assert rotated.secrets == {"key", "previous_keys"}


@pytest.mark.parametrize(
    ("before", "after"), [(None, "1"), ("1", None), ("1", "2"), ("2", "1"), ("a", "A")]
)
def test_any_change_of_the_version_rotates(
    keys: ResourceType, service: Service, orders: str, before: str | None, after: str | None
) -> None:
    """Also one that adds it, takes it away, or goes back."""
    given = {} if before is None else {"version": before}
    rotations = Rotations(keys, service, declared_key(orders, **given))
    service.forget_calls()
    rotated = rotations.change(version=after)
    assert service.calls() == ONE_CALL
    assert rotated.outputs["key"] == service.key_of(orders)
    assert rotated.outputs.get("version") == after
    assert rotations.previous == rotations.made[:1]


@pytest.mark.parametrize(
    ("keep", "kept"),
    [(0, []), (1, [3]), (2, [3, 2]), (3, [3, 2, 1]), (4, [3, 2, 1, 0]), (10, [3, 2, 1, 0])],
)
def test_so_many_keys_are_still_accepted(
    keys: ResourceType, service: Service, orders: str, keep: int, kept: list[int]
) -> None:
    """After four rotations: the newest ones first, never more than were made."""
    rotations = Rotations(keys, service, declared_key(orders, keep_previous=keep, version="0"))
    for version in ("1", "2", "3", "4"):
        rotations.change(version=version)
    assert len(set(rotations.made)) == 5
    assert rotations.made[-1] == service.key_of(orders)
    assert rotations.previous == [rotations.made[number] for number in kept]


@pytest.mark.parametrize(("keep", "kept"), [(2, [2, 1]), (1, [2]), (0, [])])
def test_keeping_fewer_forgets_at_once_without_a_call(
    keys: ResourceType, service: Service, orders: str, keep: int, kept: list[int]
) -> None:
    """A key that leaked is out of the way before the next rotation; the present one stays."""
    rotations = Rotations(keys, service, declared_key(orders, keep_previous=3, version="0"))
    for version in ("1", "2", "3"):
        before = rotations.change(version=version)
    service.forget_calls()
    after = rotations.change(keep_previous=keep)
    assert service.calls() == []
    assert rotations.previous == [rotations.made[number] for number in kept]
    changed = {"keep_previous": keep, "previous_keys": rotations.previous}
    assert after.outputs == {**before.outputs, **changed}
    assert after.secrets == {"key", "previous_keys"}


def test_keeping_more_brings_no_key_back(keys: ResourceType, service: Service, orders: str) -> None:
    """What was kept stays; what was forgotten is forgotten; later ones are kept longer."""
    rotations = Rotations(keys, service, declared_key(orders, keep_previous=1, version="0"))
    rotations.change(version="1")
    rotations.change(version="2")
    service.forget_calls()
    rotations.change(keep_previous=3)
    assert service.calls() == []
    assert rotations.previous == [rotations.made[1]]
    rotations.change(version="3")
    assert rotations.previous == [rotations.made[2], rotations.made[1]]


def test_a_rotation_that_forgets_everything_is_one_change(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """What to do about a leak: a new key, and none of the old ones."""
    rotations = Rotations(keys, service, declared_key(orders, version="0"))
    rotations.change(version="1")
    service.forget_calls()
    rotations.change(version="2", keep_previous=0)
    assert service.calls() == ONE_CALL
    assert rotations.previous == []
    assert rotations.newest.outputs["key"] == service.key_of(orders)


def test_a_known_key_is_the_first_of_the_previous_ones(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """Receivers of a callback that was taken over hold it: they go on accepting it."""
    created = keys.create(declared_key(orders, known_signature_key=KNOWN))
    assert created.outputs["previous_keys"] == [KNOWN]
    assert created.outputs["known_signature_key"] == KNOWN
    assert created.secrets == {"key", "previous_keys", "known_signature_key"}


def test_a_known_key_is_forgotten_in_its_turn(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """Though it stays among the inputs, which act at creation only."""
    inputs = declared_key(orders, known_signature_key=KNOWN, version="0")
    rotations = Rotations(keys, service, inputs)
    rotations.change(version="1")
    assert rotations.previous == [rotations.made[0], KNOWN]
    rotations.change(version="2")
    assert rotations.previous == [rotations.made[1], rotations.made[0]]
    assert rotations.newest.outputs["known_signature_key"] == KNOWN


def test_a_known_key_is_forgotten_at_once_if_none_is_kept(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """It may be why the new one is declared: because it leaked."""
    inputs = declared_key(orders, known_signature_key=KNOWN, keep_previous=0)
    assert keys.create(inputs).outputs["previous_keys"] == []


def test_the_key_of_creation_is_kept_as_a_known_key(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """What a program hands in by giving the Callback."""
    of_creation = service.key_of(orders)
    created = keys.create(declared_key(orders, known_signature_key=of_creation))
    assert created.outputs["previous_keys"] == [of_creation]


def test_a_key_is_listed_once(keys: ResourceType, service: Service, orders: str) -> None:
    """Also one that was handed in as known after it had been made here."""
    created = keys.create(declared_key(orders, version="1"))
    twice = {**created.outputs, "previous_keys": [created.outputs["key"], KNOWN, KNOWN]}
    rotated = keys.update(orders, twice, declared_key(orders, version="2"))
    assert rotated.outputs["previous_keys"] == [created.outputs["key"], KNOWN]


def test_a_change_without_another_version_makes_no_key(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """Nothing of it concerns the service, which is not called."""
    created = keys.create(declared_key(orders, version="1"))
    service.forget_calls()
    again = keys.update(orders, created.outputs, declared_key(orders, version="1"))
    assert again == created
    assert service.calls() == []


def test_a_number_is_as_good_a_version_as_its_text(
    keys: ResourceType, service: Service, orders: str
) -> None:
    """Check makes a text of it, so that writing it otherwise rotates nothing."""
    inputs, failures = keys.check(declared_key(orders, version=1))
    assert (inputs, failures) == (declared_key(orders, version="1"), [])


def test_key_that_leaves_while_its_callback_stays(
    plugin: Plugin, keys: ResourceType, service: Service, orders: str
) -> None:
    """Who removes the resource is told that ENS signs on with its key; with the callback it just goes."""
    stays = service.label("48b67f0e-5be8-4673-97e9-682c133f778c", "stays")
    goes = service.label("58b67f0e-5be8-4673-97e9-682c133f778c", "goes")
    made = keys.create(declared_key(orders))
    for id_ in (stays, orders):
        plugin.check(declared(), declared())
        plugin.diff(id_, {**declared(), "mid": MID, "changed_at": ""}, declared())
    warned = Warned(plugin, service)

    for id_ in (stays, goes, orders):
        keys.delete(id_, {**made.outputs, "callback_id": id_})

    assert warned.lines() == [
        (
            "The signature key of callback stays leaves the state, and ENS goes on signing with it: the "
            "signature_key of the callback itself is void. Declare a SignatureKey again, which makes a "
            "new key, unless receivers hold this one for good."
        )
    ]
