"""Where addresses, credentials and the like come from: environment, stack or provider."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ens_provider.api.config import ClientConfig
from ens_provider.api.errors import ConfigurationError
from ens_provider.lifecycle.setting_sources import KEYS, SECRET_KEYS, Source, sources_of

_SUBDOMAIN = re.compile(r"[0-9a-z-]+\Z")
_MID = re.compile(r"[0-9]+\Z")
_CREDENTIALS = ("clientId", *SECRET_KEYS)
_ADDRESSES = ("subdomain", "authUrl", "restUrl")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}\Z")

LEAST_PARALLEL = 4
"""How many calls the SDK's plugin serves at a time if nobody says anything."""

MOST_PARALLEL = 32
"""How many it may be told to serve: no more was tried, and the client keeps as many connections."""


@dataclass(frozen=True, kw_only=True)
class FoundSetting:
    """A setting that some place holds; never its value.

    Attributes:
        key: The key, `clientId` for instance.
        place: The place, as a sentence names it: "environment variable SFMC_CLIENT_ID".
        used: Whether this is the one that counts.
        why_not: If it is not used, the reason, as a sentence.
    """

    key: str
    place: str
    used: bool
    why_not: str = ""


class Settings:
    """The settings of one business unit, as the environment and a stack or provider hold them.

    The environment wins, since refresh and destroy use the configuration that the last ``up``
    stored. Values are taken in groups, so that an id of one source never meets a secret of the
    other: client id and secrets from one source, addresses from one source (the URLs before the
    subdomain).

    Args:
        environment: The process's environment.
        stack: Returns the value of a key of the namespace ``ens``, or None.
        prefix: What the environment variables begin with. Default: ``SFMC_``; for an explicit
            provider, which tells its own, none.
    """

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        stack: Callable[[str], str | None],
        prefix: str | None = None,
    ) -> None:
        self._sources = sources_of(environment=environment, stack=stack, prefix=prefix)

    def client_config(self) -> ClientConfig:
        """Return the client's configuration.

        Raises:
            ConfigurationError: Something needed is missing or malformed; the message names it.
        """
        credentials = self._first_with(_CREDENTIALS)
        auth_url, rest_url = _urls(self._first_with(_ADDRESSES))
        return ClientConfig(
            client_id=_required(credentials, "clientId"),
            client_secret=_required(credentials, "clientSecret"),
            client_secret_next=credentials.values.get("clientSecretNext"),
            account_id=self.account_id(),
            auth_url=auth_url,
            rest_url=rest_url,
        )

    def account_id(self) -> str | None:
        """Return the configured MID, without asking for anything else to be configured.

        Raises:
            ConfigurationError: It is no number.
        """
        source = self._first_with(("accountId",))
        account_id = source.values.get("accountId")
        if account_id is not None and not _MID.match(account_id):
            raise ConfigurationError(
                f"{source.label('accountId')} is not a MID: a business unit's MID is a number. "
                "Take it from Setup > Company Settings > Account Settings."
            )
        return account_id

    def parallel(self) -> int:
        """Return how many calls the plugin is to serve at a time. Default: 4, as the SDK has it.

        Raises:
            ConfigurationError: It is no whole number from 4 to 32.
        """
        source = self._first_with(("parallel",))
        given = source.values.get("parallel", str(LEAST_PARALLEL))
        if not _WHOLE_NUMBER.match(given) or not is_parallel(int(given)):
            raise ConfigurationError(
                f"{source.label('parallel')} is no whole number from 4 to 32. Give how many calls "
                "the plugin may serve at a time, or remove it: 4 are served in any case, and "
                "`pulumi up --parallel` is for fewer."
            )
        return int(given)

    def found(self) -> list[FoundSetting]:
        """Return what each place holds, in the order of the keys, the one that counts first."""
        return [
            setting
            for key in KEYS
            for source in self._sources
            if key in source.values
            for setting in [self._found(key, source)]
        ]

    def _found(self, key: str, source: Source) -> FoundSetting:
        place, used = source.place(key), self._first_with(_group_of(key))
        if source is not used:
            other = used.place(next(k for k in _group_of(key) if k in used.values))
            why_not = f"the {other} counts, and values are taken in groups from one place"
            return FoundSetting(key=key, place=place, used=False, why_not=why_not)
        if key == "subdomain" and used.has_any(("authUrl", "restUrl")):
            why_not = "authUrl and restUrl count before the subdomain"
            return FoundSetting(key=key, place=place, used=False, why_not=why_not)
        return FoundSetting(key=key, place=place, used=True)

    def _first_with(self, keys: tuple[str, ...]) -> Source:
        return next((s for s in self._sources if s.has_any(keys)), self._sources[-1])


def client_config(
    *,
    environment: Mapping[str, str],
    stack: Callable[[str], str | None],
    prefix: str | None = None,
) -> ClientConfig:
    """Return the client's configuration out of `Settings` of the same arguments.

    Raises:
        ConfigurationError: Something needed is missing or malformed; the message names it.
    """
    return Settings(environment=environment, stack=stack, prefix=prefix).client_config()


def is_parallel(number: int) -> bool:
    """Tell whether the plugin can be told to serve so many calls at a time."""
    return LEAST_PARALLEL <= number <= MOST_PARALLEL


def _group_of(key: str) -> tuple[str, ...]:
    groups = (_CREDENTIALS, _ADDRESSES)
    return next((group for group in groups if key in group), (key,))


def _required(source: Source, key: str) -> str:
    value = source.values.get(key)
    if value is None:
        raise ConfigurationError(
            f"{source.label(key)} is not set, and ENS cannot be called without it. "
            f"{source.remedy(key)}; client id and secret are taken from one place "
            "together."
        )
    return value


def _urls(source: Source) -> tuple[str, str]:
    if source.has_any(("authUrl", "restUrl")):
        return _required_url(source, "authUrl"), _required_url(source, "restUrl")
    subdomain = source.values.get("subdomain")
    if subdomain is None:
        raise ConfigurationError(
            f"{source.label('subdomain')} is not set, and ENS cannot be called without it. "
            f"{source.remedy('subdomain')}: the part of your REST base URI before "
            ".rest.marketingcloudapis.com."
        )
    if not _SUBDOMAIN.match(subdomain):
        raise ConfigurationError(
            f"{source.label('subdomain')} is not a subdomain: give only the part before "
            ".rest.marketingcloudapis.com, in lower-case letters, digits and hyphens."
        )
    host = "marketingcloudapis.com"
    return f"https://{subdomain}.auth.{host}", f"https://{subdomain}.rest.{host}"


def _required_url(source: Source, key: str) -> str:
    value = source.values.get(key)
    if value is None:
        raise ConfigurationError(
            f"{source.label(key)} is not set: authUrl and restUrl go together. Set both, or "
            "neither and the subdomain."
        )
    return value.rstrip("/")
