"""A plugin that the host forked, and a connection to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.faults.plugin_host import PluginHost
from tests.plugin.driver import PluginError, ResourceType, to_struct

_CALL_SECONDS = 60
_GONE = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED})


class PluginGoneError(Exception):
    """The plugin ended while a call was under way: nobody knows what became of it."""


class ForkedPlugin(ResourceType):
    """A plugin process of the host's. A context manager that kills it.

    Its own methods are those of a `Callback`; `of` gives those of the other resources.

    Args:
        host: The host that forks it.
        log: A file for what it writes to stderr.
        environment: Further environment variables: `SFMC_*`, and what else a stack has.
    """

    def __init__(
        self, host: PluginHost, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        given = {"PULUMI_PROJECT": "shop", **(environment or {})}
        self.pid, port = host.start(log, given)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        super().__init__(self._send, "Callback")
        self._send("Configure", provider_pb2.ConfigureRequest(args=to_struct({})))

    def __enter__(self) -> ForkedPlugin:  # noqa: PYI034 -- Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def of(self, kind: str) -> ResourceType:
        """Return the methods of another type of resource, such as `SignatureKey`."""
        return ResourceType(self._send, kind)

    def kill(self) -> None:
        """Kill the process with -9; calls that are under way end with `PluginGoneError`."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def hang_up(self) -> None:
        """Give the connection up and leave the process to itself."""
        self._channel.close()

    def _send(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            if error.code() in _GONE:
                raise PluginGoneError(method) from None
            raise PluginError(error.details()) from None
