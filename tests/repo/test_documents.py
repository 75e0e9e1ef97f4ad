"""What the documents say that can be checked, is so."""

from __future__ import annotations

import re

import click
import pytest

from ens_provider import __version__
from ens_provider.cli.commands import COMMANDS, commands
from ens_provider.resources import (
    callback_properties,
    callback_verification,
    self_test,
    settled,
    signature_key,
)
from ens_provider.resources.subscription_properties import SUBSCRIPTION_INPUTS
from tests.repo.files import REPOSITORY, repository_files, text_of
from tests.repo.tables import table_below

DOCUMENTS = repository_files(".md")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
RESOURCES = {
    "Callback": (callback_properties.CALLBACK_INPUTS, callback_properties.SECRET_PROPERTIES),
    "CallbackVerification": (
        callback_verification.VERIFICATION_INPUTS,
        callback_verification._SECRETS,
    ),
    "SignatureKey": (signature_key.KEY_INPUTS, signature_key._SECRETS),
    "Subscription": (SUBSCRIPTION_INPUTS, ()),
    "SelfTest": (self_test.SELF_TEST_INPUTS, self_test.SECRET_PROPERTIES),
    "Settled": (settled.SETTLED_INPUTS, ()),
}
_TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)


def _anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as code hosts derive them."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE
    )
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.relative_to(REPOSITORY).as_posix())
def test_links_resolve(document: object) -> None:
    """Every relative link of a document leads to a file, and its anchor to a heading there."""
    path = REPOSITORY / str(document)
    text = path.read_text(encoding="utf-8")
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        assert not anchor or anchor in _anchors(linked.read_text(encoding="utf-8")), target


def test_documents_name_make_targets_that_exist() -> None:
    """Each `make …` in README and CONTRIBUTING is a target of the Makefile, and each target is named."""
    targets = set(_TARGET.findall(text_of("Makefile")))
    named = {
        name
        for document in ("README.md", "CONTRIBUTING.md")
        for name in re.findall(r"(?:`|^)make ([a-z-]+)", text_of(document), re.MULTILINE)
    }

    assert {"demo", "test", "test-oldest", "check", "format", "emulator", "clean"} <= targets
    assert named == targets


def test_every_target_is_phony() -> None:
    """A file of a target's name never keeps it from running."""
    [phony] = re.findall(r"^\.PHONY: (.+)$", text_of("Makefile"), re.MULTILINE)

    assert set(phony.split()) == set(_TARGET.findall(text_of("Makefile")))


def test_changelog_knows_the_version() -> None:
    """The newest version of CHANGELOG.md is the package's, or it is still unreleased there."""
    headings = re.findall(
        r"^## \[?([^\]\n]+?)\]?(?: - \d{4}-\d\d-\d\d)?$", text_of("CHANGELOG.md"), re.MULTILINE
    )

    assert headings[0] == "Unreleased"
    assert __version__ in (headings[1:2] or [__version__])
    assert f"`{__version__}`" in text_of("CHANGELOG.md") or headings[1:2] == [__version__]


def test_readme_brings_a_stranger_to_the_program_early() -> None:
    """The first 60 lines of the README end inside "Use it on your account", after its program began."""
    lines = text_of("README.md").splitlines()
    headings = [line for line in lines[:60] if line.startswith("## ")]

    assert headings[-1] == "## Use it on your account"
    assert "import ens_provider as ens" in lines[:60]


COMMAND = re.compile(r"python -m ens_provider ([a-z]+)((?: [^|`\n]+)?)")


def _commands() -> list[tuple[str, str]]:
    """Return the commands of the package that the documents show, with their arguments."""
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    return [(match[1], match[2]) for text in texts for match in COMMAND.finditer(text)]


def _registered() -> list[tuple[str, click.Command]]:
    found = [(name, commands.get_command(click.Context(commands), name)) for name in COMMANDS]
    return [(name, command) for name, command in found if command is not None]


def test_documents_show_commands_and_options_that_exist() -> None:
    """Each `python -m ens_provider …` is a command, and each of its options is one of it."""
    shown = [
        (command, option)
        for command, arguments in _commands()
        for option in ["", *re.findall(r"--[a-z-]+", arguments)]
    ]
    known = {
        (name, option)
        for name, command in _registered()
        for parameter in command.params
        for option in ["", *parameter.opts]
    }

    assert {command for command, _ in shown} == COMMANDS.keys()
    assert {option for _, option in shown} >= {"--keys", "--resolve", "--signature", "--count"}
    assert [each for each in shown if each not in known] == []


def test_readme_table_of_resources() -> None:
    """The README's table says of each resource what replaces it and what of it is secret."""
    rows = {row["resource"]: row for row in table_below(text_of("README.md"), "Resources")}

    for name, (inputs, secrets) in RESOURCES.items():
        row = rows.pop(f"`ens.{name}`")
        replacing = {each.name for each in inputs if each.immutable}
        assert set(re.findall(r"`(\w+)`", row["replaced when these change"])) == replacing
        assert set(re.findall(r"`(\w+)`", row["secret"])) == set(secrets)
    assert rows == {}


def test_readme_links_every_page() -> None:
    """From the README one reaches each page of the folder docs."""
    pages = [path.relative_to(REPOSITORY).as_posix() for path in DOCUMENTS]
    pages = [page for page in pages if page.startswith("docs/")]

    assert len(pages) >= 4
    assert [page for page in pages if f"]({page}" not in text_of("README.md")] == []
