"""Lines for the user: warnings out of the plugin, and the live line of a waiting resource."""

from __future__ import annotations

import logging
import re
import sys
from functools import lru_cache

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc
from pulumi.runtime.settings import get_engine

from ens_provider.api.errors import one_line

_ADDRESS = re.compile(r"127\.0\.0\.1:\d+\Z")
_log = logging.getLogger("ens_provider")


def show_live_line(urn: str, message: str) -> None:
    """Show a line beside a resource until the next one takes its place.

    Called in the program's process; without an engine nothing is shown.
    """
    engine = get_engine()
    if engine is None:
        return
    line = engine_pb2.LogRequest(
        severity=engine_pb2.INFO, message=one_line(message), urn=urn, ephemeral=True
    )
    try:
        engine.Log(line)
    except grpc.RpcError:
        # The line is a courtesy: an engine that is shutting down must not fail the resource.
        _log.debug("the engine took no line", exc_info=True)


def forward_warnings_to_engine() -> None:
    """Send this package's warnings from the plugin's process to the engine, which shows them."""
    if not any(isinstance(handler, _EngineHandler) for handler in _log.handlers):
        handler = _EngineHandler()
        handler.addFilter(_is_for_the_user)
        _log.addHandler(handler)
        # Lines of level info that are for the user have to be made to be sent.
        _log.setLevel(min(logging.INFO, _log.level or logging.INFO))


def _is_for_the_user(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or getattr(record, "for_the_user", False)


def _severity_of(record: logging.LogRecord) -> engine_pb2.LogSeverity.ValueType:
    if record.levelno >= logging.ERROR:
        return engine_pb2.ERROR
    return engine_pb2.WARNING if record.levelno >= logging.WARNING else engine_pb2.INFO


class _EngineHandler(logging.Handler):
    """A log handler that hands each record to the engine that started the plugin."""

    def emit(self, record: logging.LogRecord) -> None:
        engine = _engine_of_plugin()
        # A name of the service that stands in it may hold what a terminal acts on.
        message = one_line(self.format(record))
        if engine is None:
            print(message, file=sys.stderr)  # noqa: T201 -- the engine shows a plugin's stderr
            return
        try:
            engine.Log(engine_pb2.LogRequest(severity=_severity_of(record), message=message))
        except grpc.RpcError:
            print(message, file=sys.stderr)  # noqa: T201 -- the engine shows a plugin's stderr


@lru_cache(maxsize=1)
def _engine_of_plugin() -> engine_pb2_grpc.EngineStub | None:
    # The engine passes its address as the plugin's last argument, and nothing else tells it.
    address = sys.argv[-1] if sys.argv else ""
    if not _ADDRESS.match(address):
        return None
    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
