"""What nobody outside the service knows, as switches with a default and its alternatives."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "duplicate_callback": ("304", "400"),
        "duplicate_match": ("either", "url", "name", "name_and_url"),
        "name_case": ("sensitive", "insensitive"),
        "url_echo": ("as_sent", "normalised"),
        "probe_failure_body": ("string", "envelope"),
        "failed_callback_kept": ("true", "false"),
        "unverified_status": ("unverified", "created", ""),
        "after_deadline": ("unusable", "deleted"),
        "subscribe_unverified": ("400", "accepted"),
        "regenerate_unverified": ("accepted", "400"),
        "put_url": ("ignored", "applied", "rejected"),
        "put_unknown_callback": ("404", "201"),
        "unchanged_put": ("304", "200"),
        "empty_list": ("200", "404"),
        "ok_without_content": ("object", "empty"),
        "blank_filters": ("empty_list", "absent", "blank_item"),
        "subscription_name_scope": ("callback", "business_unit"),
        "array_of_many": ("all_or_nothing", "per_item", "rejected"),
        "unchanged_status": ("accepted", "rejected"),
        "put_unknown_subscription": ("404", "400"),
        "filter_anchoring": ("full", "search"),
        "fan_out": ("every_callback", "one"),
        "signature_key_encoding": ("decoded", "utf8"),
        "delivery_retries": ("newest", "suspend"),
        "retry_signed_with": ("new", "old"),
        "suspended_status": ("verified", "suspended"),
    }
)
"""The values of every switch with named values, the default first."""

LONGEST_PROPAGATION_SECONDS = 120
"""The service's documentation gives changes two minutes to take effect."""


class UnknownSwitchError(ValueError):
    """A switch was set that does not exist, or to a value that it does not have."""


@dataclass(frozen=True, kw_only=True)
class Switches:
    """One value for every open question; all of them text, seconds included.

    `duplicate_callback` answers a creation of what is already present, `duplicate_match` says
    what counts as present, and `name_case` how names compare (subscriptions included).
    `unchanged_status` answers a PUT with the status that a subscription has already. An event
    that subscriptions of several callbacks ask for goes to every callback or to the oldest one
    (`fan_out`). `delivery_retries` is the edition of the rules of delivery (`schedules`): the
    newest, or the one with suspensions; `suspended_status` is what reads show of a callback that
    is suspended. `propagation_seconds` (0 to 120) lets reads and deliveries lag behind writes.
    """

    duplicate_callback: str = "304"
    duplicate_match: str = "either"
    name_case: str = "sensitive"
    url_echo: str = "as_sent"
    probe_failure_body: str = "string"
    failed_callback_kept: str = "true"
    unverified_status: str = "unverified"
    after_deadline: str = "unusable"
    subscribe_unverified: str = "400"
    regenerate_unverified: str = "accepted"
    put_url: str = "ignored"
    put_unknown_callback: str = "404"
    unchanged_put: str = "304"
    empty_list: str = "200"
    ok_without_content: str = "object"
    blank_filters: str = "empty_list"
    subscription_name_scope: str = "callback"
    array_of_many: str = "all_or_nothing"
    unchanged_status: str = "accepted"
    put_unknown_subscription: str = "404"
    filter_anchoring: str = "full"
    fan_out: str = "every_callback"
    signature_key_encoding: str = "decoded"
    delivery_retries: str = "newest"
    retry_signed_with: str = "new"
    suspended_status: str = "verified"
    propagation_seconds: str = "0"

    def changed(self, values: Mapping[str, object]) -> "Switches":
        """Return these switches with some of them set; `true` and `304` may be JSON values.

        Raises:
            UnknownSwitchError: a name or a value does not exist; the sentence lists what does.
        """
        return replace(self, **{name: _checked(name, value) for name, value in values.items()})

    def as_mapping(self) -> dict[str, str]:
        """Return every switch by name."""
        return asdict(self)


def _checked(name: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if name == "propagation_seconds":
        return _checked_seconds(text)
    if name not in CHOICES:
        known = ", ".join([*CHOICES, "propagation_seconds"])
        raise UnknownSwitchError(f"There is no switch '{name}'. The switches are: {known}.")
    if text not in CHOICES[name]:
        allowed = ", ".join(f"'{choice}'" for choice in CHOICES[name])
        raise UnknownSwitchError(f"Switch '{name}' is one of {allowed}, not '{text}'.")
    return text


def _checked_seconds(text: str) -> str:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_PROPAGATION_SECONDS:
        raise UnknownSwitchError(
            f"Switch 'propagation_seconds' is a number from 0 to 120, not '{text}'."
        )
    return text
