"""Writes what a schedule declares as a Pulumi program, with the resources of `goals`.

The small engine knows names alone; here a resource also has a place. A callback that was renamed by
an edit with an odd number is moved instead: it, its verification and its key keep the slot's name,
and all that belongs to it lies in a component that has the new name. What is renamed after that
leaves the component again, or goes to another one. Aliases speak of the earlier places in the same
way, so that the same edit is a rename in some schedules and a move in others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.engine.programs import Code, arguments
from tests.faults.schedule import Declared, Program, Subscribed

WAITS_SECONDS = 2
"""The budget of what waits for an endpoint or a verification, in seconds of a clock on the wall."""

URN_PREFIX = "urn:pulumi:dev::shop::"
_KEEP_PREVIOUS = 2
_TYPES = "pulumi-python:dynamic/ens:"
_COMPONENTS = "shop:index:"
_RENAMED = re.compile(r"-[rw](\d+)$")
_URN = re.compile(
    rf"{URN_PREFIX}(?:{_COMPONENTS}(?P<component>[^$]+)\$)?{_TYPES}(?P<kind>\w+)::(?P<name>.+)"
)

_HEADER = """\
import os
import pulumi
import ens_provider as ens

class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__(f"shop:index:{name}", name)
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a callback stands in the program.

    Attributes:
        name: The name of the callback, its verification and its key there.
        component: The component around them; empty for none.
    """

    name: str
    component: str = ""


def place_of(slot: str, resource: str) -> Place:
    """Return where the callback of a slot stands while a schedule calls it `resource`."""
    renamed = _RENAMED.search(resource)
    if renamed and int(renamed[1]) % 2:
        return Place(name=slot, component=resource)
    return Place(name=resource)


def callback_urn(one: Declared) -> str:
    """Return the engine's URN of a callback."""
    place = place_of(one.slot, one.resource)
    around = f"{_COMPONENTS}{place.component}$" if place.component else ""
    return f"{URN_PREFIX}{around}{_TYPES}Callback::{place.name}"


def kind_and_resource(urn: str) -> tuple[str, str]:
    """Return the class of a URN's resource, and what schedules call it.

    Raises:
        ValueError: It is none of ours.
    """
    found = _URN.fullmatch(urn)
    if found is None:
        raise ValueError(f"no resource of a schedule has the URN {urn}")
    if found["component"] and found["kind"] != "Subscription":
        return found["kind"], found["component"]
    return found["kind"], found["name"]


def program_text(program: Program) -> str:
    """Return the text of `__main__.py`."""
    return "\n".join([_HEADER, *(line for one in program for line in _of_callback(one))]) + "\n"


def _of_callback(one: Declared) -> Iterator[str]:
    slot = one.slot
    place = place_of(slot, one.resource)
    if place.component:
        yield f"part_{slot} = Part({place.component!r})"
    opts = _options(one, place.name, names=())
    yield f"callback_{slot} = ens.Callback({arguments(place.name, _callback(one) | opts)})"
    yield f'pulumi.export("first_key_{slot}", callback_{slot}.signature_key)'
    source = Code(f"callback_{slot}")
    if one.verification != "none":
        inputs = _verification(one, source) | opts
        source = Code(f"verified_{slot}")
        yield f"{source} = ens.CallbackVerification({arguments(place.name, inputs)})"
    if one.key_version is not None:
        yield f"key_{slot} = ens.SignatureKey({arguments(place.name, _key(one, source) | opts)})"
        yield f'pulumi.export("key_{slot}", key_{slot}.key)'
    for subscribed in one.subscriptions:
        yield _subscription(one, subscribed, source)


def _callback(one: Declared) -> dict[str, object]:
    return {
        "url": one.url,
        "callback_name": one.name,
        "max_batch_size": one.batch,
        "on_existing": one.on_existing,
        "force_destroy": one.force_destroy,
        "probe_timeout_seconds": WAITS_SECONDS,
    }


def _verification(one: Declared, source: Code) -> dict[str, object]:
    inputs: dict[str, object] = {"callback_id": source, "timeout_seconds": WAITS_SECONDS}
    if one.verification == "self":
        return inputs
    return inputs | {
        "verification_key_url": Code("os.environ['VERIFICATION_KEY_URL']"),
        "verification_key_token": Code("os.environ['RECEIVER_TOKEN']"),
    }


def _key(one: Declared, source: Code) -> dict[str, object]:
    return {
        "callback_id": source,
        "version": str(one.key_version),
        "keep_previous": _KEEP_PREVIOUS,
    }


def _subscription(one: Declared, subscribed: Subscribed, source: Code) -> str:
    inputs: dict[str, object] = {
        "callback_id": source,
        "subscription_name": subscribed.name,
        "event_category_types": list(subscribed.events),
        "filters": list(subscribed.filters),
        "paused": subscribed.paused,
    }
    names = (subscribed.resource, *subscribed.known_as)
    after = one.key_version is not None
    opts = _options(one, subscribed.resource, names=names, after_key=after)
    return f"ens.Subscription({arguments(subscribed.resource, inputs | opts)})"


def _options(
    one: Declared, name: str, *, names: tuple[str, ...], after_key: bool = False
) -> dict[str, Code]:
    """Return `opts`: the parent, the aliases, and the key that comes first.

    Args:
        one: The callback.
        name: The name of the resource.
        names: The names that it has and had; none for those of the callback's own places.
        after_key: Whether the key of the callback comes first.
    """
    here = place_of(one.slot, one.resource)
    options = [f"parent=part_{one.slot}"] if here.component else []
    aliases = [
        _alias(known_as, place)
        for place in (here, *(place_of(one.slot, known) for known in one.known_as))
        for known_as in (names or (place.name,))
        if (known_as, place) != (name, here)
    ]
    options += [f"aliases=[{', '.join(aliases)}]"] if aliases else []
    options += [f"depends_on=[key_{one.slot}]"] if after_key else []
    return {"opts": Code(f"pulumi.ResourceOptions({', '.join(options)})")}


def _alias(name: str, place: Place) -> str:
    if not place.component:
        return f"pulumi.Alias(name={name!r}, parent=pulumi.ROOT_STACK_RESOURCE)"
    parent = f"{URN_PREFIX}{_COMPONENTS}{place.component}::{place.component}"
    return f"pulumi.Alias(name={name!r}, parent={parent!r})"
