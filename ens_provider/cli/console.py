"""The console that commands print tables and lines for people on."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

UNLIMITED = 100_000
"""How long a line may be where nobody looks at it in a window of some width."""


def console() -> Console:
    """Return standard output: as wide as its window, or as COLUMNS says.

    What is piped is plain, and no line of it is broken. NO_COLOR keeps colour away from a terminal.
    """
    from rich.console import Console  # noqa: PLC0415 -- slow to import, and only for people

    # Behind a pipe that is COLUMNS or nothing.
    width = None if sys.stdout.isatty() else shutil.get_terminal_size((UNLIMITED, 24)).columns
    return Console(width=width, highlight=False, markup=False, emoji=False)
