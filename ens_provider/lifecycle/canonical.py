"""The canonical form of what names a callback: its URL and its name."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

_PERCENT_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)\Z")
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*\Z")
_DOT_SEGMENTS = {".", ".."}


def canonical_url(url: str) -> str:
    """Return a callback URL in the one spelling that is sent, stored and compared.

    The host is in lower case, an empty path is ``/`` and percent escapes are in upper case.

    Args:
        url: ``https://host[/path]``, at most what ENS accepts ("Create a Callback": https only,
            no port, no query string).

    Raises:
        ValueError: The URL is not of that form; the message says which part and what to write.
    """
    if url != url.strip() or any(character.isspace() for character in url):
        raise ValueError("it contains white space; write https://host/path without any")
    parts = _split(url)
    _refuse_unsupported_parts(url, parts)
    host = _canonical_host(parts.hostname or "")
    return f"https://{host}{_canonical_path(parts.path)}"


def same_url(one: str, other: str) -> bool:
    """Tell whether two URLs name the same endpoint, also when one of them is not well formed."""
    return _comparable_url(one) == _comparable_url(other)


def canonical_name(name: str) -> str:
    """Return a name of a callback in the form in which it is sent, stored and compared (NFC).

    Raises:
        ValueError: The name is empty, or has control characters or white space at an end.
    """
    name = unicodedata.normalize("NFC", name)
    if not name:
        raise ValueError("it is empty; give a name or leave it out for project-stack-resource")
    if name != name.strip():
        raise ValueError("it begins or ends with white space; remove that")
    if any(unicodedata.category(character) == "Cc" for character in name):
        raise ValueError("it contains control characters; remove them")
    return name


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are the same text in canonical form; case matters."""
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def differs_in_case_only(one: str, other: str) -> bool:
    """Tell whether two names that are not the same become the same without regard to case."""
    return not same_name(one, other) and one.casefold() == other.casefold()


def _comparable_url(url: str) -> str:
    try:
        return canonical_url(url)
    except ValueError:
        # What the service echoes need not obey the rules for what we send.
        return url


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("it is not a URL; write https://host/path") from None


def _refuse_unsupported_parts(url: str, parts: SplitResult) -> None:
    if parts.scheme.lower() != "https":
        raise ValueError("it does not begin with https://; ENS calls https endpoints only")
    if "@" in parts.netloc:
        raise ValueError("it contains user information; ENS takes https://host/path only")
    if ":" in parts.netloc:
        raise ValueError("it has a port; ENS takes https://host/path without one, on port 443")
    if "?" in url:
        raise ValueError("it has a query; ENS takes https://host/path without one")
    if "#" in url:
        raise ValueError("it has a fragment; ENS takes https://host/path without one")


def _canonical_host(host: str) -> str:
    if not host.isascii():
        raise ValueError("its host is not ASCII; write the host in its xn-- (punycode) form")
    host = host.lower()
    if len(host) > 253 or not all(_HOST_LABEL.match(label) for label in host.split(".")):  # noqa: PLR2004 -- the limit of RFC 1035
        raise ValueError("its host is not a host name; write https://host/path")
    return host


def _canonical_path(path: str) -> str:
    if not _PATH.match(path):
        raise ValueError("its path has characters that must be percent-encoded; encode them")
    if _DOT_SEGMENTS & set(path.split("/")):
        raise ValueError("its path has a . or .. segment; write the path it stands for")
    return _PERCENT_ESCAPE.sub(lambda escape: escape[0].upper(), path) or "/"
