"""Reading what anybody may have sent: ids, keys and JSON. Everything else raises `BodyError`."""

import base64
import binascii
import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from ens_provider.receiver.events import Event, JSONObject
from ens_provider.receiver.messages import Probe

LONGEST_PROBE_BYTES = 64 * 1024

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_LONGEST_KEY = 512


class BodyError(ValueError):
    """A body or an id is not what belongs there; the sentence says what does, and quotes nothing."""


def guid(text: object) -> str:
    """Return a callback's id in lower case.

    Raises:
        BodyError: it is no GUID; such an id could be a path, or as long as anything.
    """
    if not isinstance(text, str) or not _GUID.fullmatch(text):
        raise BodyError(
            "The id of a callback is a GUID, such as 65b885ab-c2b4-46fe-85d0-d6cb8be8057d."
        )
    return text.lower()


def base64_key(text: object) -> str:
    """Return a key that is base64 of something.

    Raises:
        BodyError: it is not, or longer than 512 characters.
    """
    try:
        if (
            isinstance(text, str)
            and len(text) <= _LONGEST_KEY
            and base64.b64decode(text, validate=True)
        ):
            return text
    except (binascii.Error, ValueError):
        pass
    raise BodyError("A key is base64, of at most 512 characters.")


def parsed(body: bytes) -> Any:
    """Return the JSON of a body.

    Raises:
        BodyError: it is no JSON, or nested deeper than anything the service sends.
    """
    try:
        return json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        raise BodyError("The body is not JSON.") from None


def probe_in(body: bytes) -> Probe | None:
    """Return the probe that an unsigned body is; None for what can only be an unsigned delivery.

    Raises:
        BodyError: it is neither.
    """
    # Anybody can send unsigned bodies: what cannot be a probe is not worth parsing.
    if len(body) > LONGEST_PROBE_BYTES or body.lstrip()[:1] == b"[":
        return None
    content = parsed(body)
    if not isinstance(content, dict) or not {"callbackId", "verificationKey"} <= set(content):
        raise BodyError(
            "The body is neither a probe (an object with callbackId and verificationKey) nor a "
            "signed delivery (an array of events)."
        )
    return Probe(
        callback_id=guid(content["callbackId"]),
        verification_key=base64_key(content["verificationKey"]),
    )


def events_in(body: bytes) -> list[JSONObject]:
    """Return the events of a delivery; a bare event is a batch of one.

    Raises:
        BodyError: the body is no array of objects.
    """
    content = parsed(body)
    events = content if isinstance(content, list) else [content]
    if not all(isinstance(event, dict) for event in events):
        raise BodyError("A delivery is an array of events, each of them an object.")
    return events


def require_ids(events: Iterable[Event]) -> None:
    """Work out the id of each event, which remembers it.

    Raises:
        BodyError: one is nested so deep that it can be read, but not written again.
    """
    try:
        for event in events:
            str(event.id)
    except RecursionError:
        raise BodyError("The body is not JSON.") from None


def keys_in(body: bytes, *, most: int) -> list[str]:
    """Return the keys of `{"keys": [current, previous, ...]}`, at least one.

    Raises:
        BodyError: the body is not of this form, or has more than `most` keys.
    """
    content = parsed(body)
    keys = content.get("keys") if isinstance(content, dict) and len(content) == 1 else None
    if not isinstance(keys, list) or not 1 <= len(keys) <= most:
        raise BodyError(
            f'The body is {{"keys": [current, previous, ...]}}, with at least one key and at most {most}.'
        )
    return [base64_key(key) for key in keys]


def _finite(text: str) -> float:
    # 1e400 is a number in JSON and none of ours: it would be written again as Infinity.
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _refuse_constant(_name: str) -> NoReturn:
    # NaN and Infinity are no JSON, and would make none when the events are written again.
    raise ValueError
