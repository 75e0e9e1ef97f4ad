"""The canonical form of URLs and names."""

from __future__ import annotations

import pytest

from ens_provider.lifecycle.canonical import (
    canonical_name,
    canonical_url,
    differs_in_case_only,
    same_name,
    same_url,
)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/", "https://example.com/"),
        ("HTTPS://Example.COM/Orders", "https://example.com/Orders"),
        ("https://example.com/a%2fb%C3%a4", "https://example.com/a%2Fb%C3%A4"),
        ("https://example.com/a/", "https://example.com/a/"),
        ("https://xn--bcher-kva.example/x", "https://xn--bcher-kva.example/x"),
    ],
)
def test_url_has_one_spelling(given: str, canonical: str) -> None:
    """Host case, an empty path and the case of escapes do not make another URL."""
    assert canonical_url(given) == canonical


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            "http://example.com/",
            "it does not begin with https://; ENS calls https endpoints only",
        ),
        (
            "https://example.com:443/",
            "it has a port; ENS takes https://host/path without one, on port 443",
        ),
        (
            "https://example.com:/",
            "it has a port; ENS takes https://host/path without one, on port 443",
        ),
        ("https://example.com/?a=1", "it has a query; ENS takes https://host/path without one"),
        ("https://example.com/?", "it has a query; ENS takes https://host/path without one"),
        ("https://example.com/#x", "it has a fragment; ENS takes https://host/path without one"),
        (
            "https://user@example.com/",
            "it contains user information; ENS takes https://host/path only",
        ),
        ("https:///orders", "its host is not a host name; write https://host/path"),
        ("https://-a.example/", "its host is not a host name; write https://host/path"),
        ("https://[::1/", "it is not a URL; write https://host/path"),
        (
            "https://bücher.example/",
            "its host is not ASCII; write the host in its xn-- (punycode) form",
        ),
        (
            "https://example.com/ä",
            "its path has characters that must be percent-encoded; encode them",
        ),
        (
            "https://example.com/%zz",
            "its path has characters that must be percent-encoded; encode them",
        ),
        (
            "https://example.com/a/../b",
            "its path has a . or .. segment; write the path it stands for",
        ),
        (
            "https://example.com/a b",
            "it contains white space; write https://host/path without any",
        ),
        (
            " https://example.com/",
            "it contains white space; write https://host/path without any",
        ),
    ],
)
def test_url_that_ens_does_not_take(given: str, sentence: str) -> None:
    """A URL that the service would refuse is refused with the reason and the remedy."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 -- the whole sentence is asserted
        canonical_url(given)

    assert str(refusal.value) == sentence


def test_urls_of_one_endpoint_are_the_same() -> None:
    """URLs are compared in canonical form, and those out of form as text."""
    assert same_url("https://EXAMPLE.com", "https://example.com/")
    assert not same_url("https://example.com/a", "https://example.com/A")
    assert same_url("http://old:80/x", "http://old:80/x")
    assert not same_url("http://old:80/x", "http://OLD:80/x")


def test_names_are_compared_in_nfc() -> None:
    """A composed and a decomposed letter are the same name; another case is not."""
    assert canonical_name("Bu\u0308ro") == "B\u00fcro"
    assert same_name("Bu\u0308ro", "B\u00fcro")
    assert not same_name("Orders", "orders")
    assert differs_in_case_only("Orders", "orders")
    assert not differs_in_case_only("orders", "orders")
    assert not differs_in_case_only("orders", "other")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "it is empty; give a name or leave it out for project-stack-resource"),
        (" orders", "it begins or ends with white space; remove that"),
        ("orders\n", "it begins or ends with white space; remove that"),
        ("or\x00ders", "it contains control characters; remove them"),
    ],
)
def test_name_that_nobody_can_see(given: str, sentence: str) -> None:
    """A name with invisible parts is refused, since nobody could tell it from another."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 -- the whole sentence is asserted
        canonical_name(given)

    assert str(refusal.value) == sentence
