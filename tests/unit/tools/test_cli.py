"""Interrupts reach what is started, also from a process that was told to ignore them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tools.engine.environment import REPOSITORY

_CHILD = "import signal; print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
_PARENT = f"""
import subprocess, sys
from tools.engine.cli import heed_interrupts
if sys.argv[1] == "heeding":
    heed_interrupts()
subprocess.run([sys.executable, "-c", {_CHILD!r}], check=True)
"""


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.mark.parametrize(("mode", "ignored"), [("heeding", "False"), ("as it is", "True")])
def test_child_of_a_background_job(mode: str, ignored: str) -> None:
    """A background job's children ignore interrupts, unless it heeds them."""
    result = subprocess.run(
        [sys.executable, "-c", _PARENT, mode],
        cwd=REPOSITORY,
        preexec_fn=_ignore_interrupts,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    assert result.stdout == f"{ignored}\n"
