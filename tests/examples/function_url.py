"""A Lambda function behind its URL, on loopback: requests over TLS become events of payload 2.0."""

from __future__ import annotations

import base64
import importlib.util
import json
import ssl
import subprocess
import threading
import venv
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trustme

from tools.loopback_server import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

# boto3 and what it needs: what the Lambda runtime brings along.
_OF_THE_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
# Of these AWS hands the body over as text, of all others in base64.
_TEXT = ("application/json", "application/xml", "application/javascript", "text/")


def bare_python(folder: Path) -> Path:
    """Make an environment in which nothing is installed, not even pip, and return its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def runtime_packages(folder: Path) -> Path:
    """Put boto3 and what it needs into a folder, and nothing else."""
    folder.mkdir()
    for name in _OF_THE_RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        assert spec.origin is not None, name
        origin = Path(spec.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (folder / place.name).symlink_to(place)
    return folder


class Instance:
    """One running copy of a function. A context manager.

    Args:
        python: The interpreter.
        folders: Where the function's code lies, and the packages of the runtime.
        name: The function, `module.attribute`.
        environment: Its variables.
        log: The file that its log goes to.
    """

    def __init__(
        self,
        python: Path,
        *,
        folders: Iterable[Path],
        name: str,
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        runtime = Path(__file__).with_name("lambda_runtime.py")
        self._command = [str(python), "-I", str(runtime), name, *map(str, folders)]
        self._environment = dict(environment)
        self._log = log
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Instance:  # noqa: PYI034 -- Self needs Python 3.11
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, cold."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                text=True,
            )
        assert self._answer() == {"ready": True}, self.log()

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.communicate(timeout=20)
            self._process = None

    def restart(self) -> None:
        """Put a new copy, which remembers nothing, in its place."""
        self.stop()
        self.start()

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Return what the function answers; one event after the other, as each copy has them."""
        with self._lock:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(event) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def log(self) -> str:
        """Return what it logged, over all its starts."""
        return self._log.read_text(encoding="utf-8")

    def _answer(self) -> Any:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return json.loads(line) if line else {"errorType": "ended"}


class FunctionURL:
    """The URL of a function, on a free port of 127.0.0.1. A context manager.

    Attributes:
        instance: What answers.
        all_in_base64: Whether text is encoded, too.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        self.instance: Instance | None = None
        self.all_in_base64 = False
        self.authority = trustme.CA()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(host).configure_cert(tls)
        self._server = _Server(self, tls)

    def __enter__(self) -> FunctionURL:  # noqa: PYI034 -- Self needs Python 3.11
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def resolve(self) -> str:
        """The `HOST=ADDR:PORT` text that leads the emulator here."""
        return f"{self.host}=127.0.0.1:{self._server.server_port}"

    def answer(self, request: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for `method`, `path`, `headers` and `body`."""
        assert self.instance is not None
        answer = self.instance.invoke(self._event(request))
        if not isinstance(answer, dict) or "statusCode" not in answer:
            return 502, {}, b"Internal Server Error"
        body = answer["body"].encode()
        body = base64.b64decode(body) if answer["isBase64Encoded"] else body
        return answer["statusCode"], answer["headers"], body

    def _event(self, request: Mapping[str, Any]) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in request["headers"].items()}
        is_text = headers.get("content-type", "").startswith(_TEXT) and not self.all_in_base64
        body = request["body"]
        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": request["path"],
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "domainName": self.host,
                "http": {"method": request["method"], "path": request["path"]},
                "routeKey": "$default",
                "stage": "$default",
            },
            "body": body.decode("utf-8", "replace") if is_text else base64.b64encode(body).decode(),
            "isBase64Encoded": not is_text,
        }


class _Server(LoopbackServer):
    def __init__(self, url: FunctionURL, tls: ssl.SSLContext) -> None:
        self.url = url
        super().__init__(0, _Handler, tls)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = {
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers.items()),
            "body": self.rfile.read(int(self.headers.get("Content-Length", "0"))),
        }
        status, headers, body = self.server.url.answer(request)
        self.close_connection = True
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base's name
        """Print nothing."""
