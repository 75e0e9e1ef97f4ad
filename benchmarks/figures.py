"""What a benchmark comes to."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of a benchmark.

    Attributes:
        name: What was measured.
        value: The number.
        unit: What it counts: `requests/s`, for instance.
        note: What a reader has to know of it. Default: nothing.
    """

    name: str
    value: float
    unit: str
    note: str = ""
