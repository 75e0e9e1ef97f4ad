"""A schedule as data: a stack program, what is done to it, and what goes wrong meanwhile.

Everything here is a frozen value that a seed makes and that shrinking takes apart; nothing acts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

EMAIL_SENT = "TransactionalSendEvents.EmailSent"
EMAIL_BOUNCED = "TransactionalSendEvents.EmailBounced"
SMS_SENT = "TransactionalSendEvents.SmsSent"

HOST = "hooks.test"
SELF_VERIFYING = "/self/"
"""An endpoint below this path verifies its callback itself, before it answers the probe."""


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """A `Subscription` of a program.

    Attributes:
        resource: Its name in the program.
        known_as: Names that it had before, given as `aliases`.
        name: Its name in Marketing Cloud.
        events: The event types.
        filters: ``name=value`` texts.
        paused: Whether its events are dropped.
    """

    resource: str
    name: str
    known_as: tuple[str, ...] = ()
    events: tuple[str, ...] = (EMAIL_SENT,)
    filters: tuple[str, ...] = ()
    paused: bool = False


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A `Callback` of a program, and what the program hangs on it.

    Attributes:
        slot: What edits call it, whatever its names are: `a`, `b`, `c`.
        resource: Its name in the program; verification and key share it.
        known_as: Names that it had before, given as `aliases`.
        name: Its name in Marketing Cloud.
        path: The path of its URL; the host is `HOST`.
        batch: `max_batch_size`.
        on_existing: As the input of that name.
        force_destroy: As the input of that name.
        verification: `receiver` (a key from the receiver), `self` (the endpoint does it) or `none`.
        key_version: `version` of its `SignatureKey`; None declares none.
        subscriptions: Its subscriptions; only a verified callback has some.
    """

    slot: str
    resource: str
    name: str
    path: str
    known_as: tuple[str, ...] = ()
    batch: int = 1000
    on_existing: str = "adopt"
    force_destroy: bool = False
    verification: str = "receiver"
    key_version: int | None = 1
    subscriptions: tuple[Subscribed, ...] = ()

    @property
    def url(self) -> str:
        """The declared URL."""
        return f"https://{HOST}{self.path}"


Program = tuple[Declared, ...]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of the program.

    Attributes:
        what: One of `EDITS`.
        slot: The callback that it is about.
        number: Makes new names and values differ from earlier ones.
    """

    what: str
    slot: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with calls of a route, in the emulator's terms; `named` is its kind."""

    named: str
    route: str
    when: str
    fields: Mapping[str, object] = field(default_factory=dict)
    nth: int = 1
    times: int = 1

    def scripted(self) -> dict[str, object]:
        """Return the fields that the emulator is given."""
        where = {"route": self.route, "when": self.when, "nth": self.nth, "times": self.times}
        return {**where, **self.fields}


@dataclass(frozen=True, kw_only=True)
class Kill:
    """What ends a run in the middle, while the n-th call of a route is on its way.

    Attributes:
        what: `interrupt` (Ctrl-C once), `interrupt-twice`, `cli` (SIGKILL; the plugin lives on), or
            `plugin` (SIGKILL).
        route: The route whose call is held at that moment.
        when: `before` or `after` the call takes effect.
        nth: Which call of the route.
    """

    what: str
    route: str
    when: str
    nth: int = 1


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One step of a schedule.

    Attributes:
        do: `up`, `up-refresh`, `refresh`, `destroy`, or one of `OUTSIDE` by somebody else.
        edit: A change of the program before it.
        slot: The callback that somebody else lays hands on.
        later: Seconds that pass before it.
        receiver: How the endpoints behave meanwhile; one of `RECEIVERS`.
        faults: What goes wrong meanwhile.
        kill: What ends it in the middle.
    """

    do: str
    edit: Edit | None = None
    slot: str = "a"
    later: int = 0
    receiver: str = "ok"
    faults: tuple[Fault, ...] = ()
    kill: Kill | None = None


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A seed's program, operations and faults.

    Attributes:
        seed: The seed that made it.
        program: What is declared at first.
        operations: What happens, in order.
        lag: Seconds by which reads lag behind writes.
        later: Seconds that pass before the first `up --refresh` after all of it.
    """

    seed: int
    program: Program
    operations: tuple[Operation, ...]
    lag: int = 0
    later: int = 0


RECEIVERS = ("ok", "slow", "down", "hangs-up", "201", "301", "500", "bad-certificate", "late")
OUTSIDE = (
    "delete-callback",
    "delete-subscription",
    "resize-callback",
    "pause-subscription",
    "edit-subscription",
    "add-subscription",
)


