"""Runs Python programs for an engine that was built from its Go module; loaded by `language_host.py`.

The SDK's own server does it. Programs run as under the official host: from their own folder, as
`__main__`, in the interpreter that `Pulumi.yaml` asks for. They run outside the main thread, which
the official host does not do; nothing else is known to differ.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import shutil
import subprocess
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pulumi
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime import settings
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def add_to(server: Any, engine_address: str, *, cancelled: bool) -> None:
    """Let a server run programs for the engine of that address.

    Args:
        server: Takes the handlers.
        engine_address: Where the engine listens.
        cancelled: Whether the engine has called the run off already.
    """
    host = ProgramHost(engine_address, cancelled=cancelled)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)


class ProgramHost(LanguageServer):
    """Serves one engine: runs its program, here or in the interpreter that the project asks for."""

    def __init__(self, engine_address: str, *, cancelled: bool) -> None:
        super().__init__(lambda: None)
        self._engine_address = engine_address
        self._loop: asyncio.AbstractEventLoop | None = None
        self._interrupted = cancelled
        self._nested: Any = None

    def Cancel(self, request: Any, _context: Any) -> Any:  # noqa: N802, the name is the protocol's
        """Interrupt the program, as the official host does at the first Ctrl-C."""
        self._interrupted = True
        if self._nested is not None:
            return self._nested.Cancel(request)
        if self._loop is not None:
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(_raise_interrupt)
        return empty_pb2.Empty()

    def InstallDependencies(self, request: Any, context: Any) -> Any:  # noqa: N802, the same
        """Make the environment that the project asks for, as `pulumi new` and `install` want it."""
        program = request.info.program_directory
        for command in install_commands(request.info):
            run = subprocess.run(command, cwd=program, capture_output=True, check=False)
            yield language_pb2.InstallDependenciesResponse(stdout=run.stdout, stderr=run.stderr)
            if run.returncode:
                context.abort(grpc.StatusCode.UNKNOWN, f"{' '.join(command)} failed")

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802, the name is the protocol's
        """Run the program to its end; its errors reach the engine as log messages."""
        python = program_python(request.info, os.environ)
        if not _is_this_interpreter(python):
            with nested_host(python, self._engine_address) as self._nested:
                return self._nested.Run(request)
        os.chdir(request.info.program_directory)
        program = program_of(request)

        def run_in_loop() -> None:
            self._loop = asyncio.get_event_loop()
            if self._interrupted:
                _raise_interrupt()
            program()

        self.program = run_in_loop
        # The SDK's server takes the engine's address from the arguments.
        request.args[:] = [self._engine_address]
        return self._run_here(request, context)

    def _run_here(self, request: Any, context: Any) -> Any:
        try:
            response = super().Run(request, context)  # type: ignore[no-untyped-call] # the SDK gives no types here
        except Exception:
            if self._loop is None:
                raise
            # The program has ended, with an error; its tasks are left to us.
            end_tasks(self._loop)
            return language_pb2.RunResponse(bail=True)
        # The server has logged the error; sent back as well it would be shown twice.
        bail = bool(response.error) or self._interrupted
        return language_pb2.RunResponse(bail=True) if bail else response


class _Interrupt(KeyboardInterrupt, grpc.RpcError):
    """Ends the program's loop as a Ctrl-C does, and its run as a lost engine does: without a word.

    What the engine cancels for is told by the engine; the SDK's server would add a traceback.
    """

    def code(self) -> grpc.StatusCode:
        """Return what the SDK's server stays silent for."""
        return grpc.StatusCode.UNAVAILABLE


def _raise_interrupt() -> None:
    raise _Interrupt


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left of an ended program, wait for its end and close its loop.

    The SDK's server does that one task after the other, and leaves the others where one of them
    ends with an error: those that the end of the program's callback server brings do. An engine
    that waits for the answer of a hook would then wait for ever.
    """
    if loop.is_closed():
        return
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()


def program_of(request: Any) -> Any:
    """Return the function that runs the program of `request` as `__main__`."""
    path = str(Path(request.info.program_directory, request.info.entry_point).resolve())
    arguments = [path, *request.args]

    def program() -> None:
        settings.SETTINGS.root_directory = request.info.root_directory
        sys.argv = arguments
        if Path(path).is_dir() and not Path(path, "__main__.py").is_file():
            raise pulumi.RunError(f"unable to find main python program `__main__.py` in `{path}`")
        try:
            runpy.run_path(path, run_name="__main__")
        except pulumi.RunError:
            raise
        except SystemExit as leaving:
            if leaving.code not in (None, 0):
                raise pulumi.RunError(f"Program exited with code {leaving.code}") from None
        except Exception as error:  # noqa: BLE001, whatever the program raises is told as the official host tells it
            raise pulumi.RunError(
                "Program failed with an unhandled exception:\n" + _traceback_from(path, error)
            ) from None

    return program


def _traceback_from(path: str, error: Exception) -> str:
    """Format the traceback of `error` from the program's first frame on."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    ours = [i for i, name in enumerate(frames) if name.startswith(path)]
    limit = ours[0] - len(frames) if ours else None
    return "".join(traceback.format_exception(error, limit=limit))


def program_python(info: Any, environment: Mapping[str, str]) -> str:
    """Choose the program's interpreter: the `virtualenv` option, uv's, PULUMI_PYTHON_CMD, python3."""
    options = dict(info.options)
    folder = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else "")
    if folder:
        return str(Path(info.root_directory, folder, "bin", "python"))
    name = environment.get("PULUMI_PYTHON_CMD") or "python3"
    return shutil.which(name) or name


def install_commands(info: Any) -> list[list[str]]:
    """Return the commands that make the program's environment and fill it; pip's only."""
    folder = dict(info.options).get("virtualenv")
    commands: list[list[str]] = []
    if folder and not Path(info.root_directory, folder, "bin", "python").exists():
        commands.append([sys.executable, "-m", "venv", str(Path(info.root_directory, folder))])
    requirements = Path(info.program_directory, "requirements.txt")
    if requirements.exists():
        pip = [program_python(info, os.environ), "-m", "pip", "install", "--quiet"]
        commands.append([*pip, "--requirement", str(requirements)])
    return commands


def _is_this_interpreter(python: str) -> bool:
    """Tell whether `python` and the running interpreter lie in one environment.

    Environments link to one base interpreter, so that the folder has to be the same, too.
    """
    theirs, ours = Path(python), Path(sys.executable)
    return (theirs.parent.resolve(), theirs.resolve()) == (ours.parent.resolve(), ours.resolve())


@contextmanager
def nested_host(python: str, engine_address: str) -> Iterator[Any]:
    """Start a host in another interpreter and give a stub of the host there.

    Raises:
        pulumi.RunError: There is no such interpreter.
    """
    command = [python, "-u", str(Path(__file__).with_name("language_host.py")), engine_address]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        raise pulumi.RunError(
            f"the program's interpreter {python} does not start: {error}"
        ) from None
    try:
        port = process.stdout.readline().strip() if process.stdout else ""
        threading.Thread(target=_pass_on, args=(process.stdout,), daemon=True).start()
        with grpc.insecure_channel(f"127.0.0.1:{port}", _GRPC_CHANNEL_OPTIONS) as channel:
            yield language_pb2_grpc.LanguageRuntimeStub(channel)
    finally:
        process.terminate()
        process.wait()


def _pass_on(lines: Any) -> None:
    for line in lines:
        sys.stdout.write(line)
