"""What is fuzzed: each target takes any bytes and raises where a promise does not hold."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.client_answer import check_client_answer
from tests.fuzz.probe_text import check_probe_text
from tests.fuzz.receiver_request import check_receiver_request
from tests.fuzz.signature import check_signature

TARGETS: dict[str, Callable[[bytes], None]] = {
    "client_answer": check_client_answer,
    "probe_text": check_probe_text,
    "receiver_request": check_receiver_request,
    "signature": check_signature,
}
"""The targets by the names of their folders of cases."""
