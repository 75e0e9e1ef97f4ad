"""What a program registers with the engine, in its order, with what depends on what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.faults.receivers import TOKEN
from tests.faults.schedule import Declared, Program, Subscribed

_KEEP_PREVIOUS = 2


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What resources wait for, and how long.

    Attributes:
        seconds: The budget of what waits for an endpoint or a verification.
        verification_key_url: Where the receiver hands out keys.
    """

    seconds: int
    verification_key_url: str


@dataclass(frozen=True, kw_only=True)
class Ref:
    """An output of another resource; `id` is its id."""

    urn: str
    output: str


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A resource that a program registers.

    Attributes:
        kind: Its class, such as `SignatureKey`.
        urn: Kind and name.
        known_as: URNs that it had before.
        inputs: Its inputs; a `Ref` stands for what another resource computes.
        after: URNs of `depends_on`.
    """

    kind: str
    urn: str
    known_as: tuple[str, ...]
    inputs: dict[str, object] = field(repr=False)
    after: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The URNs of what it depends on."""
        refs = (value.urn for value in self.inputs.values() if isinstance(value, Ref))
        return tuple(dict.fromkeys((*refs, *self.after)))


def goals_of(program: Program, waiting: Waiting) -> list[Goal]:
    """Return what a program registers."""
    return [goal for one in program for goal in _of_callback(one, waiting)]


def urn_of(kind: str, resource: str) -> str:
    """Return the URN of a resource, as short as it can be here."""
    return f"{kind}::{resource}"


def _of_callback(one: Declared, waiting: Waiting) -> Iterator[Goal]:
    yield _goal("Callback", one, _callback_inputs(one, waiting))
    callback = urn_of("Callback", one.resource)
    source = Ref(urn=callback, output="id")
    if one.verification != "none":
        yield _goal("CallbackVerification", one, _verification(one, source, waiting))
        verification = urn_of("CallbackVerification", one.resource)
        source = Ref(urn=verification, output="callback_id")
    if one.key_version is not None:
        yield _goal("SignatureKey", one, _key(one, callback, source))
    key = (urn_of("SignatureKey", one.resource),) if one.key_version is not None else ()
    for subscribed in one.subscriptions:
        yield _subscription(subscribed, source, after=key)


def _goal(kind: str, one: Declared, inputs: dict[str, object]) -> Goal:
    known_as = tuple(urn_of(kind, name) for name in one.known_as)
    return Goal(kind=kind, urn=urn_of(kind, one.resource), known_as=known_as, inputs=inputs)


def _callback_inputs(one: Declared, waiting: Waiting) -> dict[str, object]:
    return {
        "url": one.url,
        "callback_name": one.name,
        "max_batch_size": one.batch,
        "on_existing": one.on_existing,
        "force_destroy": one.force_destroy,
        "probe_timeout_seconds": waiting.seconds,
    }


def _verification(one: Declared, source: Ref, waiting: Waiting) -> dict[str, object]:
    inputs: dict[str, object] = {"callback_id": source, "timeout_seconds": waiting.seconds}
    if one.verification == "self":
        return inputs
    return inputs | {
        "verification_key_url": waiting.verification_key_url,
        "verification_key_token": TOKEN,
    }


def _key(one: Declared, callback: str, source: Ref) -> dict[str, object]:
    inputs: dict[str, object] = {
        "callback_id": source,
        "version": str(one.key_version),
        "keep_previous": _KEEP_PREVIOUS,
    }
    if one.verification == "none":
        # As the resource's class does where it is given a callback.
        inputs["known_signature_key"] = Ref(urn=callback, output="signature_key")
    return inputs


def _subscription(one: Subscribed, source: Ref, *, after: tuple[str, ...]) -> Goal:
    return Goal(
        kind="Subscription",
        urn=urn_of("Subscription", one.resource),
        known_as=tuple(urn_of("Subscription", name) for name in one.known_as),
        inputs={
            "callback_id": source,
            "subscription_name": one.name,
            "event_category_types": list(one.events),
            "filters": list(one.filters),
            "paused": one.paused,
        },
        after=after,
    )
