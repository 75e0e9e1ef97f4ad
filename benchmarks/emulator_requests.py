"""How many requests a second the emulator answers on one core, and how many deliveries it makes.

A real emulator is asked over a few connections that stay open, and probes a real receiver over
TLS. What counts is the processor time of the emulator's own process, so that neither the client
nor the receiver, which share the machine with it, slows it down.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from statistics import median
from typing import Any

import aiohttp
import psutil

from benchmarks.figures import Figure
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.emulator.samples.catalogue import sample_event
from ens_provider.receiver.process import ReceiverProcess

_REPETITIONS = 5
_CONNECTIONS = 4
_CALLBACKS = "/platform/v1/ens-callbacks"
_SUBSCRIPTIONS = "/platform/v1/ens-subscriptions"
_TYPE = "TransactionalSendEvents.EmailSent"
_MOST_CALLBACKS = 500
_MOST_SUBSCRIPTIONS = 200

_Sending = Callable[[int], Awaitable[object]]
"""Sends the request of this number and waits for its answer."""


def measure(*, quick: bool) -> list[Figure]:
    """Return requests and deliveries per second of the emulator's processor time.

    Args:
        quick: Ask less often, for a few seconds in all: the figures are then good to a fifth.
    """
    with ReceiverProcess() as receiver:
        options = EmulatorOptions(resolve=receiver.resolve, ca_file=receiver.ca_file)
        with EmulatorProcess(options) as emulator:
            return asyncio.run(_measured(emulator, receiver, 100 if quick else 500))


async def _measured(
    emulator: EmulatorProcess, receiver: ReceiverProcess, requests: int
) -> list[Figure]:
    async with aiohttp.ClientSession(
        base_url=emulator.rest_url, connector=aiohttp.TCPConnector(limit=_CONNECTIONS)
    ) as session:
        bench = _Bench(emulator=emulator, receiver=receiver, session=session, requests=requests)
        await bench.authorize()
        return [
            *await _with_few_objects(bench),
            *await _with_many_callbacks(bench),
            *await _with_many_subscriptions(bench),
            await _deliveries(bench),
        ]


@dataclass(kw_only=True)
class _Bench:
    """An emulator, what asks it, and how often."""

    emulator: EmulatorProcess
    receiver: ReceiverProcess
    session: aiohttp.ClientSession
    requests: int
    numbers: Iterator[int] = field(default_factory=count)
    headers: dict[str, str] = field(default_factory=dict)

    async def authorize(self) -> None:
        """Ask for the token that goes with all requests from now on."""
        answered = await self.ask_token(0)
        self.headers = {"Authorization": f"Bearer {answered['access_token']}"}

    async def ask_token(self, _number: int) -> Any:
        """Ask for a token."""
        fields = {"grant_type": "client_credentials", "client_id": "client"}
        return await self.call("POST", "/v2/token", fields | {"client_secret": "secret"})

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and return the JSON of its answer.

        Raises:
            RuntimeError: It was refused.
        """
        async with self.session.request(method, path, json=body, headers=self.headers) as answer:
            content = await answer.read()
            if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
                raise RuntimeError(f"{method} {path} was answered {answer.status}: {content!r}")
            return await answer.json()

    async def create(self, _number: int = 0) -> str:
        """Create a callback, which the receiver is probed for, and return its id."""
        name = f"callback-{next(self.numbers)}"
        url = f"https://{self.receiver.options.host_names[0]}/{name}"
        [created] = await self.call("POST", _CALLBACKS, [{"callbackName": name, "url": url}])
        return str(created["callbackId"])

    async def subscribe(self, callback_id: str) -> None:
        """Add a subscription to a callback that is verified."""
        name = f"subscription-{next(self.numbers)}"
        fields = {
            "callbackId": callback_id,
            "subscriptionName": name,
            "eventCategoryTypes": [_TYPE],
        }
        await self.call("POST", _SUBSCRIPTIONS, [fields])

    async def rate(self, name: str, sending: _Sending, *, most: int | None = None) -> Figure:
        """Return how many of these requests the emulator answers on one core."""
        number = self.requests if most is None else min(self.requests, most)
        rates = [await self._rate_once(sending, number) for _ in range(_REPETITIONS)]
        return Figure(name=f"emulator: {name}", value=median(rates), unit="requests/s of a core")

    async def all_of(self, sending: _Sending, number: int) -> None:
        """Send so many requests over the connections that are open."""
        numbers = iter(range(number))

        async def one_connection() -> None:
            for each in numbers:
                await sending(each)

        await asyncio.gather(*(one_connection() for _ in range(_CONNECTIONS)))

    async def _rate_once(self, sending: _Sending, number: int) -> float:
        before = _processor_seconds(self.emulator.pid)
        await self.all_of(sending, number)
        return number / (_processor_seconds(self.emulator.pid) - before)


