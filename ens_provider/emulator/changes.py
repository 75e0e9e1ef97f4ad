"""What a caller asks of the account, after its JSON was checked field by field."""

from dataclasses import dataclass, field

DEFAULT_BATCH_SIZE = 1000


@dataclass(frozen=True, kw_only=True)
class CallbackCreation:
    """A callback to register."""

    name: str
    url: str
    max_batch_size: int = DEFAULT_BATCH_SIZE
    auth_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackChange:
    """New values of a callback; None leaves a value as it is."""

    callback_id: str
    name: str
    max_batch_size: int | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The key that the callback's endpoint got with the creation probe."""

    callback_id: str
    verification_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SubscriptionCreation:
    """A subscription to add to a callback."""

    callback_id: str
    name: str
    event_types: tuple[str, ...]
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SubscriptionChange:
    """New values of a subscription; None leaves a value as it is."""

    subscription_id: str
    event_types: tuple[str, ...]
    filters: tuple[str, ...] | None = None
    name: str | None = None
    status: str | None = None
    status_reason: str | None = None
