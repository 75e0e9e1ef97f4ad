"""Who may do what: API clients, their business units, their scopes and their tokens."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

CALLBACK_SCOPES = tuple(
    f"event_notification_callback_{action}" for action in ("create", "read", "update", "delete")
)
SUBSCRIPTION_SCOPES = tuple(
    f"event_notification_subscription_{action}" for action in ("create", "read", "update", "delete")
)
SCOPES = CALLBACK_SCOPES + SUBSCRIPTION_SCOPES
"""Every permission of the service, in the order of their documented ids (1688 to 1695)."""

ENTERPRISE_ID = 1230000
TOKEN_LIFE_SECONDS = 20 * 60
STATED_LIFE_SECONDS = 1079
"""Tokens live for 20 minutes and say that they expire a little earlier."""


@dataclass(frozen=True, kw_only=True)
class APIClient:
    """An installed package's API integration. The first business unit is its own.

    A staged secret is accepted beside the active one, which may have an end ("Rotate an OAuth 2.0
    Secret").
    """

    client_id: str
    client_secret: str = field(repr=False)
    mids: tuple[int, ...]
    scopes: tuple[str, ...] = SCOPES
    staged_secret: str | None = field(default=None, repr=False)
    secret_expires_at: float | None = None

    def accepts(self, secret: object, *, now: float) -> bool:
        """Tell whether a secret gets a token."""
        is_expired = self.secret_expires_at is not None and now >= self.secret_expires_at
        active = None if is_expired else self.client_secret
        return secret in {active, self.staged_secret} - {None}

    @property
    def user_id(self) -> int:
        """The number of the user that the client acts as, the same in every run."""
        digest = hashlib.sha256(self.client_id.encode()).digest()
        return 500_000_000 + int.from_bytes(digest[:3], "big")

    def stored(self) -> dict[str, Any]:
        """Return the fields for the state file."""
        return {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "mids": list(self.mids),
            "scopes": list(self.scopes),
            "staged_secret": self.staged_secret,
            "secret_expires_at": self.secret_expires_at,
        }

    @classmethod
    def restored(cls, fields: Mapping[str, Any]) -> "APIClient":
        """Return the client of these stored fields."""
        tuples = {name: tuple(fields[name]) for name in ("mids", "scopes")}
        values: dict[str, Any] = {**fields, **tuples}
        return cls(**values)


DEFAULT_CLIENT = APIClient(
    client_id="client",
    client_secret="secret",  # noqa: S106 -- the documented client of an emulator on loopback
    mids=(1234567, 7654321),
)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a token allows: the work of `scopes` in one business unit, until it expires."""

    client_id: str
    mid: int
    user_id: int
    scopes: tuple[str, ...]
    expires_at: float


class TokenMint:
    """Makes and reads access tokens.

    A token carries its grant under a signature (HS256), so that the emulator keeps none, and a
    restart with the same signing key honours the tokens of before, as the service would.
    """

    def __init__(self, *, signing_key: str | None = None) -> None:
        self.signing_key = signing_key or secrets.token_hex(32)

    def mint(self, grant: Grant) -> str:
        """Return a new token for this grant."""
        claims = {
            "eid": ENTERPRISE_ID,
            "mid": grant.mid,
            "sub": grant.user_id,
            "cid": grant.client_id,
            "exp": grant.expires_at,
            "scp": [SCOPES.index(scope) for scope in grant.scopes],
            "jti": secrets.token_hex(8),
        }
        head = _encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
        return f"{signed}.{_signature(signed, self.signing_key)}"

    def read(self, token: str) -> Grant | None:
        """Return the grant of a token, or None if this emulator did not make it."""
        return _grant_in(token, self.signing_key)


@lru_cache(maxsize=1024)
def _grant_in(token: str, signing_key: str) -> Grant | None:
    # A token comes with hundreds of requests.
    signed, _, signature = token.rpartition(".")
    if signature != _signature(signed, signing_key):
        return None
    claims = json.loads(_decoded(signed.partition(".")[2]))
    return Grant(
        client_id=claims["cid"],
        mid=claims["mid"],
        user_id=claims["sub"],
        scopes=tuple(SCOPES[index] for index in claims["scp"]),
        expires_at=claims["exp"],
    )


def _signature(signed: str, signing_key: str) -> str:
    digest = hmac.digest(signing_key.encode(), signed.encode(errors="replace"), hashlib.sha256)
    return _encoded(digest)


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
