"""What lets a person or a program manage a receiver over HTTP; only where somebody asks for it.

| request, with the token | answer |
| --- | --- |
| `PUT /signature-keys/{callbackId}` of `{"keys": [current, previous, ...]}` | 204 |
| `DELETE /signature-keys/{callbackId}` | 204, also if there are none |
| `GET /received` | 200, what was accepted and refused, oldest first |
| `DELETE /received` | 204 |

Keys can be put here, never read.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from http import HTTPStatus

from ens_provider.receiver.answers import answer, failed, not_allowed, refusal, told, too_long
from ens_provider.receiver.bodies import BodyError, guid, keys_in
from ens_provider.receiver.messages import Handler, Headers, Received, Request, Response
from ens_provider.receiver.stores import KeyStoreError, SignatureKeyStore
from ens_provider.receiver.tokens import BearerToken

SIGNATURE_KEYS_PATH = "/signature-keys/"
RECEIVED_PATH = "/received"
MOST_SIGNATURE_KEYS = 8

_log = logging.getLogger("ens_provider.receiver")

_MOST_RECEIVED = 1000
_MOST_RECEIVED_BYTES = 64 * 1024 * 1024


class History:
    """What was received, oldest first; the oldest is forgotten when it gets too much.

    Args:
        most: How many deliveries are remembered.
        most_bytes: How many bytes of bodies; the newest delivery is remembered in any case.
    """

    def __init__(
        self, *, most: int = _MOST_RECEIVED, most_bytes: int = _MOST_RECEIVED_BYTES
    ) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._most_bytes = most_bytes
        self._received: deque[Received] = deque()
        self._bytes = 0

    def add(self, received: Received) -> None:
        """Remember one more."""
        with self._lock:
            self._received.append(received)
            self._bytes += _remembered_bytes(received)
            while len(self._received) > 1 and self._is_too_much():
                self._bytes -= _remembered_bytes(self._received.popleft())

    def all(self) -> list[Received]:
        """Return what is remembered."""
        with self._lock:
            return list(self._received)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._received.clear()
            self._bytes = 0

    def _is_too_much(self) -> bool:
        return len(self._received) > self._most or self._bytes > self._most_bytes


class AdministeredReceiver:
    """A receiver with routes of its own in front, for the holder of the token.

    Args:
        receiver: Answers everything else.
        signature_keys: The store that the receiver checks with.
        token: The receiver's token.
        history: What `GET /received` shows; the receiver's `observe` fills it.
        keys_came: Is called once keys were put, before the answer: `Receiver.check_quarantined`,
            where deliveries are held for them. It must not raise.
    """

    def __init__(
        self,
        receiver: Handler,
        *,
        signature_keys: SignatureKeyStore,
        token: str,
        history: History,
        keys_came: Callable[[], object] = lambda: None,
    ) -> None:
        self._receiver = receiver
        self._signature_keys = signature_keys
        self._token = BearerToken(token)
        self._history = history
        self._keys_came = keys_came

    @property
    def longest_body_bytes(self) -> int:
        """No more than this is read of a body; what is longer is answered 413."""
        return self._receiver.longest_body_bytes

    def handle(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer one request."""
        request = Request.of(method, path, headers, body)
        is_keys = request.path.startswith(SIGNATURE_KEYS_PATH)
        if not is_keys and request.path != RECEIVED_PATH:
            return self._receiver.handle(method, path, headers, body)
        refused = self._token.refusal(request.headers)
        if refused is not None:
            return refused
        if len(body) > self.longest_body_bytes:
            return too_long(self.longest_body_bytes)
        return self._signature_keys_changed(request) if is_keys else self._history_of(request)

    def _signature_keys_changed(self, request: Request) -> Response:
        if request.method not in ("PUT", "DELETE"):
            return not_allowed("PUT", "DELETE")
        try:
            callback_id = guid(request.path.removeprefix(SIGNATURE_KEYS_PATH))
            if request.method == "PUT":
                keys = keys_in(request.body, most=MOST_SIGNATURE_KEYS)
                self._signature_keys.put(callback_id, keys)
                self._keys_came()
            else:
                self._signature_keys.delete(callback_id)
        except BodyError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        except KeyStoreError as error:
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, told(error))
        except Exception as error:  # noqa: BLE001 -- a store's own error may quote the key it was given
            _log.error("The signature keys cannot be changed: %s", told(error))
            return failed()
        return Response(status=int(HTTPStatus.NO_CONTENT))

    def _history_of(self, request: Request) -> Response:
        if request.method == "GET":
            return answer(HTTPStatus.OK, [received.as_json() for received in self._history.all()])
        if request.method == "DELETE":
            self._history.clear()
            return Response(status=int(HTTPStatus.NO_CONTENT))
        return not_allowed("GET", "DELETE")


def _remembered_bytes(received: Received) -> int:
    # Of a delivery that was refused only the sentence is remembered.
    return received.body_bytes if received.events else 0
