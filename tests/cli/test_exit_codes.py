"""How commands end for each error of the package."""

from __future__ import annotations

import pytest

import ens_provider as ens
from ens_provider.cli.exit_codes import exit_code_of


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ens.ConfigurationError, 2),
        (ens.AuthenticationError, 3),
        (ens.PermissionDeniedError, 3),
        (ens.WrongBusinessUnit, 3),
        (ens.NotFoundError, 4),
        (ens.BadRequestError, 4),
        (ens.RateLimitedError, 4),
        (ens.ServiceError, 4),
        (ens.UnreachableError, 1),
        (ens.ConnectionLostError, 1),
        (ens.ENSError, 1),
    ],
)
def test_exit_code(kind: type[ens.ENSError], code: int) -> None:
    """What to configure is 2, who may not 3, what ENS refuses 4, and anything else 1."""
    assert exit_code_of(kind("It failed.")) == code
