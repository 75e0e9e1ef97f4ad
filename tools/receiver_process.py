"""The receiver's command as a child process, for tests and demonstrations."""

import http.client
import json
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

_REPOSITORY = Path(__file__).resolve().parents[1]
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
_START_SECONDS = 30.0
_END_SECONDS = 10.0
_CALL_SECONDS = 60.0


class ReceiverProcessError(Exception):
    """The receiver did not start, or refused a request of its administration."""


def _new_token() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, kw_only=True)
class ReceiverOptions:
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
        options: ReceiverOptions | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.options = options or ReceiverOptions()
        self.url = ""
        self.address = ""
        self.ca_file = ""
        self.pid = 0
        self.port = self.options.port
        self._sleep = sleep
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> "ReceiverProcess":  # noqa: PYI034 -- Self needs Python 3.11
        try:
            self.start()
        except BaseException:
            self._forget()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._forget()

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
        ready_file = self._path("ready.json")
        ready_file.unlink(missing_ok=True)
        with self._path("output").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ens_provider", "receiver", *self._arguments(ready_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment(),
            )
        try:
            self._wait_until_ready(ready_file)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it as a person would (SIGTERM); nothing happens if it has ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_END_SECONDS)
        self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_SECONDS)
            self._process = None

    def send_signal(self, number: int) -> int:
        """Send a signal that ends it; wait for its end and return its exit code.

        Raises:
            ReceiverProcessError: it does not run.
            subprocess.TimeoutExpired: it did not end within 10 s.
        """
        if self._process is None:
            raise ReceiverProcessError("The receiver does not run: start it first.")
        self._process.send_signal(number)
        code = self._process.wait(_END_SECONDS)
        self._process = None
        return code

    def output(self) -> str:
        """Return what it printed, over all its starts; nothing before the first."""
        if self._folder is None:
            return ""
        return self._path("output").read_text(encoding="utf-8", errors="replace")

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

    def delete_keys(self, callback_id: str) -> None:
        """Take the signature keys of a callback away from it, if it has any."""
        self._administered("DELETE", f"/signature-keys/{callback_id}")

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

    def _path(self, name: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="ens-receiver-process-")
        return Path(self._folder.name, name)

    def _forget(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _arguments(self, ready_file: Path) -> list[str]:
        keys = self.options.keys or self._path("keys")
        given = [f"--port={self.port}", f"--ready-file={ready_file}", f"--keys={keys}"]
        given += [f"--end-with-parent={os.getpid()}"]
        given += [f"--host-name={name}" for name in self.options.host_names]
        given += ["--quarantine"] if self.options.quarantine else []
        return given + (["--verify-self"] if self.options.verify_self else [])

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        passed |= {"PYTHONPATH": str(_REPOSITORY), "PYTHONUNBUFFERED": "1"}
        # Not an argument: those are seen by everybody on the machine.
        return passed | dict(self.options.environment) | {"ENS_RECEIVER_TOKEN": self.token}

    def _wait_until_ready(self, ready_file: Path) -> None:
        until = self._clock() + _START_SECONDS
        while not ready_file.exists():
            ended = self._process is None or self._process.poll() is not None
            if ended or self._clock() > until:
                reason = "ended" if ended else f"did not answer within {_START_SECONDS:.0f} s"
                raise ReceiverProcessError(f"The receiver {reason}: {self.output().strip()}")
            self._sleep(0.02)
        ready = json.loads(ready_file.read_text(encoding="utf-8"))
        self.url, self.address = ready["url"], ready["address"]
        self.ca_file, self.pid = ready["ca_file"], ready["pid"]
        self.port = int(self.address.rpartition(":")[2])


def _checked(method: str, path: str, status: int, content: bytes) -> Any:
    if status not in (http.client.OK, http.client.NO_CONTENT):
        sentence = json.loads(content)["error"]
        raise ReceiverProcessError(f"The receiver refused {method} {path} ({status}): {sentence}")
    return json.loads(content) if content else None
