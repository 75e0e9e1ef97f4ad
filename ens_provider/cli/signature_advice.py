"""Why a signature does not fit: told only if it does fit once one thing is put right."""

import json
from collections.abc import Callable, Iterator, Sequence

from ens_provider.receiver.signature import SignatureError, verify

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# How the service writes these characters in its JSON.
_ESCAPES = str.maketrans(
    {"&": "\\u0026", "'": "\\u0027", "<": "\\u003c", "=": "\\u003d", ">": "\\u003e"}
)
_REWRITTEN = (
    "It fits the JSON of the body as the service writes it: the body was parsed and written "
    "again. Check the bytes as they came, before any parsing."
)


def advice(body: bytes, signature: str, keys: Sequence[str]) -> list[str]:
    """Return the sentence, if there is one, that says how body or key differ from what was signed."""
    for sentence, other_body, other_keys in _variants(body, keys):
        try:
            verify(other_body, signature, other_keys)
        except SignatureError:
            continue
        return [sentence]
    return []


def _variants(body: bytes, keys: Sequence[str]) -> Iterator[tuple[str, bytes, Sequence[str]]]:
    stripped = body.rstrip(b"\r\n")
    without = "It fits the body without the line break at its end: an editor or `echo` added it."
    yield without, stripped, keys
    with_one = "It fits the body with a line break at its end: something cut it off."
    for line_break in (b"\n", b"\r\n"):
        yield with_one, stripped + line_break, keys
    yield (
        "It fits the body without the byte order mark at its start.",
        body.removeprefix(_BYTE_ORDER_MARK),
        keys,
    )
    line_breaks = "It fits the body with other line breaks: something converted them."
    unix = body.replace(b"\r\n", b"\n")
    yield line_breaks, unix, keys
    yield line_breaks, unix.replace(b"\n", b"\r\n"), keys
    quoted = "It fits the key without the quotation marks around it."
    yield quoted, body, [key.strip().strip("\"'") for key in keys]
    for rewritten in _rewritten(body):
        yield _REWRITTEN, rewritten, keys


def _rewritten(body: bytes) -> Iterator[bytes]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for write in _WRITERS:
        text = write(content)
        yield text.encode("utf-8", "surrogatepass")
        yield _escaped(text).encode("utf-8", "surrogatepass")


def _escaped(text: str) -> str:
    # Outside of texts none of these characters stands in JSON.
    return text.translate(_ESCAPES)


def _compact(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _compact_ascii(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))


_WRITERS: tuple[Callable[[object], str], ...] = (_compact, _compact_ascii)
