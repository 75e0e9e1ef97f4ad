"""Call a running emulator's routes under `/_emulator` from another process."""

import http.client
import json
from typing import Any


def ask(
    address: str, method: str, name: str, body: object = None, *, timeout_seconds: float
) -> tuple[int, Any]:
    """Send a request to the emulator at `host:port`; return its status and the JSON of its answer.

    Raises:
        OSError: nothing answers there.
        http.client.HTTPException: what answers speaks no HTTP.
        ValueError: the answer is no JSON, so it is not an emulator's.
    """
    connection = http.client.HTTPConnection(address, timeout=timeout_seconds)
    try:
        sent = None if body is None else json.dumps(body)
        connection.request(method, f"/_emulator/{name}", body=sent)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
