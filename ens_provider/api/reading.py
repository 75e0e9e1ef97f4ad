"""Reading an answer within limits, however it is sent: in time, and unpacked to no more than so much.

The libraries below wait for each byte anew, and unpack what comes in one go.
"""

from __future__ import annotations

import http.client
import io
import math
import threading
import time
import zlib
from collections.abc import Iterator
from typing import Any

BLOCK_BYTES = 64 * 1024
"""How much is taken at a time, packed and unpacked."""

_NOT_PACKED = ("", "identity")
_ZLIB_OR_GZIP = ("gzip", "x-gzip", "deflate")
_ZLIB_OR_GZIP_BITS = 32 + zlib.MAX_WBITS
_NOT_UNPACKED = "the answer could not be unpacked"


class SlowAnswerError(TimeoutError):
    """An answer is not whole when it has to be, although none of its bytes was late."""


class BodyError(Exception):
    """A body is not what can be read; the text says why."""


class _Deadline(threading.local):
    """When what this thread reads must be there, in monotonic seconds."""

    at = math.inf


deadline = _Deadline()
"""The deadline of the answer that this thread reads."""


class PunctualResponse(http.client.HTTPResponse):
    """A response whose status line and headers come within the timeout of its socket, altogether.

    Whoever reads its body says until when that may take, in `deadline`.
    """

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        patience = sock.gettimeout()
        if patience is not None:
            self.fp = io.BufferedReader(_Punctual(self.fp, sock, patience))
            deadline.at = time.monotonic() + patience

    def begin(self) -> None:
        """Read the status line and the headers."""
        try:
            super().begin()
        finally:
            deadline.at = math.inf


class _Punctual(io.RawIOBase):
    """Reads from a socket until the thread's deadline, beside the timeout of each reading."""

    def __init__(self, stream: Any, sock: Any, patience: float) -> None:
        super().__init__()
        self._stream = stream
        self._socket = sock
        self._patience = patience
        self._heard = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = deadline.at - time.monotonic()
        if left <= 0:
            raise SlowAnswerError
        self._socket.settimeout(min(self._patience, left))
        try:
            size = int(self._stream.raw.readinto(buffer))
        except TimeoutError:
            if self._heard and left < self._patience:
                raise SlowAnswerError from None
            raise
        self._heard = True
        return size

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def blocks_of(raw: Any, *, encoding: str) -> Iterator[bytes]:
    """Yield a body in blocks of at most `BLOCK_BYTES`, unpacked.

    Args:
        raw: The response of urllib3.
        encoding: Its header `Content-Encoding`. Nothing packed is asked for; gzip and deflate are
            read all the same.

    Raises:
        BodyError: It cannot be unpacked.
    """
    name = encoding.strip().lower()
    # read1 returns what is there: a body that trickles in cannot outwait its deadline.
    packed = iter(lambda: raw.read1(BLOCK_BYTES, decode_content=False), b"")
    if name in _NOT_PACKED:
        return packed
    if name in _ZLIB_OR_GZIP:
        return _unpacked(packed)
    raise BodyError(_NOT_UNPACKED)


def _unpacked(packed: Iterator[bytes]) -> Iterator[bytes]:
    unpacking = zlib.decompressobj(_ZLIB_OR_GZIP_BITS)
    try:
        for block in packed:
            left = block
            while left and not unpacking.eof:
                yield unpacking.decompress(left, BLOCK_BYTES)
                left = unpacking.unconsumed_tail
            if unpacking.eof:
                return
    except zlib.error as exc:
        raise BodyError(_NOT_UNPACKED) from exc
    raise BodyError("the answer broke off")
