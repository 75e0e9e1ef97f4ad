"""What a refusal of the service says, as far as the rules and their sentences need it."""

from __future__ import annotations

import re

from ens_provider.api.errors import ENSError

_ALREADY_EXISTS = 304
# Nobody has published the text of a 400 for what is already present; these words are what it can
# hardly do without.
_SAYS_PRESENT = re.compile(r"already|duplicate|\bexists\b", re.IGNORECASE)


def says_present(refusal: ENSError) -> bool:
    """Tell whether the text of a refused creation says that the object exists."""
    return bool(_SAYS_PRESENT.search(refusal.service_text))


def status_of(refusal: ENSError | None) -> int | None:
    """Return the HTTP status of a refused creation; None stands for 304."""
    return _ALREADY_EXISTS if refusal is None else refusal.status


def quoted(refusal: ENSError | None) -> str:
    """Return the service's own words with a space before them, for a parenthesis; or nothing."""
    return f" ({refusal.service_text})" if refusal and refusal.service_text else ""
