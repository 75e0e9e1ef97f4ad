"""How an error reaches the user: as `ens_provider.Class: sentence`, whatever the SDK makes of it."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version

from ens_provider.api.errors import ENSError

# Since then the plugin answers with the formatted exception, before that with its text alone.
_SHOWS_CLASSES = (3, 261)


class NamedError(Exception):
    """Raised in an error's place where only an exception's text is shown."""


def as_shown(error: ENSError, *, sdk: tuple[int, int]) -> Exception:
    """Return the exception by which a plugin of that SDK shows an error's class and sentence.

    The class is what the retry hook and people's log searches go by.

    Args:
        error: What happened.
        sdk: Major and minor version of the Pulumi SDK.
    """
    if sdk >= _SHOWS_CLASSES:
        return error
    return NamedError(f"{type(error).__module__}.{type(error).__qualname__}: {error}")


@lru_cache(maxsize=1)
def sdk_version() -> tuple[int, int]:
    """Return major and minor version of the installed Pulumi SDK."""
    major, minor = version("pulumi").split(".")[:2]
    return int(major), int(minor)
