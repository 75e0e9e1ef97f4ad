"""Run the emulator until it is told to end."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from ens_provider.emulator.https_post import ConnectionOptions, HTTPSPoster
from ens_provider.emulator.probe import PROBE_TIMEOUT_SECONDS
from ens_provider.emulator.rate_limit import RateLimit
from ens_provider.emulator.ready_file import write_ready_file
from ens_provider.emulator.server import application, emulator_of
from ens_provider.emulator.service import Service

_SECONDS_FOR_OPEN_REQUESTS = 0.2
_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How an emulator runs. Port 0 takes a free one; `switches` are set at every start.

    With `parent_pid` it notices within a second that the process that started it is gone, and ends.
    """

    host: str = "127.0.0.1"
    port: int = 0
    ready_file: Path | None = None
    state_file: Path | None = None
    switches: Mapping[str, object] = field(default_factory=dict)
    latency_seconds: float = 0.0
    parent_pid: int | None = None
    probe_timeout_seconds: float = PROBE_TIMEOUT_SECONDS
    rate_limit: RateLimit | None = None
    connections: ConnectionOptions = field(default_factory=ConnectionOptions)


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests that are still open are then given up.

    Raises:
        OSError: the port is taken, or a file cannot be read or written.
        StateFileError: the state file cannot be used.
        UnknownSwitchError: a switch cannot be set so.
    """
    service = Service(
        poster=HTTPSPoster(settings.connections),
        probe_timeout_seconds=settings.probe_timeout_seconds,
        switches=settings.switches,
        state_file=settings.state_file,
    )
    emulator = emulator_of(
        service, latency_seconds=settings.latency_seconds, rate_limit=settings.rate_limit
    )
    runner = web.AppRunner(
        application(emulator), access_log=None, shutdown_timeout=_SECONDS_FOR_OPEN_REQUESTS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        _announce(settings, runner)
        await _told_to_end(settings)
    finally:
        await runner.cleanup()
        service.close()


def _announce(settings: Settings, runner: web.AppRunner) -> None:
    host, port = runner.addresses[0][:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    print(f"The emulator answers at {address}.", flush=True)  # noqa: T201 -- for the person
    if settings.ready_file is not None:
        ready = {"auth_url": address, "rest_url": address, "pid": os.getpid()}
        write_ready_file(settings.ready_file, ready)


async def _told_to_end(settings: Settings) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    watching = asyncio.create_task(_end_when_orphaned(ended, settings))
    await ended.wait()
    watching.cancel()


async def _end_when_orphaned(ended: asyncio.Event, settings: Settings) -> None:
    while settings.parent_pid is not None and not ended.is_set():
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        if os.getppid() != settings.parent_pid:
            ended.set()
