"""What is configured and where it was found; never a value."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ens_provider.api.errors import ConfigurationError
from ens_provider.cli.doctor.explanations import found_and_remedy
from ens_provider.cli.doctor.report import Check, Purpose, failed, ok, skipped, warning
from ens_provider.lifecycle.setting_sources import KEYS, PLAIN_PREFIX, SECRET_KEYS
from ens_provider.lifecycle.settings import FoundSetting, Settings

NAMES = ("address", "credentials", "account id", "values")
"""The checks of this module, in their order; beside them `parallel`, where it is set."""

_ADDRESS_KEYS = ("subdomain", "authUrl", "restUrl")
_CREDENTIAL_KEYS = ("clientId", "clientSecret", "clientSecretNext")
_TOGETHER = "client id and secret are taken from one place together"
_WHERE_SUBDOMAIN = "it is the part of your REST base URI before .rest.marketingcloudapis.com"


def configuration_checks(settings: Settings, *, purpose: Purpose, prefix: str) -> list[Check]:
    """Return the checks of what is configured.

    Args:
        settings: What the places hold.
        purpose: What it has to suffice for; a preview needs none of it.
        prefix: What the environment variables begin with.
    """
    return _Configuration(settings=settings, purpose=purpose, prefix=prefix).checks()


def unreadable(error: ConfigurationError) -> list[Check]:
    """Return the checks for a stack whose configuration cannot be read."""
    found, remedy = found_and_remedy(error)
    return [
        failed("configuration", found, remedy=remedy),
        *skipped(NAMES, because="the configuration cannot be read"),
    ]


def how_to_set(key: str, *, prefix: str, value: str = "") -> str:
    """Return the ways to set a key, as the beginning of a sentence."""
    variable = f"Set {prefix}{KEYS[key]}{f'={value}' if value else ''} in the environment"
    if prefix != PLAIN_PREFIX:
        return variable
    flag = "--secret " if key in SECRET_KEYS else ""
    return f"{variable}, or run `pulumi config set {flag}ens:{key}{f' {value}' if value else ''}`"


@dataclass(frozen=True, kw_only=True)
class _Configuration:
    settings: Settings
    purpose: Purpose
    prefix: str

    def checks(self) -> list[Check]:
        groups = [
            self._group("address", _ADDRESS_KEYS, hint=self._hint_of_address()),
            self._group("credentials", _CREDENTIAL_KEYS, hint=_TOGETHER),
            self._account_id(),
        ]
        return [*groups, *self._parallel(), *self._values(groups)]

    def _group(self, name: str, keys: Collection[str], *, hint: str) -> Check:
        missing = [key for key in self._missing() if key in keys]
        said = _said(self._found(keys), missing)
        if not missing:
            return ok(name, said)
        if not self.purpose.calls_ens:
            return ok(name, f"{said}; a preview does not need it")
        ways = [how_to_set(key, prefix=self.prefix) for key in missing]
        return failed(name, said, remedy=f"{'. '.join(ways)}; {hint}.")

    def _account_id(self) -> Check:
        try:
            self.settings.account_id()
        except ConfigurationError as error:
            found, remedy = found_and_remedy(error)
            return failed("account id", found, remedy=remedy)
        settings = self._found(["accountId"])
        return ok("account id", _said(settings, []) if settings else "accountId is not set")

    def _parallel(self) -> list[Check]:
        settings = self._found(["parallel"])
        if not settings:
            return []
        try:
            self.settings.parallel()
        except ConfigurationError as error:
            found, remedy = found_and_remedy(error)
            return [failed("parallel", found, remedy=remedy)]
        return [ok("parallel", _said(settings, []))]

    def _values(self, groups: Sequence[Check]) -> list[Check]:
        missing = self._missing()
        if missing:
            return skipped(["values"], because=f"{_listed(missing)} {_are(missing)} missing")
        if any(check.exit_code for check in groups):
            return skipped(["values"], because="accountId cannot be used")
        try:
            self.settings.client_config()
        except ConfigurationError as error:
            return [self._unusable(error)]
        return [ok("values", "each has the form that it has to have")]

    def _unusable(self, error: ConfigurationError) -> Check:
        found, remedy = found_and_remedy(error)
        if self.purpose.calls_ens:
            return failed("values", found, remedy=remedy)
        return warning("values", f"{found}; a preview does not need it", remedy=remedy)

    def _found(self, keys: Collection[str]) -> list[FoundSetting]:
        return [setting for setting in self.settings.found() if setting.key in keys]

    def _missing(self) -> list[str]:
        used = {setting.key for setting in self.settings.found() if setting.used}
        return [key for key in (*_address(used), "clientId", "clientSecret") if key not in used]

    def _hint_of_address(self) -> str:
        is_subdomain = "subdomain" in self._missing()
        return _WHERE_SUBDOMAIN if is_subdomain else "authUrl and restUrl go together"


def _address(used: Collection[str]) -> tuple[str, ...]:
    urls = ("authUrl", "restUrl")
    return urls if any(url in used for url in urls) else ("subdomain",)


def _said(found: Sequence[FoundSetting], missing: Sequence[str]) -> str:
    absent = [f"{_listed(missing)} {_are(missing)} missing"] if missing else []
    used = [f"{setting.key} ({setting.place})" for setting in found if setting.used]
    unused = [
        f"{setting.key} ({setting.place}) is not used: {setting.why_not}"
        for setting in found
        if not setting.used
    ]
    return "; ".join([*absent, *([_listed(used)] if used else []), *unused])


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
