"""Where the address and the credentials come from."""

from __future__ import annotations

import pytest

from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConfigurationError
from ens_provider.lifecycle.settings import Settings, client_config

STACK = {
    "subdomain": "mcstack",
    "clientId": "stack-id",
    "clientSecret": "stack-secret",
    "accountId": "1000001",
}
ENVIRONMENT = {
    "SFMC_SUBDOMAIN": "mcenvironment",
    "SFMC_CLIENT_ID": "environment-id",
    "SFMC_CLIENT_SECRET": "environment-secret",
    "SFMC_ACCOUNT_ID": "2000002",
}


def build(environment: dict[str, str], stack: dict[str, str]) -> ClientConfig:
    return client_config(environment=environment, stack=stack.get)


def refusal_of(environment: dict[str, str], stack: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        build(environment, stack)
    return str(refusal.value)


def test_stack_configuration_alone() -> None:
    """Without environment variables the stack's configuration is used."""
    assert build({}, STACK) == ClientConfig(
        client_id="stack-id",
        client_secret="stack-secret",
        account_id="1000001",
        auth_url="https://mcstack.auth.marketingcloudapis.com",
        rest_url="https://mcstack.rest.marketingcloudapis.com",
    )


def test_environment_wins() -> None:
    """The environment wins, since refresh and destroy see an older stack configuration."""
    assert build(ENVIRONMENT, STACK) == ClientConfig(
        client_id="environment-id",
        client_secret="environment-secret",
        account_id="2000002",
        auth_url="https://mcenvironment.auth.marketingcloudapis.com",
        rest_url="https://mcenvironment.rest.marketingcloudapis.com",
    )


def test_id_and_secret_come_from_one_place() -> None:
    """An id of the environment is never sent with a secret of the stack."""
    assert refusal_of({"SFMC_CLIENT_ID": "environment-id"}, STACK) == (
        "The environment variable SFMC_CLIENT_SECRET is not set, and ENS cannot be called without "
        "it. Set SFMC_CLIENT_SECRET in the environment, or run `pulumi config set --secret "
        "ens:clientSecret`; client id and secret are taken from one place together."
    )


def test_urls_go_before_the_subdomain() -> None:
    """URLs of the same source take the subdomain's place; the other source's are not mixed in."""
    urls = {"SFMC_AUTH_URL": "http://127.0.0.1:1/", "SFMC_REST_URL": "http://127.0.0.1:2"}

    config = build({**ENVIRONMENT, **urls}, STACK)

    assert (config.auth_url, config.rest_url) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    config = build({"SFMC_SUBDOMAIN": "mcenvironment"}, {**STACK, "authUrl": "https://a.example"})
    assert config.auth_url == "https://mcenvironment.auth.marketingcloudapis.com"


def test_one_url_without_the_other() -> None:
    """Half an address is refused, so that a token of one host never goes to another."""
    assert refusal_of({"SFMC_AUTH_URL": "https://a.example"}, STACK) == (
        "The environment variable SFMC_REST_URL is not set: authUrl and restUrl go together. Set "
        "both, or neither and the subdomain."
    )


def test_empty_variable_is_not_set() -> None:
    """An empty variable, as CI systems leave it, does not hide the stack's value."""
    assert build({"SFMC_CLIENT_ID": ""}, STACK).client_id == "stack-id"


def test_nothing_configured() -> None:
    """The first missing thing is named with both ways to set it."""
    assert refusal_of({}, {}) == (
        "The stack configuration ens:subdomain is not set, and ENS cannot be called without it. "
        "Set SFMC_SUBDOMAIN in the environment, or run `pulumi config set ens:subdomain`: the part "
        "of your REST base URI before .rest.marketingcloudapis.com."
    )


@pytest.mark.parametrize("subdomain", ["https://mc.rest.marketingcloudapis.com", "mc.evil.example"])
def test_subdomain_that_is_a_host(subdomain: str) -> None:
    """A whole host in place of the subdomain is refused instead of being called."""
    assert refusal_of({}, {**STACK, "subdomain": subdomain}) == (
        "The stack configuration ens:subdomain is not a subdomain: give only the part before "
        ".rest.marketingcloudapis.com, in lower-case letters, digits and hyphens."
    )


def test_account_id_that_is_no_number() -> None:
    """A MID is a number, kept as text."""
    assert Settings(environment={}, stack=STACK.get).account_id() == "1000001"
    with pytest.raises(ConfigurationError) as refusal:
        Settings(environment={"SFMC_ACCOUNT_ID": "emea"}, stack=STACK.get).account_id()
    assert str(refusal.value) == (
        "The environment variable SFMC_ACCOUNT_ID is not a MID: a business unit's MID is a "
        "number. Take it from Setup > Company Settings > Account Settings."
    )


def test_second_secret_is_of_the_same_source() -> None:
    """The secret for the rotation goes with the credentials it belongs to."""
    next_secret = {"SFMC_CLIENT_SECRET_NEXT": "next-secret"}

    assert build({**ENVIRONMENT, **next_secret}, STACK).client_secret_next == "next-secret"
    assert build(ENVIRONMENT, {**STACK, "clientSecretNext": "other"}).client_secret_next is None


def test_other_prefix() -> None:
    """Another business unit reads variables of its own prefix, never the plain ones."""
    emea = {name.replace("SFMC_", "SFMC_EMEA_"): "emea" for name in ENVIRONMENT} | {
        "SFMC_EMEA_ACCOUNT_ID": "3000003"
    }

    config = client_config(
        environment={**ENVIRONMENT, **emea}, stack=lambda _key: None, prefix="SFMC_EMEA_"
    )

    assert (config.client_id, config.account_id) == ("emea", "3000003")


def test_other_prefix_without_a_secret() -> None:
    """The stack's keys are those of another unit: only the variable is named."""
    with pytest.raises(ConfigurationError) as refusal:
        client_config(
            environment={"SFMC_EMEA_SUBDOMAIN": "mc1", "SFMC_EMEA_CLIENT_ID": "emea"},
            stack=STACK.get,
            prefix="SFMC_EMEA_",
        )

    assert str(refusal.value) == (
        "The environment variable SFMC_EMEA_CLIENT_SECRET is not set, and ENS cannot be called "
        "without it. Set SFMC_EMEA_CLIENT_SECRET in the environment; client id and secret are "
        "taken from one place together."
    )


def test_secrets_are_not_shown() -> None:
    """The configuration can be logged without its secrets."""
    shown = repr(build({**ENVIRONMENT, "SFMC_CLIENT_SECRET_NEXT": "next-secret"}, {}))

    assert "environment-id" in shown
    assert "environment-secret" not in shown
    assert "next-secret" not in shown


PROVIDER = {
    "provider": "emea",
    "clientId": "emea-id",
    "clientSecret": "emea-secret",
    "subdomain": "mcemea",
}


def test_explicit_provider_never_reads_the_plain_variables() -> None:
    """What a pipeline exports for the stack's unit is not sent for another one."""
    config = build(ENVIRONMENT, PROVIDER)

    assert (config.client_id, config.account_id) == ("emea-id", None)
    assert config.auth_url == "https://mcemea.auth.marketingcloudapis.com"


def test_explicit_provider_reads_its_own_prefix() -> None:
    """Its variables win over its arguments, in groups."""
    own = {"SFMC_EMEA_CLIENT_ID": "rotated", "SFMC_EMEA_CLIENT_SECRET": "rotated-secret"}

    config = build({**ENVIRONMENT, **own}, {**PROVIDER, "envPrefix": "SFMC_EMEA_"})

    assert (config.client_id, config.client_secret) == ("rotated", "rotated-secret")
    assert config.auth_url == "https://mcemea.auth.marketingcloudapis.com"


@pytest.mark.parametrize(
    ("prefix", "way"),
    [
        ({}, "Give it to ens.Provider('emea')"),
        (
            {"envPrefix": "SFMC_EMEA_"},
            "Give it to ens.Provider('emea'), or set SFMC_EMEA_CLIENT_SECRET in the environment",
        ),
    ],
)
def test_explicit_provider_without_a_secret(prefix: dict[str, str], way: str) -> None:
    """The sentence names the argument, and the variable only if one is read."""
    given = {key: value for key, value in PROVIDER.items() if key != "clientSecret"}

    assert refusal_of(ENVIRONMENT, {**given, **prefix}) == (
        "The argument client_secret of ens.Provider('emea') is not set, and ENS cannot be called "
        f"without it. {way}; client id and secret are taken from one place together."
    )


def test_where_settings_come_from() -> None:
    """Each place that holds a key is told, without its value, and why it counts or not."""
    settings = Settings(
        environment={"SFMC_CLIENT_ID": "environment-id", "SFMC_AUTH_URL": "https://a.example"},
        stack={**STACK, "clientSecretNext": "next"}.get,
    )

    group = "values are taken in groups from one place"
    assert [(s.key, s.place, s.used, s.why_not) for s in settings.found()] == [
        (
            "subdomain",
            "stack configuration ens:subdomain",
            False,
            f"the environment variable SFMC_AUTH_URL counts, and {group}",
        ),
        ("clientId", "environment variable SFMC_CLIENT_ID", True, ""),
        (
            "clientId",
            "stack configuration ens:clientId",
            False,
            f"the environment variable SFMC_CLIENT_ID counts, and {group}",
        ),
        (
            "clientSecret",
            "stack configuration ens:clientSecret",
            False,
            f"the environment variable SFMC_CLIENT_ID counts, and {group}",
        ),
        (
            "clientSecretNext",
            "stack configuration ens:clientSecretNext",
            False,
            f"the environment variable SFMC_CLIENT_ID counts, and {group}",
        ),
        ("accountId", "stack configuration ens:accountId", True, ""),
        ("authUrl", "environment variable SFMC_AUTH_URL", True, ""),
    ]


def test_subdomain_beside_urls() -> None:
    """In one place the URLs count before the subdomain, and that is told."""
    urls = {"authUrl": "https://a.example", "restUrl": "https://r.example"}
    settings = Settings(environment={}, stack={**STACK, **urls}.get)

    [subdomain] = [setting for setting in settings.found() if setting.key == "subdomain"]
    assert (subdomain.used, subdomain.why_not) == (
        False,
        "authUrl and restUrl count before the subdomain",
    )


NO_NUMBER = (
    "is no whole number from 4 to 32. Give how many calls the plugin may serve at a time, or remove "
    "it: 4 are served in any case, and `pulumi up --parallel` is for fewer."
)


@pytest.mark.parametrize(
    ("environment", "stack", "calls"),
    [
        ({}, {}, 4),
        ({}, {"parallel": "4"}, 4),
        ({}, {"parallel": "32"}, 32),
        ({"SFMC_PARALLEL": "8"}, {"parallel": "16"}, 8),
        ({"SFMC_PARALLEL": ""}, {"parallel": "16"}, 16),
        ({"SFMC_PARALLEL": "8"}, {"parallel": "many"}, 8),
    ],
)
def test_calls_at_a_time(environment: dict[str, str], stack: dict[str, str], calls: int) -> None:
    """Four unless told otherwise, by the environment first; nothing else has to be set."""
    assert Settings(environment=environment, stack=stack.get).parallel() == calls


@pytest.mark.parametrize(
    "text", ["0", "3", "33", "-8", "+8", "8.0", "1e1", " 8", "8\n", "٨", "many", "9" * 5000]
)
def test_calls_at_a_time_that_cannot_be(text: str) -> None:
    """What is no number, or one that is not served, is named with its place."""
    with pytest.raises(ConfigurationError) as of_stack:
        Settings(environment={}, stack={"parallel": text}.get).parallel()
    with pytest.raises(ConfigurationError) as of_environment:
        Settings(environment={"SFMC_PARALLEL": text}, stack={"parallel": "8"}.get).parallel()

    assert str(of_stack.value) == f"The stack configuration ens:parallel {NO_NUMBER}"
    assert str(of_environment.value) == f"The environment variable SFMC_PARALLEL {NO_NUMBER}"


def test_calls_at_a_time_of_a_provider() -> None:
    """An explicit provider's own variable wins over its argument; the stack's never counts."""
    given = {"provider": "emea", "envPrefix": "SFMC_EMEA_", "parallel": "6"}
    plain = {"SFMC_PARALLEL": "8"}

    assert Settings(environment=plain, stack=given.get).parallel() == 6
    assert (
        Settings(environment=plain | {"SFMC_EMEA_PARALLEL": "7"}, stack=given.get).parallel() == 7
    )
    with pytest.raises(ConfigurationError) as refusal:
        Settings(environment={}, stack=(given | {"parallel": "2"}).get).parallel()
    assert str(refusal.value) == f"The argument parallel of ens.Provider('emea') {NO_NUMBER}"
