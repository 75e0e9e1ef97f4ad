"""Drives the provider's plugin over its gRPC interface, as the engine does, without the CLI."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import ens_provider as ens
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment

_STOP_SECONDS = 10
_CALL_SECONDS = 120


class PluginError(Exception):
    """A call that the plugin answered with an error; the message is what the engine shows."""


def declared(**changes: Any) -> dict[str, Any]:
    """Return the inputs of a callback as `check` leaves them, with changes; None leaves one out."""
    inputs = {
        "url": "https://receiver.test/orders",
        "callback_name": "orders",
        "max_batch_size": 1000,
        "force_destroy": False,
        **changes,
    }
    return {name: value for name, value in inputs.items() if value is not None}


def declared_verification(callback_id: str, **changes: Any) -> dict[str, Any]:
    """Return the inputs of a callback's verification as `check` leaves them, with changes."""
    return {"callback_id": callback_id, "timeout_seconds": 300, **changes}


def declared_key(callback_id: str, **changes: Any) -> dict[str, Any]:
    """Return the inputs of a signature key as `check` leaves them, with changes."""
    return {"callback_id": callback_id, "keep_previous": 2, **changes}


def refusal(call: Callable[..., object], *args: Any) -> str:
    """Return the error of a call: exactly one line, without its end."""
    try:
        answer = call(*args)
    except PluginError as error:
        [line] = str(error).splitlines()
        return line
    raise AssertionError(f"it was answered: {answer}")


@dataclass(frozen=True, kw_only=True)
class Created:
    """What a creation answered.

    Attributes:
        id: The resource's id.
        outputs: The outputs, secrets unwrapped.
        secrets: Names of the outputs that came wrapped as secrets.
    """

    id: str
    outputs: dict[str, Any] = field(repr=False)
    secrets: frozenset[str]


