"""Every answer to the questions of what a duplicate is to the service and how it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from tests.plugin.service import URL

LAG_SECONDS = 60
SPELLED = "https://Receiver.TEST/orders"
SAYS_PRESENT = "A callback with this callbackName or url is already registered."
LIST_LAGS = (
    "ens_provider.NotReadyYet: ENS says that callback 'orders' (https://receiver.test/orders) is "
    "already present ({status}), but does not list it yet; its lists can lag up to two minutes "
    "behind."
)
WAYS_ON = (
    "declare its key (known_signature_key) or a new one (on_existing='rotate') to take it over; "
    "give the resource `aliases` if it was renamed or moved in the program; or choose another "
    "name and URL."
)


@dataclass(frozen=True)
class World:
    """One answer to the questions of what a duplicate is and how it is told."""

    name: str
    switches: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> int:
        """How a duplicate is answered."""
        return int(str(self.switches.get("duplicate_callback", 304)))

    @property
    def said(self) -> str:
        """What a refusal says, in parentheses; a 304 says nothing."""
        return f" ({SAYS_PRESENT})" if self.status == 400 else ""

    @property
    def match(self) -> str:
        """What counts as a duplicate."""
        return str(self.switches.get("duplicate_match", "either"))

    @property
    def ignores_case(self) -> bool:
        """Whether names that differ in case only are the same to the service."""
        return self.switches.get("name_case") == "insensitive"

    @property
    def lags(self) -> bool:
        """Whether reads lag behind writes."""
        return "propagation_seconds" in self.switches

    @property
    def listed_url(self) -> str:
        """How the service spells the URL that was given as `SPELLED`."""
        return URL if self.switches.get("url_echo") == "normalised" else SPELLED

    def takes_as_present(self, *, name: bool, url: bool) -> bool:
        """Tell whether an equal name or an equal URL makes a duplicate."""
        return {"either": name or url, "name": name, "url": url, "name_and_url": name and url}[
            self.match
        ]


def every_world() -> list[World]:
    """Return the worlds: each value alone, what plays together also together."""
    duplicates = product(
        ("304", "400"), ("either", "url", "name", "name_and_url"), ("sensitive", "insensitive")
    )
    worlds = [
        World(
            f"{status}-{match}-{case}",
            {"duplicate_callback": status, "duplicate_match": match, "name_case": case},
        )
        for status, match, case in duplicates
    ]
    lag: dict[str, object] = {"propagation_seconds": LAG_SECONDS}
    worlds.append(World("normalised", {"url_echo": "normalised"}))
    worlds.append(World("lag", lag))
    others = {"duplicate_callback": "400", "duplicate_match": "url", "name_case": "insensitive"}
    return [*worlds, World("all-others", {**others, "url_echo": "normalised", **lag})]
