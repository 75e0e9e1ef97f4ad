"""What the account keeps: callbacks and subscriptions of business units."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

VERIFICATION_DEADLINE_SECONDS = 4 * 60 * 60
"""A callback is to be verified within four hours of its creation."""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A registered URL. `probe` is `pending`, `answered` or `failed`; times are Unix seconds."""

    mid: int
    callback_id: str
    name: str
    url: str
    max_batch_size: int
    auth_id: str | None
    signature_key: str = field(repr=False)
    verification_key: str = field(repr=False)
    created_at: float
    probe: str
    verified: bool = False

    @property
    def deadline(self) -> float:
        """The moment at which a callback that is still unverified has missed its verification."""
        return self.created_at + VERIFICATION_DEADLINE_SECONDS

    def stored(self) -> dict[str, Any]:
        """Return the fields for the state file."""
        return asdict(self)

    @classmethod
    def restored(cls, fields: Mapping[str, Any]) -> "Callback":
        """Return the callback of these stored fields."""
        return cls(**fields)


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What a callback is told about. No filters is the empty tuple."""

    mid: int
    subscription_id: str
    callback_id: str
    name: str
    event_types: tuple[str, ...]
    filters: tuple[str, ...]
    status: str = "active"
    status_reason: str = ""

    def stored(self) -> dict[str, Any]:
        """Return the fields for the state file."""
        return asdict(self)

    @classmethod
    def restored(cls, fields: Mapping[str, Any]) -> "Subscription":
        """Return the subscription of these stored fields."""
        tuples = {name: tuple(fields[name]) for name in ("event_types", "filters")}
        values: dict[str, Any] = {**fields, **tuples}
        return cls(**values)
