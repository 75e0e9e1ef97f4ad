"""Assignments of a value to every open question of the service, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ens_provider.emulator.switches import CHOICES, Switches

VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {**CHOICES, "propagation_seconds": ("0", "60", "120")}
)
"""The values that are tried of every switch, the default first."""


@dataclass(frozen=True)
class Assignment:
    """A value for every switch."""

    switches: Switches = field(default_factory=Switches)

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Assignment:
        """Return the defaults with some values set.

        Raises:
            UnknownSwitchError: A name or a value does not exist.
        """
        return cls(Switches().changed(values))

    @classmethod
    def read(cls, texts: Iterable[str]) -> Assignment:
        """Return the defaults with the values of some `switch=value` texts set.

        Raises:
            UnknownSwitchError: A name or a value does not exist.
        """
        return cls.of({name: value for name, _, value in (text.partition("=") for text in texts)})

    @property
    def values(self) -> dict[str, str]:
        """The value of every switch by name."""
        return self.switches.as_mapping()

    @property
    def lag_seconds(self) -> int:
        """How far reads lag behind writes."""
        return int(self.switches.propagation_seconds)

    @property
    def lags(self) -> bool:
        """Whether reads lag behind writes."""
        return self.lag_seconds > 0

    @property
    def present(self) -> str:
        """How a creation of a callback that is present is answered: `304` or `400`."""
        return self.switches.duplicate_callback

    def changed(self) -> list[str]:
        """Return the values that are not the default, as `switch=value` texts."""
        return [
            f"{name}={value}" for name, value in self.values.items() if value != VALUES[name][0]
        ]

    def __str__(self) -> str:
        return " ".join(self.changed()) or "defaults"

    def replay(self) -> str:
        """Return the command that tells the story under this assignment again."""
        return " ".join(["python -m tests.unknowns", *self.changed()])


def each_value() -> list[Assignment]:
    """Return the defaults, and every other value of every switch beside the others' defaults."""
    alone = [Assignment.of({name: value}) for name in VALUES for value in VALUES[name][1:]]
    return [Assignment(), *alone]
