"""What the service asks of a callback's URL (documentation page "Create Callback")."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from ens_provider.emulator.service_errors import WRONG_FORMAT, ServiceError, bad_request

_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?")


def require_callback_url(url: str) -> None:
    """Refuse everything but `https://host[/path]`; the sentences are guesses.

    Raises:
        ServiceError: 400, naming the field and the part that is wrong.
    """
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    if scheme.lower() != "https" or not separator:
        raise _refused("must use https")
    for mark, part in (("?", "a query string"), ("#", "a fragment")):
        if mark in rest:
            raise _refused(f"must not have {part}")
    for mark, part in (("@", "user information"), (":", "a port")):
        if mark in authority:
            raise _refused(f"must not have {part}")
    if not _HOST.fullmatch(authority) or not _PATH.fullmatch(slash + path):
        raise _refused("is not a valid URL")


@lru_cache(maxsize=65_536)
def canonical_url(url: str) -> str:
    """Return the URL with its scheme and host in lower case and an empty path as `/`."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path or '/'}"


def _refused(reason: str) -> ServiceError:
    return bad_request(f"url {reason}.", errorcode=WRONG_FORMAT)
