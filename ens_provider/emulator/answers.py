"""What goes back to a caller, before it is HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ens_provider.emulator.service_errors import ServiceError


@dataclass(frozen=True)
class Answer:
    """A status, a body as text and the headers that are not those of every answer."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    truncated: bool = False


def json_answer(status: int, content: object) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, json.dumps(content))


def error_answer(error: ServiceError) -> Answer:
    """Return what the service answers to something it refuses."""
    body = "" if error.body is None else json.dumps(error.body)
    return Answer(error.status, body, error.headers)
