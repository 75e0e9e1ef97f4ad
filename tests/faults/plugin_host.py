"""A process that has imported everything and forks a plugin for each request, in milliseconds.

What is forked is the plugin as the engine starts it: `pulumi.dynamic`, with its four threads, in a
process of its own that can be killed. It differs in its client alone: pauses between tries are
milliseconds instead of seconds, and an answer is waited for `READ_TIMEOUT_SECONDS`.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from ens_provider.api.client import ENSClient
from ens_provider.api.retry import RetryPolicy
from ens_provider.api.transport import HTTPTransport
from ens_provider.api.wire import Answer, Request
from ens_provider.lifecycle.account import Account, share_account
from ens_provider.lifecycle.settings import Settings

READ_TIMEOUT_SECONDS = 2.0
"""How long the forked plugins wait for an answer."""

_RETRY = RetryPolicy(base_seconds=0.005, cap_seconds=0.02, max_wait_seconds=10.0)


class HastyTransport:
    """Sends over HTTP, and waits less long for the answer."""

    def __init__(self) -> None:
        self._http = HTTPTransport()

    def send(self, request: Request) -> Answer:
        """Send a request and return whatever was answered."""
        return self._http.send(replace(request, read_timeout_seconds=READ_TIMEOUT_SECONDS))

    def close(self) -> None:
        """Give up all connections."""
        self._http.close()


class PluginHost:
    """The running host. A context manager.

    Args:
        environment: The whole environment of the host; a plugin adds its own to it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> PluginHost:  # noqa: PYI034 -- Self needs Python 3.11
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.faults.plugin_host"],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        assert self._stream("stdout").readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._stream("stdin").close()
        self._process.wait(10)
        self._stream("stdout").close()

    def start(self, log: Path, environment: Mapping[str, str]) -> tuple[int, int]:
        """Fork a plugin with these variables; return its process id and its port."""
        order = {"log": str(log), "environment": dict(environment)}
        stdin = self._stream("stdin")
        stdin.write(json.dumps(order) + "\n")
        stdin.flush()
        started = json.loads(self._stream("stdout").readline())
        return started["pid"], started["port"]

    def _stream(self, name: str) -> IO[str]:
        assert self._process is not None
        stream: IO[str] | None = getattr(self._process, name)
        assert stream is not None
        return stream


def main() -> None:
    """Fork a plugin for each line of standard input; end with it."""
    # Children that end leave nothing to be waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _import_what_plugins_need()
    sys.stdout.write("ready\n")
    for line in sys.stdin:
        order = json.loads(line)
        incoming, outgoing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(incoming)
            _be_plugin(order, outgoing)
            # As the engine's plugin: what its threads have begun ends before the process does.
            return
        os.close(outgoing)
        with os.fdopen(incoming) as port:
            answer = {"pid": pid, "port": int(port.readline())}
        sys.stdout.write(json.dumps(answer) + "\n")


def _be_plugin(order: Mapping[str, Any], port: int) -> None:
    """Become the plugin: its own streams, environment and client."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing, log = os.open(os.devnull, os.O_RDONLY), _opened(order["log"])
    for source, target in ((nothing, 0), (port, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.update(order["environment"])
    _share_hasty_account()
    sys.argv = ["pulumi.dynamic", "no-engine"]
    runpy.run_module("pulumi.dynamic", run_name="__main__")


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _share_hasty_account() -> None:
    config = Settings(environment=os.environ, stack=lambda _: None).client_config()
    client = ENSClient(config, retry=_RETRY, transport=HastyTransport())
    share_account(config, Account(config, client=client))


def _import_what_plugins_need() -> None:
    import pulumi.dynamic.dynamic  # noqa: PLC0415 -- so that no plugin imports it again

    import ens_provider as ens  # noqa: PLC0415 -- the same

    for name in ("Callback", "CallbackVerification", "SignatureKey", "Subscription"):
        pulumi.dynamic.dynamic.serialize_provider(getattr(ens, f"{name}Provider")())


if __name__ == "__main__":
    main()
