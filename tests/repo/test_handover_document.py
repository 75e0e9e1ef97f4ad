"""What `docs/handover.md` says of things, secrets and sentences is so; an engine test runs its commands."""

from __future__ import annotations

import re

import pytest

from ens_provider.api import auth
from ens_provider.resources.callback_properties import CALLBACK_INPUTS
from tests.repo.files import text_of
from tests.repo.public_names import private_uses
from tests.repo.tables import section, table_below

PAGE = text_of("docs/handover.md")
CONFIGURATION = text_of("docs/configuration.md")
THINGS = {row["thing"]: row for row in table_below(PAGE, "What stands where")}
# Those of the CLI and of the receiver; all others are on the page of the configuration.
OF_OTHERS = {"PULUMI_CONFIG_PASSPHRASE"}


def _flowing(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_things() -> None:
    """The table covers everything that somebody has to hold, each with a place and a way on."""
    assert set(THINGS) == {
        "Client id and secret",
        "Staged secret",
        "The installed package",
        "Signature key",
        "Verification key",
        "Receiver token",
        "Receiver's key store",
        "Passphrase of the stack",
        "State",
        "Program and wheel",
        "Business unit",
        "DNS entry and certificate of the endpoint",
    }
    assert [thing for thing, row in THINGS.items() if not all(row.values())] == []


def test_variables_and_keys_exist() -> None:
    """Each variable and each stack key of the page is one of the configuration's page."""
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE)) | set(
        re.findall(r"ens:[a-z]\w+", PAGE)
    )
    known = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`|(ens:[a-z]\w+)", CONFIGURATION))
    documented = {variable or key for variable, key in known}

    assert len(named) >= 8
    assert named - documented == OF_OTHERS
    assert "`receiverToken`" in CONFIGURATION


def test_rotation_agrees_with_the_configuration() -> None:
    """Both pages give the same days, minutes and names of Setup."""
    here = _flowing(section(PAGE, "Client secrets"))
    there = _flowing(section(CONFIGURATION, "The account"))

    for fact in (
        "180 days after they were",
        "five minutes",
        "Staged Secret",
        "ends the old one at once",
    ):
        assert fact in here.replace(
            ". The old one ends at once", ", which ends the old one at once"
        )
        assert fact in there
    assert "column Client Secret Expires" in _flowing(PAGE)
    assert "column Client Secret Expires" in there


def test_line_of_the_next_secret() -> None:
    """The line that a run prints after the activation is the one that the page shows."""
    assert f"> {auth._NEXT_USED.replace('%s', '…')}" in _flowing(PAGE)


def test_programs() -> None:
    """The shown inputs are inputs, and the shown programs use public names."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    option, adoption = blocks
    given = re.findall(r"^    (\w+)=", adoption, re.MULTILINE)

    assert option == "keep = pulumi.ResourceOptions(retain_on_delete=True)\n"
    assert private_uses("import ens_provider as ens\n" + adoption) == []
    assert set(given) == {"callback_name", "url", "adopt_id", "known_signature_key"}
    assert set(given) <= {each.name for each in CALLBACK_INPUTS}


@pytest.mark.parametrize("heading", ["Client secrets", "Passphrase"])
def test_checklist_leads_to_what_to_do(heading: str) -> None:
    """The list for a person who leaves links the sections that say how."""
    items = re.findall(r"^- \[ \] (.+)$", section(PAGE, "When a person leaves"), re.MULTILINE)
    anchor = heading.lower().replace(" ", "-")

    assert len(items) >= 8
    assert [item for item in items if f"](#{anchor})" in item] != []