async def _with_few_objects(bench: _Bench) -> list[Figure]:
    bench.emulator.reset()
    await bench.authorize()
    callback_id = await bench.create()
    sizes = count()

    async def change(_number: int) -> object:
        size = 100 + next(sizes) % 900
        fields = {"callbackId": callback_id, "callbackName": "changed", "maxBatchSize": size}
        return await bench.call("PUT", _CALLBACKS, [fields])

    one = f"{_CALLBACKS}/{callback_id}"
    return [
        await bench.rate("a token", bench.ask_token),
        await bench.rate("GET one callback", _getting(bench, one)),
        await bench.rate("GET a list of 1 callback", _getting(bench, _CALLBACKS)),
        await bench.rate("PUT a callback", change),
    ]


async def _with_many_callbacks(bench: _Bench) -> list[Figure]:
    bench.emulator.reset()
    await bench.authorize()
    created = [await bench.create() for _ in range(_MOST_CALLBACKS // 5)]
    # The first creations are counted; the last ones only fill the list.
    creating = await bench.rate("POST a callback, with its probe", bench.create, most=80)
    await bench.all_of(bench.create, _MOST_CALLBACKS - len(bench.emulator.state()["callbacks"]))
    listing = await bench.rate(
        f"GET a list of {_MOST_CALLBACKS} callbacks", _getting(bench, _CALLBACKS)
    )
    one = await bench.rate(
        f"GET one of {_MOST_CALLBACKS} callbacks", _getting(bench, f"{_CALLBACKS}/{created[0]}")
    )
    return [creating, listing, one, await _deletions(bench)]


async def _deletions(bench: _Bench) -> Figure:
    ids = iter([each["callbackId"] for each in bench.emulator.state()["callbacks"]])

    async def delete(_number: int) -> object:
        return await bench.call("DELETE", f"{_CALLBACKS}/{next(ids)}")

    return await bench.rate("DELETE a callback", delete, most=_MOST_CALLBACKS // _REPETITIONS)


async def _with_many_subscriptions(bench: _Bench) -> list[Figure]:
    bench.emulator.reset()
    await bench.authorize()
    ids = [await _verified(bench) for _ in range(bench.requests * _REPETITIONS // 100 + 1)]
    subscribing = await bench.rate(
        "POST a subscription", lambda _: bench.subscribe(ids[next(bench.numbers) % len(ids)])
    )
    full = await _verified(bench)
    await bench.all_of(lambda _: bench.subscribe(full), _MOST_SUBSCRIPTIONS)
    path = f"/platform/v1/ens-subscriptions-by-cb/{full}"
    name = f"GET a list of {_MOST_SUBSCRIPTIONS} subscriptions"
    return [subscribing, await bench.rate(name, _getting(bench, path))]


async def _verified(bench: _Bench) -> str:
    callback_id = await bench.create()
    key = bench.receiver.verification_key(callback_id)
    fields = {"callbackId": callback_id, "verificationKey": key}
    await bench.call("POST", "/platform/v1/ens-verify", fields)
    return callback_id


async def _deliveries(bench: _Bench) -> Figure:
    bench.emulator.reset()
    await bench.authorize()
    live = bench.emulator.live_callback(f"https://{bench.receiver.options.host_names[0]}/live")
    bench.receiver.put_keys(live.callback_id, [live.signature_key])
    event = sample_event(_TYPE)

    async def happen(_number: int) -> object:
        return await bench.call("POST", "/_emulator/events", _for_one(event))

    rate = await bench.rate("", happen, most=100)
    _require_acknowledged(bench.emulator.deliveries())
    return Figure(
        name="emulator: deliveries of one event",
        value=rate.value,
        unit="deliveries/s of a core",
        note="Each with the request that lets its event happen.",
    )


def _for_one(event: Mapping[str, object]) -> dict[str, object]:
    return {"events": [event], "mid": 1234567}


def _require_acknowledged(deliveries: Sequence[Mapping[str, object]]) -> None:
    states = {str(each["state"]) for each in deliveries}
    if states != {"acknowledged"}:
        raise RuntimeError(f"Deliveries ended as {', '.join(sorted(states))}.")


def _getting(bench: _Bench, path: str) -> _Sending:
    return lambda _: bench.call("GET", path)


def _processor_seconds(pid: int) -> float:
    if sys.platform == "linux":
        # The number of the clock of a process's time, as clock_getcpuclockid(3) makes it: psutil
        # reads hundredths of a second, in which the emulator answers 60 requests.
        return time.clock_gettime(~pid << 3 | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
