"""How errors reach the user through different SDKs."""

from __future__ import annotations

import traceback

import pytest

import ens_provider as ens
from ens_provider.resources.error_text import as_shown, sdk_version

ERROR = ens.ProbeFailed("ENS could not verify the endpoint.", status=400)


def test_sdk_that_shows_classes_gets_the_error_itself() -> None:
    """Its plugin formats the exception, whose class has the public name."""
    for sdk in ((3, 261), (3, 272), (4, 0)):
        assert as_shown(ERROR, sdk=sdk) is ERROR

    assert traceback.format_exception_only(ERROR) == [
        "ens_provider.ProbeFailed: ENS could not verify the endpoint.\n"
    ]


@pytest.mark.parametrize("sdk", [(3, 220), (3, 260)])
def test_sdk_that_shows_texts_gets_the_class_in_the_text(sdk: tuple[int, int]) -> None:
    """Its plugin shows `str` of the exception, which names the class as well."""
    assert str(as_shown(ERROR, sdk=sdk)) == (
        "ens_provider.ProbeFailed: ENS could not verify the endpoint."
    )


def test_version_of_the_installed_sdk() -> None:
    """The installed SDK is one that the requirements allow."""
    assert (3, 259) <= sdk_version() < (4, 0)
