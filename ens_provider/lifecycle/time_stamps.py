"""Times as resources keep them: ISO 8601 in UTC, with whole seconds."""

from __future__ import annotations

from datetime import datetime, timezone

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def time_stamp(moment: float) -> str:
    """Return a moment of Unix seconds as a text; such texts sort as their times do."""
    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime(_FORM)


def unix_seconds(stamp: str) -> float:
    """Return the Unix seconds of a `time_stamp`.

    Raises:
        ValueError: It is none.
    """
    return datetime.strptime(stamp, _FORM).replace(tzinfo=timezone.utc).timestamp()
