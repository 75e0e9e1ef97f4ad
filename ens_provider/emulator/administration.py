"""The emulator's own routes under `/_emulator`, for tests and people."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from ens_provider.emulator import wire
from ens_provider.emulator.access import SCOPES, APIClient
from ens_provider.emulator.admin_answers import RefusedError, answering, require_fields
from ens_provider.emulator.faults import FaultBook, UnknownFaultError
from ens_provider.emulator.rate_limit import RateLimiter, UnknownRateLimitError
from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.service import Service
from ens_provider.emulator.switches import UnknownSwitchError


def administration_routes(
    service: Service, faults: FaultBook, rate_limiter: RateLimiter
) -> list[web.RouteDef]:
    """Return the routes; none of their requests is in the call log, or limited."""
    admin = _Administration(service, faults, rate_limiter)
    return [
        web.route(method, f"/_emulator/{name}", answering(handler))
        for method, name, handler in (
            ("GET", "state", admin.state),
            ("GET", "calls", admin.calls),
            ("DELETE", "calls", admin.clear_calls),
            ("GET", "switches", admin.switches),
            ("PUT", "switches", admin.set_switches),
            ("GET", "faults", admin.faults),
            ("POST", "faults", admin.add_fault),
            ("DELETE", "faults", admin.clear_faults),
            ("GET", "rate_limit", admin.rate_limit),
            ("PUT", "rate_limit", admin.set_rate_limit),
            ("DELETE", "rate_limit", admin.lift_rate_limit),
            ("GET", "clock", admin.clock),
            ("POST", "clock", admin.move_clock),
            ("GET", "clients", admin.clients),
            ("POST", "clients", admin.set_client),
            ("POST", "reset", admin.reset),
        )
    ]


async def unknown_administration(request: web.Request) -> web.StreamResponse:
    """Answer what is no route of the administration, or none with this method."""
    error = {"error": f"There is no {request.method} {request.path}."}
    return web.json_response(error, status=HTTPStatus.NOT_FOUND)


class _Administration:
    def __init__(self, service: Service, faults: FaultBook, rate_limiter: RateLimiter) -> None:
        self._service = service
        self._faults = faults
        self._rate_limiter = rate_limiter

    def state(self, _body: object) -> object:
        ledger = self._service.ledger
        with ledger.operation():
            return {
                "callbacks": [self._callback(c) for c in ledger.callbacks.truth()],
                "subscriptions": [_subscription(s) for s in ledger.subscriptions.truth()],
            }

    def calls(self, _body: object) -> object:
        return self._service.calls.as_list()

    def clear_calls(self, _body: object) -> object:
        self._service.calls.clear()
        return {}

    def switches(self, _body: object) -> object:
        return self._service.switches.as_mapping()

    def set_switches(self, body: object) -> object:
        try:
            self._service.set_switches(_object(body))
        except UnknownSwitchError as error:
            raise RefusedError(str(error)) from error
        return self._service.switches.as_mapping()

    def faults(self, _body: object) -> object:
        return self._faults.as_list()

    def add_fault(self, body: object) -> object:
        try:
            return self._faults.add(body).shown()
        except UnknownFaultError as error:
            raise RefusedError(str(error)) from error

    def clear_faults(self, _body: object) -> object:
        self._faults.clear()
        return {}

    def rate_limit(self, _body: object) -> object:
        return self._rate_limiter.shown()

    def set_rate_limit(self, body: object) -> object:
        try:
            self._rate_limiter.set(body)
        except UnknownRateLimitError as error:
            raise RefusedError(str(error)) from error
        return self._rate_limiter.shown()

    def lift_rate_limit(self, _body: object) -> object:
        self._rate_limiter.lift()
        return {}

    def clock(self, _body: object) -> object:
        clock = self._service.ledger.clock
        return {"now": clock.now(), "running": clock.runs}

    async def move_clock(self, body: object) -> object:
        fields = _object(body)
        require_fields(fields, ("seconds", "running"), what="A change of the clock")
        running = fields.get("running")
        if running is not None and not isinstance(running, bool):
            raise RefusedError("'running' is true or false.")
        seconds = fields.get("seconds", None if running is None else 0)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise RefusedError("'seconds' is a number.")
        try:
            await self._service.move_clock(seconds, running=running)
        except ValueError as error:
            raise RefusedError(f"{error}.") from error
        return self.clock(None)

    def clients(self, _body: object) -> object:
        return [
            {"client_id": c.client_id, "mids": list(c.mids), "scopes": list(c.scopes)}
            for c in self._service.clients.values()
        ]

    def set_client(self, body: object) -> object:
        self._service.set_client(_client(_object(body), now=self._service.ledger.clock.now()))
        return self.clients(None)

    def reset(self, _body: object) -> object:
        self._faults.clear()
        self._service.reset()
        self._rate_limiter.reset()
        return {}

    def _callback(self, callback: Callback) -> dict[str, object]:
        until = self._service.ledger.suspended_until(callback.callback_id)
        shown = wire.read_callback(
            callback, switches=self._service.switches, is_suspended=until is not None
        )
        return shown | {
            "url": callback.url,
            "mid": callback.mid,
            "signatureKey": callback.signature_key,
            "verificationKey": callback.verification_key,
            "verified": callback.verified,
            "probe": callback.probe,
            "createdAt": callback.created_at,
            "suspendedUntil": until,
        }


def _subscription(subscription: Subscription) -> dict[str, object]:
    return {
        "subscriptionId": subscription.subscription_id,
        "callbackId": subscription.callback_id,
        "subscriptionName": subscription.name,
        "eventCategoryTypes": list(subscription.event_types),
        "filters": list(subscription.filters),
        "status": subscription.status,
        "statusReason": subscription.status_reason,
        "mid": subscription.mid,
    }


def _object(body: object) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise RefusedError("The request body is an object.")
    return body


def _client(fields: Mapping[str, object], *, now: float) -> APIClient:
    optional = ("mids", "scopes", "staged_secret", "secret_expires_in_seconds")
    known = ("client_id", "client_secret", *optional)
    require_fields(fields, known, what="A client")
    for name in ("client_id", "client_secret"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise RefusedError(f"A client has a '{name}', which is text.")
    return APIClient(
        client_id=str(fields["client_id"]),
        client_secret=str(fields["client_secret"]),
        mids=_mids(fields.get("mids")),
        scopes=_scopes(fields.get("scopes")),
        staged_secret=_staged_secret(fields.get("staged_secret")),
        secret_expires_at=_expiry(fields.get("secret_expires_in_seconds"), now=now),
    )


def _staged_secret(value: object) -> str | None:
    if value is None or (isinstance(value, str) and value):
        return value
    raise RefusedError("'staged_secret' is null (none) or text.")


def _expiry(value: object, *, now: float) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError("'secret_expires_in_seconds' is null (never) or a number.")
    return now + value


def _mids(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise RefusedError("'mids' is an array of numbers, its first one the default.")
    for mid in value:
        if not isinstance(mid, int) or isinstance(mid, bool):
            raise RefusedError("'mids' is an array of numbers, its first one the default.")
    return tuple(value)


def _scopes(value: object) -> tuple[str, ...]:
    if value is None:
        return SCOPES
    if not isinstance(value, list) or any(scope not in SCOPES for scope in value):
        raise RefusedError(f"'scopes' is null (all) or an array out of {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in value)
