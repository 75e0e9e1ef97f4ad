"""Receivers that are bad in one way each, around one that is good, over real TLS."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ens_provider.emulator.samples.catalogue import SAMPLES
from ens_provider.receiver import MemorySignatureKeys, Receiver, Response
from ens_provider.receiver.messages import Headers
from tests.cli.conftest import Commands, Ended
from tests.receiver.served import serving

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
PREVIOUS_KEY = "KktBXb9V556KtSDG7Wb5a0xHAu/z9n3k+YekDzLy7i0="
RETIRED_KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
SIGNATURE = "x-sfmc-ens-signature"
URL = "https://receiver.test/orders"


@dataclass(frozen=True, kw_only=True)
class Came:
    """A request: its headers by their names as they were spelled."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def signature(self) -> str | None:
        """The value of the signature's header, in whatever letter case its name is."""
        return next((v for n, v in self.headers.items() if n.lower() == SIGNATURE), None)

    @property
    def is_probe(self) -> bool:
        """Whether it is what a probe is."""
        return self.signature is None and b'"verificationKey"' in self.body

    def types(self) -> set[object]:
        """The types of its events."""
        content = json.loads(self.body)
        events = content if isinstance(content, list) else [content]
        return {event.get("eventCategoryType") for event in events}


Good = Callable[[Came], Response]
Behaviour = Callable[[Good, Came], Response]


@dataclass
class Around:
    """A receiver that does not always do what the good one inside does; it accepts two keys."""

    behaviour: Behaviour
    longest_body_bytes: int = 8 * 1024 * 1024
    keys: MemorySignatureKeys = field(
        default_factory=lambda: MemorySignatureKeys({ORDERS: [KEY, PREVIOUS_KEY]})
    )

    def __post_init__(self) -> None:
        self._receiver = Receiver(lambda _: None, signature_keys=self.keys)

    def handle(self, method: str, path: str, headers: Headers, body: bytes) -> Response:
        """Answer one request."""

        def good(came: Came) -> Response:
            return self._receiver.handle(method, path, came.headers, came.body)

        pairs = headers.items() if isinstance(headers, Mapping) else headers
        return self.behaviour(good, Came(headers=dict(pairs), body=body))


def good(real: Good, came: Came) -> Response:
    """Do nothing wrong."""
    return real(came)


def probe_with_204(real: Good, came: Came) -> Response:
    """Answer probes with another 2xx."""
    return Response(status=204) if came.is_probe else real(came)


def accepting_everything(_real: Good, _came: Came) -> Response:
    """Check nothing."""
    return Response(status=200)


def rewriting(real: Good, came: Came) -> Response:
    """Parse the body and write it again, as middleware does, before the signature is checked."""
    written = json.dumps(json.loads(came.body), ensure_ascii=False, separators=(",", ":"))
    return real(Came(headers=came.headers, body=written.encode()))


def rewriting_in_ascii(real: Good, came: Came) -> Response:
    """Write the body again with escapes for all that is not ASCII."""
    text = json.dumps(json.loads(came.body), separators=(",", ":"))
    for mark in "=&<>'":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return real(Came(headers=came.headers, body=text.encode()))


def redirecting(_real: Good, _came: Came) -> Response:
    """Send everybody to a login."""
    place = "https://user:secret@www.example.com/login?token=secret"
    return Response(status=302, headers={"Location": place})


def failing_on_unknown_types(real: Good, came: Came) -> Response:
    """Know the types of today only."""
    answer = real(came)
    known = came.is_probe or came.types() <= {*SAMPLES, None}
    return answer if answer.status != 200 or known else Response(status=500)


def refusing_replays() -> Behaviour:
    """Take no body twice."""
    seen: set[bytes] = set()

    def behave(real: Good, came: Came) -> Response:
        answer = real(came)
        again = came.body in seen
        if answer.status == 200:
            seen.add(came.body)
        return Response(status=409) if again else answer

    return behave


def exact_header_name(real: Good, came: Came) -> Response:
    """Find the signature under one spelling alone."""
    kept = {n: v for n, v in came.headers.items() if n == SIGNATURE or n.lower() != SIGNATURE}
    return real(Came(headers=kept, body=came.body))


def unsigned_is_good(real: Good, came: Came) -> Response:
    """Check the signature only if there is one."""
    return real(came) if came.signature is not None else Response(status=200)


def comparing_beginnings(real: Good, came: Came) -> Response:
    """Accept whatever the genuine signature begins with."""
    key = base64.b64decode(KEY)
    genuine = base64.b64encode(hmac.digest(key, came.body, "sha256")).decode()
    given = came.signature
    if given is not None and genuine.startswith(given):
        return Response(status=200)
    return real(came)


def empty_key_in_list(real: Good, came: Came) -> Response:
    """Accept what an empty key signed, as where a variable is not set."""
    empty = base64.b64encode(hmac.digest(b"", came.body, "sha256")).decode()
    return Response(status=200) if came.signature == empty else real(came)


def refusing_with_a_redirect(real: Good, came: Came) -> Response:
    """Lead to a login whoever is not known."""
    answer = real(came)
    return answer if answer.status == 200 else Response(status=303)


def holding_large_batches(until: threading.Event) -> Behaviour:
    """Work long on large batches, until a test is over."""

    def behave(real: Good, came: Came) -> Response:
        if len(came.body) > 100_000:
            until.wait(20)
        return real(came)

    return behave


def in_arrays_only(real: Good, came: Came) -> Response:
    """Take batches, and signed objects not."""
    bare = came.signature is not None and not came.body.startswith(b"[")
    return Response(status=400) if bare else real(came)


def one_content_type(real: Good, came: Came) -> Response:
    """Take one spelling of the content type."""
    is_json = came.headers.get("Content-Type") == "application/json"
    return real(came) if is_json else Response(status=415)


def is_type_alone(came: Came) -> bool:
    """Whether it is an event that has nothing but its type."""
    content = json.loads(came.body)
    return isinstance(content, list) and [list(each) for each in content] == [["eventCategoryType"]]


@contextmanager
def conforming(receiver: Around, folder: Path, **variables: str) -> Iterator[Callable[..., Ended]]:
    """Serve a receiver, and give what runs the command against it."""
    with serving(receiver) as running:
        ca_file = folder / "ca.pem"
        running.authority.cert_pem.write_to_path(ca_file)

        def conform(*arguments: str, **more: str) -> Ended:
            way = [f"--resolve=receiver.test=127.0.0.1:{running.port}", f"--ca-file={ca_file}"]
            environment = {"ENS_SIGNATURE_KEY": KEY, **variables, **more}
            return Commands().run("conform", URL, *way, *arguments, **environment)

        yield conform
