"""The names that everything made here has, so that it is recognised after a crash as well."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "ens-discover-"
"""What the name of every callback and subscription begins with."""

_RANDOM_BYTES = 4


@dataclass(frozen=True, kw_only=True)
class RunName:
    """The part of all names that one run shares."""

    prefix: str

    @classmethod
    def new(cls) -> RunName:
        """Return a name that no other run has."""
        return cls(prefix=f"{PREFIX}{secrets.token_hex(_RANDOM_BYTES)}")

    def of(self, part: str) -> str:
        """Return the name of one object."""
        return f"{self.prefix}-{part}"

    def is_of(self, name: str) -> bool:
        """Tell whether a name was made by this run."""
        return name.casefold().startswith(f"{self.prefix}-")


def is_discovers(record: Mapping[str, object], key: str) -> bool:
    """Tell whether some run made this callback or subscription; `key` is where its name stands."""
    return str(record.get(key, "")).casefold().startswith(PREFIX)
