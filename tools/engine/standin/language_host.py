"""Serves as the language host of an engine that was built from its Go module, which carries none.

It is copied beside the binary and started by `pulumi-language-python`: once for the program, and in
each run once more for a question or two. Those are answered without the SDK, which takes long to
load; `pulumi_program_host.py` does the rest.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn


def leave_without_sdk(missing: ImportError) -> NoReturn:
    """End with a sentence about an interpreter that has no SDK, or one that is not whole."""
    sys.exit(
        f"{sys.executable} cannot import the Pulumi SDK ({missing}): "
        "install the project's requirements.txt into it, or name another interpreter in PULUMI_PYTHON_CMD."
    )


try:
    import grpc

    if importlib.util.find_spec("pulumi") is None:
        raise ModuleNotFoundError("No module named 'pulumi'")
except ImportError as missing:
    leave_without_sdk(missing)

if TYPE_CHECKING:
    from collections.abc import Callable

_SERVICE = "/pulumirpc.LanguageRuntime"
_POLL_SECONDS = 1.0
# Lies beside this file.
_PROGRAM_HOST = "pulumi_program_host"
# As the SDK's servers have it: room for large programs, and for long waiting.
_OPTIONS = (
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
)
# Fields of `AboutResponse`.
_EXECUTABLE, _VERSION = 1, 2
_TEXT = 2


class EarlyAnswers(grpc.GenericRpcHandler):
    """Answers what needs no SDK, and hands over to the program's host for all else.

    Args:
        engine_address: Where the engine listens.
    """

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._program_handlers: list[Any] = []
        self._cancelled = False
        self._wanted = threading.Event()
        self._loaded = threading.Event()

    def service(self, details: Any) -> Any:
        """Return what handles a method; requests and answers of the quick ones stay bytes."""
        service, _, method = details.method.rpartition("/")
        if service != _SERVICE:
            # The engine tries a connection with a method that nobody has.
            return None
        if method == "Cancel" and not self._wanted.is_set():
            # Also said at the end of hosts that ran nothing.
            self._cancelled = True
            return _handler(_nothing)
        if method in _ANSWERS:
            return _handler(_ANSWERS[method])
        self._wanted.set()
        self._loaded.wait()
        handlers = (each.service(details) for each in self._program_handlers)
        return next((handler for handler in handlers if handler is not None), None)

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """Take the handlers of the program's host, as a server does."""
        self._program_handlers.extend(handlers)

    def add_registered_method_handlers(self, _service: str, _handlers: Any) -> None:
        """Take the same handlers by name, which newer generated code offers; they are not needed."""

    def load_if_wanted(self, *, within_seconds: float) -> None:
        """Load the program's host if it is needed meanwhile; for the main thread.

        The `grpc` of older SDKs looks for an event loop when it is loaded, and finds none elsewhere.
        """
        if self._loaded.is_set():
            threading.Event().wait(within_seconds)
        elif self._wanted.wait(within_seconds):
            try:
                program_host = importlib.import_module(_PROGRAM_HOST)
            except ImportError as missing:
                leave_without_sdk(missing)
            program_host.add_to(self, self._engine_address, cancelled=self._cancelled)
            self._loaded.set()


def _handler(answer: Callable[[], bytes]) -> Any:
    return grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer())


def about() -> bytes:
    """Return an `AboutResponse`, on the wire: this interpreter and its version."""
    return _text(_EXECUTABLE, sys.executable) + _text(_VERSION, platform.python_version())


def _nothing() -> bytes:
    """Return any message whose fields have their defaults."""
    return b""


_ANSWERS: dict[str, Callable[[], bytes]] = {
    "About": about,
    "GetPluginInfo": _nothing,
    "GetRequiredPackages": _nothing,
    "GetRequiredPlugins": _nothing,
}


def _text(field: int, value: str) -> bytes:
    encoded = value.encode()
    return bytes([field << 3 | _TEXT]) + _varint(len(encoded)) + encoded


def _varint(number: int) -> bytes:
    digits = []
    while number > 0x7F:  # noqa: PLR2004 -- seven bits each, the eighth says that more follow
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def serve(engine_address: str) -> None:
    """Serve until the engine interrupts or is gone."""
    server = grpc.server(ThreadPoolExecutor(), options=_OPTIONS)
    answers = EarlyAnswers(engine_address)
    server.add_generic_rpc_handlers((answers,))
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    server.start()
    parent = os.getppid()
    try:
        while os.getppid() == parent:
            answers.load_if_wanted(within_seconds=_POLL_SECONDS)
    except KeyboardInterrupt:
        server.stop(grace=None)


if __name__ == "__main__":
    # With `--logflow` the CLI's own flags about its log come before the address.
    serve(sys.argv[-1] if sys.argv[1:] else "")
    sys.stdout.flush()
    # Threads of an interrupted program may wait for what never comes.
    os._exit(0)