class ResourceType:
    """The methods of one type of resource, called as the engine calls them.

    Args:
        call: Sends a request to the plugin.
        kind: The resource's class, such as `SignatureKey`.
    """

    def __init__(self, call: Callable[[str, Any], Any], kind: str) -> None:
        self._call = call
        self._pickle = _pickle(kind)

    def check(
        self, news: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Check inputs; return them and the failures as (property, reason)."""
        answer = self._check(news, olds)
        failures = [(failure.property, failure.reason) for failure in answer.failures]
        return from_struct(answer.inputs), failures

    def checked_secrets(
        self, news: dict[str, Any], olds: dict[str, Any] | None = None
    ) -> frozenset[str]:
        """Check inputs; return the names of those that came wrapped as secrets."""
        return _secrets(self._check(news, olds).inputs)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        """Return the inputs that force a replacement; the engine finds the changes itself."""
        answer = self._diff(id_, olds, news)
        assert answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
        return list(answer.replaces)

    def says_changed(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        """Tell whether the provider says that there are changes, whatever the inputs are."""
        answer = self._diff(id_, olds, news)
        return bool(answer.changes == provider_pb2.DiffResponse.DIFF_SOME)

    def create(self, inputs: dict[str, Any]) -> Created:
        """Create a resource."""
        answer = self._call("Create", provider_pb2.CreateRequest(properties=self._marked(inputs)))
        return _created(answer.id, answer.properties)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Created:
        """Update a resource."""
        request = provider_pb2.UpdateRequest(
            id=id_, olds=self._marked(olds), news=self._marked(news)
        )
        return _created(id_, self._call("Update", request).properties)

    def read(self, id_: str, outputs: dict[str, Any]) -> tuple[Created, dict[str, Any]]:
        """Read a resource; return it (its id is empty if it is gone) and its inputs."""
        answer = self._read(id_, outputs)
        return _created(answer.id, answer.properties), from_struct(answer.inputs)

    def read_secrets(self, id_: str, outputs: dict[str, Any]) -> frozenset[str]:
        """Read a resource; return the names of the inputs that came wrapped as secrets."""
        return _secrets(self._read(id_, outputs).inputs)

    def delete(self, id_: str, outputs: dict[str, Any]) -> None:
        """Delete a resource."""
        self._call("Delete", provider_pb2.DeleteRequest(id=id_, properties=self._marked(outputs)))

    def _diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> Any:
        request = provider_pb2.DiffRequest(id=id_, olds=self._marked(olds), news=self._marked(news))
        return self._call("Diff", request)

    def _check(self, news: dict[str, Any], olds: dict[str, Any] | None) -> Any:
        before = self._marked(olds) if olds else to_struct({})
        return self._call("Check", provider_pb2.CheckRequest(olds=before, news=self._marked(news)))

    def _read(self, id_: str, outputs: dict[str, Any]) -> Any:
        return self._call(
            "Read", provider_pb2.ReadRequest(id=id_, properties=self._marked(outputs))
        )

    def _marked(self, bag: dict[str, Any]) -> struct_pb2.Struct:
        return to_struct({**bag, "__provider": self._pickle})


class Plugin(ResourceType):
    """A running plugin process and a connection to it. A context manager.

    Its own methods are those of a `Callback`; `of` gives those of the other resources.

    Args:
        folder: A folder for the process's own things.
        service: The emulator; None for a plugin without credentials and addresses.
        config: The stack's configuration, keys with their namespace.
        extra: Further environment variables.
    """

    def __init__(
        self,
        folder: Path,
        *,
        service: ServiceAccess | None,
        config: dict[str, str] | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        environment = child_environment(EngineFolders.below(folder), service=service, extra=extra)
        self._log = (folder / "plugin.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", "no-engine"],
            env={**environment, "PULUMI_PROJECT": "shop"},
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
        )
        assert self._process.stdout is not None
        port = int(self._process.stdout.readline())
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        super().__init__(self._send, "Callback")
        self._send("Configure", provider_pb2.ConfigureRequest(args=to_struct(config or {})))

    def of(self, kind: str) -> ResourceType:
        """Return the methods of another type of resource, such as `SignatureKey`."""
        return ResourceType(self._send, kind)

    def __enter__(self) -> Plugin:  # noqa: PYI034 -- Self needs Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process as the engine does (SIGTERM); nothing happens if it has ended."""
        self._channel.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        self._process.wait(_STOP_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._log.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def kill(self) -> None:
        """Kill the process with -9."""
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(_STOP_SECONDS)

    def log_text(self) -> str:
        """Return what the process wrote to stderr so far."""
        self._log.flush()
        self._log.seek(0)
        return self._log.read()

    def _send(self, method: str, request: Any) -> Any:
        try:
            return getattr(self._stub, method)(request, timeout=_CALL_SECONDS)
        except grpc.RpcError as error:
            raise PluginError(error.details()) from None


def to_struct(bag: dict[str, Any]) -> struct_pb2.Struct:
    """Return a bag of properties as the engine sends it; unknown values are its marker."""
    marked = {
        name: rpc.UNKNOWN if isinstance(value, Unknown) else value for name, value in bag.items()
    }
    struct = struct_pb2.Struct()
    struct.update(marked)
    return struct


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return a bag of properties without the pickle, secrets unwrapped."""
    bag = rpc.deserialize_properties(struct, keep_unknowns=True)
    return {
        name: rpc.unwrap_rpc_secret(value) for name, value in bag.items() if name != "__provider"
    }


@cache
def _pickle(kind: str) -> str:
    pickled: str = serialize_provider(getattr(ens, f"{kind}Provider")())
    return pickled


def _created(id_: str, struct: struct_pb2.Struct) -> Created:
    return Created(id=id_, outputs=from_struct(struct), secrets=_secrets(struct))


def _secrets(struct: struct_pb2.Struct) -> frozenset[str]:
    bag = rpc.deserialize_properties(struct, keep_unknowns=True)
    return frozenset(name for name, value in bag.items() if rpc.is_rpc_secret(value))
