"""Finds the processes that belong to one engine, also those that outlived their CLI."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from tools.engine.environment import EngineFolders


def processes_of(folders: EngineFolders) -> list[psutil.Process]:
    """Return the running processes of an engine, by the PULUMI_HOME that nobody else has."""
    home = str(folders.home.resolve())
    candidates = (each for each in psutil.process_iter() if each.pid != os.getpid())
    return [each for each in candidates if _variable(each, "PULUMI_HOME") == home]


def plugins_of(folders: EngineFolders) -> list[psutil.Process]:
    """Return the running plugins for dynamic resources of an engine."""
    return [each for each in processes_of(folders) if "pulumi.dynamic" in _command_line(each)]


def end_processes_of(folders: EngineFolders) -> None:
    """Kill every process of an engine."""
    for process in processes_of(folders):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
        process.wait()


def _variable(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except psutil.Error:
        return None


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
