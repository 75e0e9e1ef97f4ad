"""The machine and the versions that figures belong to."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

import psutil

from tools.engine.obtain import version_of


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was measured on, and with.

    Attributes:
        processor: Its name, as the operating system tells it.
        cores: How many of them this process may use.
        memory_gib: Main memory.
        system: The operating system's kernel.
        python: Version of the interpreter.
        sdk: Version of the Pulumi SDK.
        engine: Version of the Pulumi CLI.
        day: When, ISO 8601.
    """

    processor: str
    cores: int
    memory_gib: int
    system: str
    python: str
    sdk: str
    engine: str
    day: str

    @classmethod
    def this(cls, *, pulumi: Path) -> Machine:
        """Return this machine, with a CLI."""
        return cls(
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)),
            memory_gib=round(psutil.virtual_memory().total / 1024**3),
            system=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            sdk=version("pulumi"),
            engine=version_of(pulumi),
            day=datetime.now(timezone.utc).date().isoformat(),
        )

    def without_day(self) -> Machine:
        """Return the machine at no day, to be compared."""
        return replace(self, day="")


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.+)$", about.read_text("utf-8"), re.MULTILINE)
    return named[1] if named else platform.processor() or platform.machine()
