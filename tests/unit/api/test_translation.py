"""Exceptions of the libraries below HTTP and what becomes of them."""

from __future__ import annotations

import pytest
import requests
from urllib3 import exceptions as pool_errors
from urllib3.connection import HTTPSConnection

from ens_provider.api.errors import ConfigurationError, ConnectionLostError, UnreachableError
from ens_provider.api.translation import TRANSLATIONS, reason, translate
from ens_provider.api.wire import Request

REQUEST = Request(
    method="POST",
    url="https://ens.example/route",
    phrase="create callback 'orders'",
    operation="create callback",
)


def all_of_requests() -> set[type[requests.RequestException]]:
    """Return each exception class that requests can raise."""
    found = {
        member
        for member in vars(requests.exceptions).values()
        if isinstance(member, type) and issubclass(member, requests.RequestException)
    }
    assert len(found) > 15
    return found


def test_each_exception_of_requests_has_a_counterpart() -> None:
    """A class that a new version of requests brings along is missed here first."""
    assert all_of_requests() == set(TRANSLATIONS)


@pytest.mark.parametrize("kind", list(TRANSLATIONS))
def test_whatever_was_sent_has_an_unknown_outcome(kind: type[requests.RequestException]) -> None:
    """Once a byte has left, no class of exception makes the outcome certain."""
    error = translate(_made(kind), REQUEST, sent=True)

    assert isinstance(error, ConnectionLostError)
    assert error.outcome_unknown


@pytest.mark.parametrize("kind", list(TRANSLATIONS))
def test_whatever_was_not_sent_is_certain(kind: type[requests.RequestException]) -> None:
    """Before a byte has left, it is the network or the configuration."""
    error = translate(_made(kind), REQUEST, sent=False)

    configuration = {
        "InvalidProxyURL",
        "InvalidSchema",
        "InvalidURL",
        "MissingSchema",
        "URLRequired",
    }
    expected = ConfigurationError if kind.__name__ in configuration else UnreachableError
    assert type(error) is expected
    assert not error.outcome_unknown


def _made(kind: type[requests.RequestException]) -> requests.RequestException:
    arguments = ("text", "doc", 0) if kind is requests.exceptions.JSONDecodeError else ("text",)
    return kind(*arguments)


def test_name_that_cannot_be_resolved() -> None:
    """The sentence names the host and says that its name is the trouble."""
    connection = HTTPSConnection("ens.example")
    cause = pool_errors.NameResolutionError("ens.example", connection, OSError(-2, "unknown"))  # type: ignore[arg-type] # no pool is needed for the text
    wrapped = pool_errors.MaxRetryError(None, "/route", cause)  # type: ignore[arg-type] # no pool is needed for the text

    error = translate(requests.ConnectionError(wrapped), REQUEST, sent=False)

    assert str(error) == (
        "ens.example could not be reached to create callback 'orders': its name could not be "
        "resolved. Nothing was sent. Check the network, the proxy and the address of ENS, then run "
        "the command again."
    )


def test_texts_of_the_libraries_are_not_handed_on() -> None:
    """They may hold what is secret, such as the value of a header."""
    error = translate(requests.exceptions.InvalidHeader("Bearer abc"), REQUEST, sent=False)

    assert "abc" not in str(error)


def test_causes_that_form_a_ring() -> None:
    """A chain of causes without an end is looked through once."""
    first, second = OSError("one"), OSError("two")
    first.__cause__, second.__cause__ = second, first

    assert reason(first) == "the connection failed (OSError)"
