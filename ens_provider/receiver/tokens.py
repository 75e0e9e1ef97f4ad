"""The bearer token that lets its holder fetch keys and administer."""

import hmac
from collections.abc import Mapping
from http import HTTPStatus

from ens_provider.receiver.answers import refusal
from ens_provider.receiver.messages import Response


class BearerToken:
    """Checks `Authorization: Bearer TOKEN`; shows the token to nobody.

    Raises:
        ValueError: the token is empty, or holds what a header cannot carry unchanged.
    """

    def __init__(self, token: str) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError(
                "The receiver's token must be printable ASCII without blanks, and not empty: an "
                "empty one would let everybody in."
            )
        self._token = token.encode("ascii")

    def refusal(self, headers: Mapping[str, str]) -> Response | None:
        """Return the answer 401 to a request that does not carry the token, else None."""
        scheme, _, given = headers.get("authorization", "").strip().partition(" ")
        # Bytes, since texts that are not ASCII cannot be compared in constant time.
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if same and scheme.lower() == "bearer":
            return None
        return refusal(
            HTTPStatus.UNAUTHORIZED,
            "This needs the receiver's token: 'Authorization: Bearer TOKEN'.",
            {"WWW-Authenticate": "Bearer"},
        )
