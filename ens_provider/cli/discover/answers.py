"""Reading answers without expecting anything of them."""

from __future__ import annotations

from typing import Any

from ens_provider.api.service_text import parsed_or_none, raw_text
from ens_provider.api.wire import Answer
from ens_provider.lifecycle.probe import ProbeFailure, parse_probe_failure

OK, CREATED, NOT_MODIFIED, BAD_REQUEST, NOT_FOUND, CONFLICT = 200, 201, 304, 400, 404, 409


def is_success(answer: Answer) -> bool:
    """Tell whether something was done."""
    return answer.status // 100 == 2  # noqa: PLR2004 -- the class of success


def record_in(answer: Answer) -> dict[str, Any]:
    """Return the one object of a success, bare or in an array; an empty one if there is none."""
    content = parsed_or_none(answer.raw) if is_success(answer) else None
    first = content[0] if isinstance(content, list) and content else content
    return first if isinstance(first, dict) else {}


def records_in(answer: Answer) -> list[dict[str, Any]]:
    """Return the objects of a list; none for any other answer."""
    content = parsed_or_none(answer.raw) if is_success(answer) else None
    return [each for each in content if isinstance(each, dict)] if isinstance(content, list) else []


def probe_failure_in(answer: Answer) -> ProbeFailure | None:
    """Return what a refused creation says about the probe; None if it does not speak of it."""
    if answer.status != BAD_REQUEST:
        return None
    return parse_probe_failure(raw_text(answer.raw))
