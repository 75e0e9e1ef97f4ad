"""Makes a schedule from a seed: the same one on every machine and for both levels."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.faults.schedule import (
    EDITS,
    EMAIL_BOUNCED,
    EMAIL_SENT,
    OUTSIDE,
    RECEIVERS,
    SELF_VERIFYING,
    Declared,
    Edit,
    Fault,
    Kill,
    Operation,
    Program,
    Schedule,
    Subscribed,
)
from tests.plugin import service

ROUTES = (
    service.CREATE,
    service.LIST,
    service.GET,
    service.PUT,
    service.DELETE,
    service.VERIFY,
    service.REGENERATE,
    service.SUBSCRIBE,
    service.SUBSCRIPTIONS,
    service.SUBSCRIPTION,
    service.PUT_SUBSCRIPTION,
    service.UNSUBSCRIBE,
    service.TOKEN,
)
# What changes something is where something can be lost.
_WEIGHTS = (6, 2, 2, 3, 4, 3, 3, 4, 2, 1, 3, 3, 1)
# A new key that takes effect after the client has given up and made another one is a key that
# nobody knows, and nothing that the service shows tells of it.
_MAY_COME_LATE = tuple(route for route in ROUTES if route != service.REGENERATE)

_BRINGING_UP = (service.CREATE, service.VERIFY, service.REGENERATE, service.SUBSCRIBE)
_TAKING_DOWN = (service.UNSUBSCRIBE, service.DELETE)
_READING = (service.LIST, service.SUBSCRIPTIONS, service.SUBSCRIPTION, service.GET)
_CALLED_FOR = {
    "resize": (service.PUT,),
    "rotate": (service.REGENERATE,),
    "rename-callback": (*_TAKING_DOWN, *_BRINGING_UP),
    "move-url": (*_TAKING_DOWN, *_BRINGING_UP),
    "add": _BRINGING_UP,
    "remove": _TAKING_DOWN,
    "add-subscription": (service.SUBSCRIBE,),
    "drop-subscription": (service.UNSUBSCRIBE,),
    "edit-subscription": (service.PUT_SUBSCRIPTION,),
    "pause-subscription": (service.PUT_SUBSCRIPTION,),
    "name-subscription": (service.PUT_SUBSCRIPTION,),
    "rename-subscription-without-aliases": (service.SUBSCRIBE, service.UNSUBSCRIBE),
    "rename-resource-without-aliases": (
        service.CREATE,
        service.LIST,
        service.SUBSCRIPTIONS,
        service.PUT,
        service.REGENERATE,
    ),
}
"""The routes that an edit needs: a fault on another one seldom strikes."""

_ON_THE_ROUTES_CALLED_FOR = 0.75

# Who says of a list or of a deletion again and again that nothing is there is believed.
_BELIEVED_IN_THE_END = (service.LIST, service.DELETE, service.UNSUBSCRIBE)

HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
LATE_SECONDS = 2.4
"""Longer than a forked plugin waits for an answer."""

_KINDS: dict[str, dict[str, object]] = {
    "drop": {"do": "drop"},
    "timeout": {"do": "delay", "seconds": LATE_SECONDS},
    "401": {"do": "status", "status": 401},
    "403": {"do": "status", "status": 403},
    "404": {"do": "status", "status": 404},
    "409": {"do": "status", "status": 409},
    "429": {"do": "status", "status": 429},
    "429-retry-after": {"do": "status", "status": 429, "headers": {"Retry-After": "1"}},
    "500": {"do": "status", "status": 500},
    "502-html": {
        "do": "status",
        "status": 502,
        "body": HTML,
        "headers": {"Content-Type": "text/html"},
    },
    "503": {"do": "status", "status": 503},
    "truncated": {"do": "truncate"},
    "empty-body": {"do": "body", "body": ""},
}
_KIND_WEIGHTS = (6, 0.4, 2, 2, 3, 2, 2, 0.4, 4, 2, 3, 3, 3)
_OF_ANSWERS = frozenset({"truncated", "empty-body"})


def schedule_of(seed: int) -> Schedule:
    """Return the schedule of a seed."""
    return _Generator(seed).schedule()


class _Generator:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seed = seed
        self._numbers = 0

    def schedule(self) -> Schedule:
        program = self._program()
        return Schedule(
            seed=self._seed,
            program=program,
            operations=tuple(self._operations([one.slot for one in program])),
            lag=self._random.choices((0, 30, 110), (8, 1, 1))[0],
            later=self._random.choice((0, 0, 5, 121)),
        )

    def _program(self) -> Program:
        count = self._random.choices((1, 2, 3), (5, 3, 1))[0]
        return tuple(self._declared(slot) for slot in "abc"[:count])

    def _declared(self, slot: str) -> Declared:
        verification = self._random.choices(("receiver", "self", "none"), (6, 2, 1))[0]
        subscribed = () if verification == "none" else self._subscriptions(slot)
        return Declared(
            slot=slot,
            resource=slot,
            name=f"shop-dev-{slot}",
            path=f"{SELF_VERIFYING if verification == 'self' else '/'}{slot}",
            batch=self._random.choice((100, 500, 1000)),
            on_existing=self._random.choices(("adopt", "rotate", "fail"), (5, 3, 1))[0],
            force_destroy=self._random.random() < 0.3,
            verification=verification,
            key_version=self._random.choice((1, 1, None)),
            subscriptions=subscribed,
        )

    def _subscriptions(self, slot: str) -> tuple[Subscribed, ...]:
        return tuple(
            Subscribed(
                resource=f"{slot}-{kind}",
                name=f"shop-dev-{slot}-{kind}",
                events=events,
                filters=self._random.choice(((), ("definitionKey=welcome",))),
                paused=self._random.random() < 0.15,
            )
            for kind, events in (("sent", (EMAIL_SENT,)), ("bounced", (EMAIL_BOUNCED, EMAIL_SENT)))
            if self._random.random() < 0.7
        )

    def _operations(self, slots: list[str]) -> list[Operation]:
        first = self._laid_over(Operation(do="up"))
        return [first, *(self._operation(slots) for _ in range(self._random.randint(1, 5)))]

    def _operation(self, slots: list[str]) -> Operation:
        do = self._random.choices(
            ("up", "up-refresh", "refresh", "destroy", "outside"), (10, 4, 1, 1, 4)
        )[0]
        slot = self._random.choice(slots)
        later = self._random.choices((0, 3, 121, 5 * 3600), (6, 3, 3, 0.5))[0]
        if do == "outside":
            return Operation(do=self._random.choice(OUTSIDE), slot=slot, later=later)
        edits = do in {"up", "up-refresh"} and self._random.random() < 0.85
        edit = self._edit(slots) if edits else None
        return self._laid_over(Operation(do=do, edit=edit, slot=slot, later=later))

    def _edit(self, slots: list[str]) -> Edit:
        self._numbers += 1
        what = self._random.choice((*EDITS, "move-url", "rename-callback", "add", "remove"))
        slot = self._random.choice("abc" if what == "add" else slots)
        return Edit(what=what, slot=slot, number=self._numbers)

    def _laid_over(self, operation: Operation) -> Operation:
        receiver = "ok" if self._random.random() < 0.75 else self._random.choice(RECEIVERS[1:])
        count = self._random.choices((0, 1, 2, 3), (3, 4, 2, 1))[0]
        return replace(
            operation,
            receiver=receiver,
            faults=_without_repeated_lies([self._fault(operation) for _ in range(count)]),
            kill=self._kill(operation) if self._random.random() < 0.3 else None,
        )

    def _route(self, operation: Operation) -> str:
        likely = _called_for(operation)
        if likely and self._random.random() < _ON_THE_ROUTES_CALLED_FOR:
            return self._random.choice(likely)
        return self._random.choices(ROUTES, _WEIGHTS)[0]

    def _fault(self, operation: Operation) -> Fault:
        named = self._random.choices(tuple(_KINDS), _KIND_WEIGHTS)[0]
        route = self._route(operation)
        when = "after" if named in _OF_ANSWERS else self._random.choice(("before", "after"))
        if named == "timeout" and route not in _MAY_COME_LATE:
            when = "after"
        times = self._random.choices((1, 2, 6), (6, 1, 1))[0]
        return Fault(
            named=named,
            route=route,
            when=when,
            fields=_KINDS[named],
            nth=self._random.choices((1, 2, 3), (5, 2, 1))[0],
            times=1 if named == "404" and route in _BELIEVED_IN_THE_END else times,
        )

    def _kill(self, operation: Operation) -> Kill:
        return Kill(
            what=self._random.choice(("interrupt", "interrupt-twice", "cli", "plugin")),
            route=self._route(operation),
            when=self._random.choice(("before", "after")),
            nth=self._random.choices((1, 2, 3), (5, 2, 1))[0],
        )


def _called_for(operation: Operation) -> tuple[str, ...]:
    """Return the routes that an operation is likely to need."""
    if operation.do == "destroy":
        return _TAKING_DOWN
    if operation.do == "refresh":
        return _READING
    reading = _READING[:2] if operation.do == "up-refresh" else ()
    if operation.edit is None:
        return (*reading, *_BRINGING_UP)
    return (*reading, *_CALLED_FOR.get(operation.edit.what, ()))


def _without_repeated_lies(faults: list[Fault]) -> tuple[Fault, ...]:
    lies = {(fault.route, fault.named): fault for fault in faults}
    believed = [("404", route) for route in _BELIEVED_IN_THE_END]
    return tuple(
        fault
        for fault in faults
        if (fault.named, fault.route) not in believed or lies[fault.route, fault.named] is fault
    )
