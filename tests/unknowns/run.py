"""One run of the engine as the provider sees it: a plugin process that remembers nothing."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.plugin.driver import PluginError, ResourceType, to_struct

_CALL_SECONDS = 60


class Run(ResourceType):
    """A plugin process and a connection to it; it is killed at the end. A context manager.

    Its own methods are those of a `Callback`.

    Args:
        pid: The process.
        port: Where it listens.
    """

    def __init__(self, pid: int, port: int) -> None:
        self._pid = pid
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        super().__init__(self._send, "Callback")
        self.verification = ResourceType(self._send, "CallbackVerification")
        self.key = ResourceType(self._send, "SignatureKey")
        self.subscription = ResourceType(self._send, "Subscription")
        self._send("Configure", provider_pb2.ConfigureRequest(args=to_struct({})))

    def __enter__(self) -> Run:  # noqa: PYI034 -- Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the process."""
        self._channel.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def _send(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            raise PluginError(error.details()) from None
