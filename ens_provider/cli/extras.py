"""Optional packages: say in one sentence which extra brings the one that is missing."""

import importlib


class MissingExtraError(Exception):
    """A package of an optional extra is not installed."""


def require(package: str, *, extra: str, purpose: str) -> None:
    """Check that a package can be imported.

    Raises:
        MissingExtraError: it cannot; the sentence names the extra to install.
    """
    try:
        importlib.import_module(package)
    except ImportError:
        raise MissingExtraError(
            f"{purpose} need the package '{package}', which is not installed: "
            f"pip install 'pulumi-sfmc-ens[{extra}]'"
        ) from None
