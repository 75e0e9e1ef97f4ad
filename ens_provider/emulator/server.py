"""HTTP in and out: routes, checks in the platform's order, faults, latency, the call log."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl

from aiohttp import web

from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.access import STATED_LIFE_SECONDS, Grant
from ens_provider.emulator.administration import administration_routes, unknown_administration
from ens_provider.emulator.answers import Answer, error_answer, json_answer
from ens_provider.emulator.bodies import json_of
from ens_provider.emulator.call_log import Call
from ens_provider.emulator.event_administration import event_routes
from ens_provider.emulator.fault_effects import DroppedError, after_effect, before_effect
from ens_provider.emulator.faults import FaultBook
from ens_provider.emulator.operations import Incoming
from ens_provider.emulator.rate_limit import RateLimit, RateLimiter
from ens_provider.emulator.routes import ROUTE_KEYS, ROUTES, TOKEN_ROUTE, Route
from ens_provider.emulator.service import Service
from ens_provider.emulator.token_requests import checked

LARGEST_BODY_BYTES = 1024 * 1024
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_LOG = logging.getLogger("ens_provider.emulator")

Answering = Callable[[web.Request, Call], Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A service with what HTTP adds to it."""

    service: Service
    faults: FaultBook
    rate_limiter: RateLimiter
    latency_seconds: float = 0.0


def emulator_of(
    service: Service, *, latency_seconds: float = 0.0, rate_limit: RateLimit | None = None
) -> Emulator:
    """Return an emulator without faults."""
    return Emulator(
        service=service,
        faults=FaultBook(routes=ROUTE_KEYS),
        rate_limiter=RateLimiter(clock=service.ledger.clock.now, given=rate_limit),
        latency_seconds=latency_seconds,
    )


def application(emulator: Emulator) -> web.Application:
    """Return the web application that answers for the service and for its administration."""
    app = web.Application(client_max_size=LARGEST_BODY_BYTES)
    app.cleanup_ctx.append(_retrying(emulator))
    app.on_response_prepare.append(_date_of(emulator))
    method, path = TOKEN_ROUTE.split(" ")
    app.router.add_route(method, path, _handler(emulator, TOKEN_ROUTE, _token(emulator)))
    for route in ROUTES:
        handler = _handler(emulator, route.key, _operation(emulator, route))
        app.router.add_route(route.method, route.path, handler)
    app.router.add_routes(
        administration_routes(emulator.service, emulator.faults, emulator.rate_limiter)
    )
    app.router.add_routes(event_routes(emulator.service))
    # Before the service's own catch-all, whose requests are logged and limited.
    app.router.add_route("*", "/_emulator/{name:.*}", unknown_administration)
    app.router.add_route("*", "/{anything:.*}", _handler(emulator, "", _unknown_route))
    return app


def _retrying(emulator: Emulator) -> Callable[[web.Application], AsyncIterator[None]]:
    async def retry_while_served(_app: web.Application) -> AsyncIterator[None]:
        courier = emulator.service.dispatcher.courier
        running = asyncio.create_task(courier.run())
        yield
        running.cancel()
        courier.stop()

    return retry_while_served


def _date_of(
    emulator: Emulator,
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def set_date(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(emulator.service.ledger.clock.now(), usegmt=True)

    return set_date


def _handler(
    emulator: Emulator, key: str, answering: Answering
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = emulator.service.calls.begin(
            Call(
                kind="request",
                method=request.method,
                path=request.path,
                at=emulator.service.ledger.clock.now(),
            )
        )
        # Counted in the order of the call log, whatever the latency; tokens come from elsewhere.
        refusal = emulator.rate_limiter.refusal() if key != TOKEN_ROUTE else None
        await asyncio.sleep(emulator.latency_seconds)
        if refusal is not None:
            call.status = refusal.status
            return await _sent(request, error_answer(refusal))
        try:
            answer = await _with_faults(emulator, key, lambda: _guarded(answering, request, call))
        except DroppedError:
            # With something unread, the connection would be reset now and then, not closed.
            with suppress(web.HTTPRequestEntityTooLarge):
                await request.read()
            return _dropped(request)
        call.status = None if answer.truncated else answer.status
        return await _sent(request, answer)

    return handle


async def _with_faults(
    emulator: Emulator, key: str, answering: Callable[[], Awaitable[Answer]]
) -> Answer:
    striking = emulator.faults.striking(key)
    for fault in striking:
        if fault.when == "before" and (early := await before_effect(fault)) is not None:
            return early
    answer = await answering()
    for fault in striking:
        if fault.when == "after":
            answer = await after_effect(fault, answer)
    return answer


async def _guarded(answering: Answering, request: web.Request, call: Call) -> Answer:
    try:
        return await answering(request, call)
    except errors.ServiceError as error:
        return error_answer(error)
    except web.HTTPRequestEntityTooLarge:
        return error_answer(errors.body_too_large())
    except Exception:  # noqa: BLE001 -- logged with its traceback, answered with the service's 500
        _LOG.exception("The emulator failed on %s %s.", request.method, request.path)
        return error_answer(errors.internal_error())


def _operation(emulator: Emulator, route: Route) -> Answering:
    async def answer(request: web.Request, call: Call) -> Answer:
        grant = _grant(emulator.service, request)
        call.mid = grant.mid
        if route.scope and route.scope not in grant.scopes:
            raise errors.insufficient_privileges()
        for name in request.query:
            raise errors.bad_request(f"{name} is not a known query parameter.")
        incoming = Incoming(
            grant=grant,
            object_id=next(iter(request.match_info.values()), ""),
            body=await _json_body(request) if route.has_body else None,
        )
        return await route.operation(emulator.service, incoming)

    return answer


def _grant(service: Service, request: web.Request) -> Grant:
    if "access_token" in request.query:
        raise errors.not_authorized(errorcode=40004)
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = service.grant_of(token.strip()) if kind.lower() == "bearer" else None
    if grant is None:
        raise errors.not_authorized()
    return grant


async def _json_body(request: web.Request) -> object:
    if request.content_type != _JSON:
        raise errors.unsupported_media_type()
    return json_of(await request.read())


def _token(emulator: Emulator) -> Answering:
    async def answer(request: web.Request, call: Call) -> Answer:
        form = request.content_type == _FORM
        body = await _form_body(request) if form else await _json_body(request)
        granted = checked(
            body, clients=emulator.service.clients, now=emulator.service.ledger.clock.now()
        )
        call.mid = granted.mid
        return json_answer(
            200,
            {
                "access_token": emulator.service.issue_token(granted),
                "token_type": "Bearer",
                "expires_in": STATED_LIFE_SECONDS,
                "scope": " ".join(granted.scopes),
                "soap_instance_url": f"http://{request.host}/",
                "rest_instance_url": f"http://{request.host}/",
            },
        )

    return answer


async def _form_body(request: web.Request) -> object:
    text = (await request.read()).decode("utf-8", errors="replace")
    return dict(parse_qsl(text, keep_blank_values=True))


async def _unknown_route(request: web.Request, _call: Call) -> Answer:
    # A known path with another method ends here too: the documentation lists no 405.
    if request.path.startswith(("/platform/", "/v2/")):
        raise errors.not_found()
    raise errors.unknown_service()


async def _sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    body = answer.body.encode()
    headers = {"Content-Type": f"{_JSON}; charset=utf-8", **answer.headers}
    if not answer.truncated:
        return web.Response(status=answer.status, body=body, headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _close(request)
    return response


def _dropped(request: web.Request) -> web.StreamResponse:
    _close(request)
    return web.Response()


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
