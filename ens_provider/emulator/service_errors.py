"""The service's own answers to what it refuses, word for word where they are known.

The envelope, the error codes and the bodies of 401, 403, 404 and 429 follow the pages "Error
Handling" and "Rate Limiting Errors" of the service's documentation and recorded answers. The
sentences of 400, 409, 413 and 415 are known to nobody outside: they are guesses that name the
field or object. So is the body of 596, of which only the number is documented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DOCUMENTATION = (
    "https://developer.salesforce.com/docs/atlas.en-us.mc-apis.meta/mc-apis/error-handling.htm"
)

GENERIC, WRONG_TYPE, MISSING_FIELD, WRONG_FORMAT, MALFORMED_JSON, WRONG_VALUE = range(10000, 10006)
RUNTIME, INVALID_OPERATION, WRONG_STATE, NOT_FOUND, ALREADY_PRESENT = range(30000, 30005)


@dataclass
class ServiceError(Exception):
    """An answer that is no success: a status, a JSON body (None for an empty one), headers."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status}: {self.body}"


def envelope(message: str, *, errorcode: int) -> dict[str, object]:
    """Return the body that every REST route answers failures with."""
    return {"message": message, "errorcode": errorcode, "documentation": DOCUMENTATION}


def bad_request(message: str, *, errorcode: int = GENERIC) -> ServiceError:
    """Return a 400."""
    return ServiceError(400, envelope(message, errorcode=errorcode))


def not_modified() -> ServiceError:
    """Return the 304 of what already exists or does not change; it has no body."""
    return ServiceError(304, None)


def not_authorized(*, errorcode: int = 0) -> ServiceError:
    """Return the 401 of a missing, bad or expired token (40004: a token in the address)."""
    challenge = 'Bearer error="invalid_token"'
    body = envelope("Not Authorized", errorcode=errorcode)
    return ServiceError(401, body, {"WWW-Authenticate": challenge})


def insufficient_privileges() -> ServiceError:
    """Return the 403 of a token that lacks the route's scope."""
    return ServiceError(403, {"message": "Insufficient privileges to complete this action."})


def not_found() -> ServiceError:
    """Return the 404 of an unknown object or route."""
    return ServiceError(404, envelope("Not Found", errorcode=404))


def conflict(message: str) -> ServiceError:
    """Return a 409; its errorcode is the documented one of a refused state transition."""
    return ServiceError(409, envelope(message, errorcode=WRONG_STATE))


def body_too_large() -> ServiceError:
    """Return a 413."""
    return ServiceError(413, envelope("Request Entity Too Large", errorcode=413))


def unsupported_media_type() -> ServiceError:
    """Return the 415 of a body that is not declared as JSON."""
    return ServiceError(415, envelope("Unsupported Media Type", errorcode=415))


def rate_limited(*, retry_after: str | None = "5", body_seconds: int | None = 5) -> ServiceError:
    """Return the 429 that says when to come again, in its header and in its body."""
    body = envelope("Rate limit exceeded", errorcode=50100)
    body |= {} if body_seconds is None else {"retryAfter": body_seconds}
    return ServiceError(429, body, {} if retry_after is None else {"Retry-After": retry_after})


def temporarily_blocked() -> ServiceError:
    """Return the 429 of a client that is blocked, which does not say for how long."""
    return ServiceError(429, envelope("Your requests are temporarily blocked.", errorcode=50200))


def internal_error() -> ServiceError:
    """Return a 500."""
    return ServiceError(500, envelope("Internal Server Error", errorcode=RUNTIME))


def unavailable() -> ServiceError:
    """Return a 503."""
    return ServiceError(503, envelope("Service Unavailable", errorcode=50300))


def unknown_service() -> ServiceError:
    """Return the 596 of a path that belongs to no service of the platform."""
    return ServiceError(596, envelope("Service Not Found", errorcode=596))


def of_status(status: int) -> ServiceError:
    """Return what the service answers with this status, for faults that name no body."""
    known = {
        304: not_modified,
        401: not_authorized,
        403: insufficient_privileges,
        404: not_found,
        415: unsupported_media_type,
        429: rate_limited,
        500: internal_error,
        503: unavailable,
        596: unknown_service,
    }
    if status in known:
        return known[status]()
    return ServiceError(status, envelope(f"Status {status}", errorcode=GENERIC))
