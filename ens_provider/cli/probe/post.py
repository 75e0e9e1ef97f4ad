"""The POST of a probe, and the head of its answer: only the status counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from ens_provider.cli.probe.channel import Channel
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.cli.probe.failures import failed

MOST_HEAD_BYTES = 64 * 1024
"""The longest head of an answer that is read."""

JSON_CONTENT: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})
"""What every body of the service is."""

_FIRST_FINAL_STATUS = 200
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [^\r\n]*)?\r?\n")
_BEGINNING = b"HTTP/1."
_END = re.compile(rb"\r?\n\r?\n")
_LOCATION = re.compile(rb"\r?\nLocation:[ \t]*([^\r\n]+)", re.IGNORECASE)
_LONGEST_PLACE = 200


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The status that came back, and where it leads to if it is a redirect."""

    status: int
    place: str


def post(
    channel: Channel,
    *,
    url: str,
    body: bytes,
    deadline: Deadline,
    headers: Mapping[str, str] = JSON_CONTENT,
) -> Answered:
    """Send the body to the URL's path and return how it was answered. Redirects are not followed.

    What comes after the head is not waited for.

    Args:
        channel: The channel to the endpoint.
        url: The URL, in canonical form.
        body: What is sent.
        deadline: How long the answer may take.
        headers: What is sent beside the headers that every request has, spelled as here.

    Raises:
        EndpointUnusableError: No answer came, or none of HTTP.
    """
    try:
        channel.send(_head(url, headers, len(body)) + body)
        return _answer(channel)
    except TimeoutError:
        met = f"no answer came within {deadline.seconds:g} s"
        raise failed("Timeout", met=met) from None
    except OSError as error:
        met = f"the connection broke before an answer came ({type(error).__name__})"
        raise failed("ReceiveFailure", met=met) from error


def _head(url: str, headers: Mapping[str, str], length: int) -> bytes:
    parts = urlsplit(url)
    lines = (
        f"POST {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {length}",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _answer(channel: Channel) -> Answered:
    received = b""
    while True:
        head, received = _next_head(channel, received)
        line = _STATUS_LINE.match(head)
        if line is None:
            raise _violation()
        if int(line[1]) >= _FIRST_FINAL_STATUS:
            return Answered(status=int(line[1]), place=_place(head))


def _next_head(channel: Channel, received: bytes) -> tuple[bytes, bytes]:
    """Return the next head, with its end, and what came after it."""
    while not (end := _END.search(received)):
        if received[: len(_BEGINNING)] != _BEGINNING[: len(received)]:
            raise _violation()
        if len(received) > MOST_HEAD_BYTES:
            raise _violation()
        block = channel.receive()
        if not block:
            met = "the connection was closed before an answer was complete"
            raise failed("ConnectionClosed", met=met)
        received += block
    return received[: end.end()], received[end.end() :]


def _violation() -> Exception:
    return failed("ServerProtocolViolation", met="what came back is no answer of HTTP/1.1")


def _place(head: bytes) -> str:
    """Return where a redirect leads to, without a query, which may hold anything."""
    found = _LOCATION.search(head)
    if found is None:
        return ""
    text = found[1].decode("ascii", "replace").strip().partition("?")[0].partition("#")[0]
    before, at, after = text.rpartition("@")
    shown = f"{before.partition('//')[0]}//{after}" if at and "//" in before else text
    return "".join(c for c in shown if c.isprintable())[:_LONGEST_PLACE]
