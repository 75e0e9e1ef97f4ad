"""`docs/business-units.md` says what `ens.Provider` takes, and its program is one."""

from __future__ import annotations

import re
from dataclasses import fields

import ens_provider as ens
from ens_provider.lifecycle.account import wrong_business_unit
from ens_provider.lifecycle.setting_sources import KEYS
from tests.repo.files import text_of
from tests.repo.sentences import one_line
from tests.repo.tables import table_below
from tests.unit.resources.conftest import engine, loop
from tests.unit.resources.mock_engine import Engine, run

PAGE = text_of("docs/business-units.md")
# The fixtures of the SDK's mocks.
__all__ = ["engine", "loop"]


def test_table_of_settings() -> None:
    """Each argument has its row, with its variable beside it."""
    rows = {row["setting"].strip("`"): row for row in table_below(PAGE, "Settings")}
    variables = {
        re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", key): f"`SFMC_EMEA_{suffix}`"
        for key, suffix in KEYS.items()
    }

    assert list(rows) == [field.name for field in fields(ens.ProviderArgs)]
    [variable] = [name for name in rows["subdomain"] if name.startswith("environment")]
    assert {name: row[variable] for name, row in rows.items()} == {**variables, "env_prefix": ""}
    secrets = {name for name, row in rows.items() if "kept as a secret" in row["meaning"]}
    assert secrets == {"client_secret", "client_secret_next"}


def test_program(engine: Engine) -> None:
    """The program declares what the page says, each resource with the provider that it says."""
    [program] = [block for block in _blocks("python") if "import ens_provider" in block]

    run(lambda: exec(program, {"__name__": "__main__"}))

    placed = {
        each.name: "::emea::" in (each.provider or "")
        for each in engine.registered
        if each.typ.endswith(":Callback")
    }
    assert placed == {"orders": False, "orders-emea": True, "letters-emea": True}
    assert "pulumi:providers:pulumi-python" in engine.types()


def test_sentence() -> None:
    """The error that the page shows is the one that is raised."""
    [shown] = [block for block in _blocks("text") if "WrongBusinessUnit" in block]
    error = wrong_business_unit("7654321", "1234567", subject="callback 'shop-prod-orders' (…)")

    assert one_line(shown).strip() == f"ens_provider.WrongBusinessUnit: {error}"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