def edited(program: Program, edit: Edit) -> Program:
    """Return the program with a change; one of what is not there changes nothing."""
    if edit.what == "add":
        known = {each.slot for each in program}
        return program if edit.slot in known else (*program, added(edit.slot, edit.number))
    if edit.what == "remove":
        return tuple(each for each in program if each.slot != edit.slot)
    change = EDITS[edit.what]
    return tuple(change(each, edit.number) if each.slot == edit.slot else each for each in program)


def added(slot: str, number: int) -> Declared:
    """Return a callback that joins a program."""
    name = f"shop-dev-{slot}{number}"
    subscription = Subscribed(resource=f"{slot}-sent", name=f"{name}-sent")
    return Declared(
        slot=slot,
        resource=f"{slot}{number}",
        name=name,
        path=f"/{slot}{number}",
        subscriptions=(subscription,),
    )


def _rename_resource(one: Declared, number: int) -> Declared:
    known_as = (*one.known_as, one.resource)
    return replace(one, resource=f"{one.slot}-r{number}", known_as=known_as)


def _rename_resource_without_aliases(one: Declared, number: int) -> Declared:
    return replace(one, resource=f"{one.slot}-w{number}", known_as=())


def _move_url(one: Declared, number: int) -> Declared:
    below = SELF_VERIFYING if one.verification == "self" else "/"
    return replace(one, path=f"{below}{one.slot}-u{number}")


def _rotate(one: Declared, number: int) -> Declared:
    return replace(one, key_version=number + 1)


def _add_subscription(one: Declared, number: int) -> Declared:
    if one.verification == "none":
        return one
    name = f"{one.slot}-s{number}"
    more = Subscribed(resource=name, name=f"shop-dev-{name}", filters=("definitionKey=welcome",))
    return replace(one, subscriptions=(*one.subscriptions, more))


def _first_subscription(
    change: Callable[[Subscribed, int], Subscribed],
) -> Callable[[Declared, int], Declared]:
    def changed(one: Declared, number: int) -> Declared:
        if not one.subscriptions:
            return one
        first, *others = one.subscriptions
        return replace(one, subscriptions=(change(first, number), *others))

    return changed


def _edit_subscription(one: Subscribed, number: int) -> Subscribed:
    kinds = ((EMAIL_SENT, EMAIL_BOUNCED), (SMS_SENT,), (EMAIL_SENT,))
    filters = (f"definitionKey=k{number}",) if number % 2 else ()
    return replace(one, events=kinds[number % len(kinds)], filters=filters)


def _pause(one: Subscribed, _: int) -> Subscribed:
    return replace(one, paused=not one.paused)


def _rename_subscription(one: Subscribed, number: int) -> Subscribed:
    return replace(one, resource=f"{one.resource.split('~')[0]}~{number}", known_as=(one.resource,))


def _rename_subscription_without_aliases(one: Subscribed, number: int) -> Subscribed:
    return replace(one, resource=f"{one.resource.split('~')[0]}~{number}", known_as=())


def _name_subscription(one: Subscribed, number: int) -> Subscribed:
    return replace(one, name=f"{one.resource}-n{number}")


EDITS: dict[str, Callable[[Declared, int], Declared]] = {
    "resize": lambda one, number: replace(one, batch=100 + number * 10),
    "rename-callback": lambda one, number: replace(one, name=f"shop-dev-{one.slot}-n{number}"),
    "move-url": _move_url,
    "rotate": _rotate,
    "rename-resource": _rename_resource,
    "rename-resource-without-aliases": _rename_resource_without_aliases,
    "force-destroy": lambda one, _: replace(one, force_destroy=not one.force_destroy),
    "on-existing": lambda one, number: replace(
        one, on_existing=("rotate", "adopt", "fail")[number % 3]
    ),
    "add-subscription": _add_subscription,
    "drop-subscription": lambda one, _: replace(one, subscriptions=one.subscriptions[1:]),
    "edit-subscription": _first_subscription(_edit_subscription),
    "pause-subscription": _first_subscription(_pause),
    "rename-subscription": _first_subscription(_rename_subscription),
    "rename-subscription-without-aliases": _first_subscription(
        _rename_subscription_without_aliases
    ),
    "name-subscription": _first_subscription(_name_subscription),
}
"""The changes of a callback that is declared, by name; `add` and `remove` come beside them."""
