"""An example project as somebody runs it: a copy of its folder, under the real engine."""

from __future__ import annotations

import random
import re
import shlex
import shutil
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from tests.repo.files import REPOSITORY, text_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import Stack

EXAMPLES = REPOSITORY / "examples"


def copy_example(name: str, stack: Stack) -> Stack:
    """Fill a stack's folder with an example; the stack has to be of the example's project."""
    shutil.copytree(
        EXAMPLES / name,
        stack.folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "README.md"),
    )
    # `pulumi install` would fill it; this is the one that the tests run in.
    (stack.folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return stack


def lead_to(emulator: EmulatorProcess, stack: Stack) -> None:
    """Configure the stack for an emulator, as its stack's file would; no variable is set."""
    given = {
        "ens:authUrl": emulator.auth_url,
        "ens:restUrl": emulator.rest_url,
        "ens:clientId": "client",
        "ens:accountId": "1234567",
    }
    settings = [f"--plaintext={key}={value}" for key, value in given.items()]
    stack.cli.run("config", "set-all", *settings, "--secret=ens:clientSecret=secret", check=True)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens at, and that the system gives to nobody."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port between 20000 and 32000 is free")


def shown(document: str) -> list[list[str]]:
    """Return the commands that the console blocks of a document show, as their words."""
    blocks = re.findall(r"```console\n(.*?)```", text_of(document), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line[2:]) for line in lines if line.startswith("$ ")]


def ended(pid: int) -> bool:
    """Tell whether a process, whosever child it was, has ended."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True
