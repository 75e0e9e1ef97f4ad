"""What a program declares with `ens.Provider`."""

from __future__ import annotations

import pulumi
import pytest

import ens_provider as ens
from tests.unit.resources.mock_engine import Engine, plain, run

TYPE = "pulumi:providers:pulumi-python"
URL = "https://receiver.test/orders"


def test_settings_by_name(engine: Engine) -> None:
    """Each setting becomes a property of the namespace `ens`, the two secrets as secrets."""
    run(
        lambda: ens.Provider(
            "emea",
            subdomain="mc1",
            client_id="id",
            client_secret="secret-1",
            client_secret_next="secret-2",
            account_id="7654321",
            env_prefix="SFMC_EMEA_",
            parallel=8,
        )
    )

    assert engine.types() == [TYPE]
    assert {key: plain(value) for key, value in engine.inputs_of("emea").items()} == {
        "ens:provider": ("emea", False),
        "ens:subdomain": ("mc1", False),
        "ens:clientId": ("id", False),
        "ens:clientSecret": ("secret-1", True),
        "ens:clientSecretNext": ("secret-2", True),
        "ens:accountId": ("7654321", False),
        "ens:parallel": ("8", False),
        "ens:envPrefix": ("SFMC_EMEA_", False),
    }


def test_settings_as_one_object(engine: Engine) -> None:
    """The same with `ProviderArgs`; a MID may be given as the number that it is."""
    args = ens.ProviderArgs(auth_url="https://a.example", rest_url="https://r.example")
    run(lambda: ens.Provider("emea", args))
    run(lambda: ens.Provider("apac", account_id=7654321))  # type: ignore[call-overload] # what a person may write

    assert engine.inputs_of("emea") == {
        "ens:provider": "emea",
        "ens:authUrl": "https://a.example",
        "ens:restUrl": "https://r.example",
    }
    assert engine.inputs_of("apac") == {"ens:provider": "apac", "ens:accountId": "7654321"}


RESERVED = (
    "env_prefix is SFMC_, which belongs to the stack's own business unit; choose another one, "
    "SFMC_EMEA_ for instance"
)
MALFORMED = (
    "env_prefix is {prefix!r}; write capital letters, digits and underscores with an underscore at "
    "the end, SFMC_EMEA_ for instance"
)


@pytest.mark.parametrize(
    ("prefix", "sentence"),
    [
        ("SFMC_", RESERVED),
        *(
            (prefix, MALFORMED.format(prefix=prefix))
            for prefix in ("", "SFMC_EMEA", "sfmc_emea_", "1_", "A B_", "_", "SFMC_EMEA_\n")
        ),
    ],
)
def test_prefix_that_cannot_be_one(engine: Engine, prefix: str, sentence: str) -> None:
    """It is refused where it is written, before anything is registered."""
    with pytest.raises(ValueError, match=r"^env_prefix is") as refusal:
        ens.Provider("emea", env_prefix=prefix)

    assert str(refusal.value) == sentence
    assert engine.registered == []


@pytest.mark.parametrize("parallel", [0, 3, 33, -4, True, 8.0, "8"])
def test_calls_at_a_time_that_cannot_be(engine: Engine, parallel: object) -> None:
    """They are refused where they are written, before anything is registered."""
    with pytest.raises(ValueError, match=r"^parallel is") as refusal:
        ens.Provider("emea", parallel=parallel)  # type: ignore[call-overload] # the mistake

    assert str(refusal.value) == (
        f"parallel is {parallel!r}; write a whole number from 4 to 32, or leave it out for 4"
    )
    assert engine.registered == []


def test_setting_that_does_not_exist(engine: Engine) -> None:
    """A misspelled setting is an error of the program."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'accountid'"):
        ens.Provider("emea", accountid="7654321")  # type: ignore[call-overload] # the mistake
    assert engine.registered == []


def test_component_passes_it_on(engine: Engine) -> None:
    """Resources inside a component with a provider, and those with one of their own, belong to it."""

    class Endpoint(pulumi.ComponentResource):
        def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
            super().__init__("shop:index:Endpoint", name, None, opts)
            inside = pulumi.ResourceOptions(parent=self)
            callback = ens.Callback(name, url=URL, opts=inside)
            ens.Subscription(name, callback_id=callback, event_category_types=["a.b"], opts=inside)

    def program() -> None:
        emea = ens.Provider("emea", env_prefix="SFMC_EMEA_")
        Endpoint("inside", pulumi.ResourceOptions(provider=emea))
        ens.Callback("beside", url=URL, opts=pulumi.ResourceOptions(provider=emea))
        ens.Callback("own", url=URL)

    run(program)

    assert {
        (each.name, each.typ.rsplit(":", 1)[-1]): _name_of(each.provider)
        for each in engine.registered
        if ":dynamic/" in each.typ
    } == {
        ("inside", "Callback"): "emea",
        ("inside", "Subscription"): "emea",
        ("beside", "Callback"): "emea",
        ("own", "Callback"): "",
    }


def _name_of(reference: str | None) -> str:
    """Return the name in a reference to a provider, `URN::ID`; nothing for the default one."""
    return (reference or "").rpartition("::")[0].rpartition("::")[2]
