"""The receiver's command as a child process, for tests and demonstrations.

The command needs the extras `cli` and `receiver`; this module itself needs nothing.
"""

import http.client
import json
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ens_provider.command_process import CommandProcess

_CALL_SECONDS = 60.0


class ReceiverProcessError(Exception):
    """The receiver did not start, or refused a request of its administration."""


def _new_token() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, kw_only=True)
class ReceiverProcessOptions:
    """How the command is started. Without `keys`, keys are kept in a folder until the end.

    `environment` is added to what the child sees: `SFMC_*` for `verify_self`.
    """

    port: int = 0
    host_names: Sequence[str] = ("receiver.test",)
    token: str = field(default_factory=_new_token, repr=False)
    keys: str | Path | None = None
    verify_self: bool = False
    quarantine: bool = False
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class ReceiverProcess:
    """`python -m ens_provider receiver` as a child, with its routes as methods.

    The context manager starts it and ends it. It can be stopped and started in between: it comes
    back on the same port, with the same certificate authority and the same keys.
    """

    def __init__(
        self,
        options: ReceiverProcessOptions | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options or ReceiverProcessOptions()
        self.url = ""
        self.address = ""
        self.ca_file = ""
        self.pid = 0
        self.port = self.options.port
        self._given_keys: set[str] = set()
        self._held_port: socket.socket | None = None
        self._process = CommandProcess(
            "receiver",
            error=ReceiverProcessError,
            sleep=sleep,
            clock=clock,
        )

    def __enter__(self) -> "ReceiverProcess":  # noqa: PYI034 -- Self needs Python 3.11
        try:
            self.start()
        except BaseException:
            self._process.forget()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._release_port()
        self._process.forget()

    @property
    def token(self) -> str:
        """The token that its routes ask for."""
        return self.options.token

    @property
    def local_url(self) -> str:
        """Where this machine reaches it, trusting `ca_file`: `https://127.0.0.1:port`."""
        return f"https://{self.address}"

    @property
    def resolve(self) -> list[str]:
        """The `HOST=ADDR:PORT` texts that lead the emulator to it."""
        return [f"{name}={self.address}" for name in self.options.host_names]

    @property
    def verification_key_url(self) -> str:
        """Where its verification keys are fetched, with the place of the id in it."""
        return f"{self.local_url}/verification-keys/{{callback_id}}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ReceiverProcessError: it ended, or did not answer within 30 s; the sentence has its
                output.
        """
        self._release_port()
        # Not an argument: those are seen by everybody on the machine.
        environment = {**self.options.environment, "ENS_RECEIVER_TOKEN": self.token}
        ready = self._process.start(self._arguments(), environment=environment)
        self.url, self.address = ready["url"], ready["address"]
        self.ca_file, self.pid = ready["ca_file"], ready["pid"]
        self.port = int(self.address.rpartition(":")[2])

    def stop(self) -> None:
        """End it as a person would (SIGTERM); nothing happens if it has ended."""
        self._process.stop()
        self._hold_port()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        self._process.kill()
        self._hold_port()

    def send_signal(self, number: int) -> int:
        """Send a signal that ends it; wait for its end and return its exit code.

        Raises:
            ReceiverProcessError: it does not run.
            subprocess.TimeoutExpired: it did not end within 10 s.
        """
        code = self._process.send_signal(number)
        self._hold_port()
        return code

    def output(self) -> str:
        """Return what it printed, over all its starts; nothing before the first."""
        return self._process.output()

    def received(self) -> list[dict[str, Any]]:
        """Return the deliveries since its start that it accepted and refused, oldest first."""
        received: list[dict[str, Any]] = self._administered("GET", "/received")
        return received

    def clear_received(self) -> None:
        """Forget the deliveries so far."""
        self._administered("DELETE", "/received")

    def put_keys(self, callback_id: str, keys: Sequence[str]) -> None:
        """Give it the signature keys of a callback, the current one first.

        Raises:
            ReceiverProcessError: it refused them.
        """
        self._administered("PUT", f"/signature-keys/{callback_id}", {"keys": list(keys)})
        self._given_keys.add(callback_id)

    def delete_keys(self, callback_id: str) -> None:
        """Take the signature keys of a callback away from it, if it has any."""
        self._administered("DELETE", f"/signature-keys/{callback_id}")
        self._given_keys.discard(callback_id)

    def reset(self) -> None:
        """Forget the deliveries so far, and take away the signature keys that `put_keys` gave."""
        self.clear_received()
        for callback_id in sorted(self._given_keys):
            self.delete_keys(callback_id)

    def verification_key(self, callback_id: str) -> str | None:
        """Return the key that the probe of a callback brought, None while there was none."""
        path = f"/verification-keys/{callback_id}"
        status, content = self.request("GET", path, headers=self._authorization())
        if status == http.client.NOT_FOUND:
            return None
        key: str = _checked("GET", path, status, content)["verificationKey"]
        return key

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Send a request over TLS; return status and body of the answer."""
        host, _, port = self.address.rpartition(":")
        tls = ssl.create_default_context(cafile=self.ca_file)
        connection = http.client.HTTPSConnection(
            host, int(port), context=tls, timeout=_CALL_SECONDS
        )
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _administered(self, method: str, path: str, body: object = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        status, content = self.request(method, path, body=sent, headers=self._authorization())
        return _checked(method, path, status, content)

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _hold_port(self) -> None:
        # Bound and not listening: it refuses connections, and nobody else gets it meanwhile.
        if self._held_port is not None or not self.port:
            return
        held = socket.socket()
        try:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", self.port))
        except OSError:
            held.close()
        else:
            self._held_port = held

    def _release_port(self) -> None:
        if self._held_port is not None:
            self._held_port.close()
            self._held_port = None

    def _arguments(self) -> list[str]:
        keys = self.options.keys or self._process.path("keys")
        given = [f"--port={self.port}", f"--keys={keys}"]
        given += [f"--host-name={name}" for name in self.options.host_names]
        given += ["--quarantine"] if self.options.quarantine else []
        return given + (["--verify-self"] if self.options.verify_self else [])


def _checked(method: str, path: str, status: int, content: bytes) -> Any:
    if status not in (http.client.OK, http.client.NO_CONTENT):
        sentence = json.loads(content)["error"]
        raise ReceiverProcessError(f"The receiver refused {method} {path} ({status}): {sentence}")
    return json.loads(content) if content else None
