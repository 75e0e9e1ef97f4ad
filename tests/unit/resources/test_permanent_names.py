"""Names that stand in users' states and can never change."""

from __future__ import annotations

import base64

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider

import ens_provider as ens

PICKLES = {
    "CallbackProvider": "gASVKAAAAAAAAACMDGVuc19wcm92aWRlcpSMEENhbGxiYWNrUHJvdmlkZXKUk5QpgZQu",
    "CallbackVerificationProvider": (
        "gASVNAAAAAAAAACMDGVuc19wcm92aWRlcpSMHENhbGxiYWNrVmVyaWZpY2F0aW9uUHJvdmlkZXKUk5QpgZQu"
    ),
    "SelfTestProvider": "gASVKAAAAAAAAACMDGVuc19wcm92aWRlcpSMEFNlbGZUZXN0UHJvdmlkZXKUk5QpgZQu",
    "SettledProvider": "gASVJwAAAAAAAACMDGVuc19wcm92aWRlcpSMD1NldHRsZWRQcm92aWRlcpSTlCmBlC4=",
    "SignatureKeyProvider": (
        "gASVLAAAAAAAAACMDGVuc19wcm92aWRlcpSMFFNpZ25hdHVyZUtleVByb3ZpZGVylJOUKYGULg=="
    ),
    "SubscriptionProvider": (
        "gASVLAAAAAAAAACMDGVuc19wcm92aWRlcpSMFFN1YnNjcmlwdGlvblByb3ZpZGVylJOUKYGULg=="
    ),
}
TYPE_TOKENS = {
    "Callback": "pulumi-python:dynamic/ens:Callback",
    "CallbackVerification": "pulumi-python:dynamic/ens:CallbackVerification",
    "SelfTest": "pulumi-python:dynamic/ens:SelfTest",
    "Settled": "pulumi-python:dynamic/ens:Settled",
    "SignatureKey": "pulumi-python:dynamic/ens:SignatureKey",
    "Subscription": "pulumi-python:dynamic/ens:Subscription",
}


@pytest.mark.parametrize("name", list(PICKLES))
def test_pickle_of_a_provider(name: str) -> None:
    """A provider is pickled by its public name and holds no data."""
    provider = getattr(ens, name)()

    assert serialize_provider(provider) == PICKLES[name]
    assert provider.serialize_as_secret_always is False


@pytest.mark.parametrize("name", list(PICKLES))
def test_pickle_names_the_package_only(name: str) -> None:
    """The pickle names the package, not a file in it, so that files may move."""
    pickled = base64.b64decode(PICKLES[name])

    assert b"ens_provider" in pickled
    assert b"ens_provider." not in pickled


@pytest.mark.parametrize("name", list(TYPE_TOKENS))
def test_type_token(name: str) -> None:
    """The type is part of every URN."""
    resource = getattr(ens, name)

    assert issubclass(resource, pulumi.CustomResource)
    assert f"pulumi-python:{resource._resource_type_name}" == TYPE_TOKENS[name]


@pytest.mark.parametrize("name", [name for name in ens.__all__ if name != "__version__"])
def test_public_name_says_where_it_is_from(name: str) -> None:
    """Errors print, and providers unpickle, under the package's name."""
    value = getattr(ens, name)

    if name in PICKLES or (isinstance(value, type) and issubclass(value, Exception)):
        assert f"{value.__module__}.{value.__qualname__}" == f"ens_provider.{name}"


def test_unknown_public_name() -> None:
    """A name that is not public is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match=r"module 'ens_provider' has no attribute 'Webhook'"):
        _ = ens.Webhook


def test_public_names_are_sorted_and_importable() -> None:
    """`__all__` holds each public name once, and `dir` shows them before they are imported."""
    assert ens.__all__ == sorted(set(ens.__all__))
    assert set(ens.__all__) <= set(dir(ens))
