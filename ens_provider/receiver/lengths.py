"""How long a body may be, seen before it is read."""

from http import HTTPStatus

from ens_provider.receiver.answers import refusal, too_long
from ens_provider.receiver.messages import Response

# More digits than any length has; Python refuses to read thousands of them.
_MOST_DIGITS = 18


class UnusableLengthError(Exception):
    """A body cannot be read; `response` is the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"The body is not read; the answer is {response.status}.")
        self.response = response


def content_length(header: str | None, *, longest: int) -> int | None:
    """Return the length that a header `Content-Length` gives, None without one.

    Raises:
        UnusableLengthError: it is no number (400), or beyond the bound (413).
    """
    text = (header or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise UnusableLengthError(
            refusal(HTTPStatus.BAD_REQUEST, "The Content-Length is not a number.")
        )
    if len(text) > _MOST_DIGITS or int(text) > longest:
        raise UnusableLengthError(too_long(longest))
    return int(text)
