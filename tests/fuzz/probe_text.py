"""The service's text about a failed probe, as the body of a 400. An input is that body."""

from __future__ import annotations

import json
import re

from ens_provider.lifecycle.probe import parse_probe_failure
from tests.fuzz.one_line import interpreted

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_LONGEST_QUOTE = 400


def check_probe_text(data: bytes) -> None:
    """What is read is an id that stands in the text and words that a sentence can take, or nothing."""
    body = data.decode("utf-8", "replace")
    _check(body)
    # What tells the text from others is long, and no fuzzer guesses it often.
    _check(f"probeCallbackLiveness: {body}")
    _check(f"probeCallbackLiveness: CallbackId is {body}")
    _check(f"probeCallbackLiveness: Status: {body}")


def _check(body: str) -> None:
    failure = parse_probe_failure(body)
    if failure is None:
        return
    if failure.callback_id is not None:
        assert _GUID.fullmatch(failure.callback_id)
        assert failure.callback_id in _spelled_out(body).lower(), "an id is made up"
    for words in (failure.quoted(), failure.explanation()):
        assert words
        assert interpreted(words) == []
    assert len(failure.quoted()) <= _LONGEST_QUOTE


def _spelled_out(body: str) -> str:
    """Return the body with the escapes of its JSON resolved, beside the body as it stands."""
    try:
        return body + " " + json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
