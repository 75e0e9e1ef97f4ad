"""What the documents say that can be checked, is so."""

from __future__ import annotations

import re

import pytest

from ens_provider import __version__
from tests.repo.files import REPOSITORY, repository_files, text_of

DOCUMENTS = repository_files(".md")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TARGET = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)


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
        for name in re.findall(r"(?:`|^)make ([a-z]+)", text_of(document), re.MULTILINE)
    }

    assert {"demo", "test", "check", "format", "emulator", "clean"} <= targets
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


def test_readme_names_every_configuration_key() -> None:
    """Each environment variable that a harness sets is named in the README, with its stack key."""
    readme = text_of("README.md")
    keys = {
        "SFMC_SUBDOMAIN": "ens:subdomain",
        "SFMC_CLIENT_ID": "ens:clientId",
        "SFMC_CLIENT_SECRET": "ens:clientSecret",
        "SFMC_CLIENT_SECRET_NEXT": "ens:clientSecretNext",
        "SFMC_ACCOUNT_ID": "ens:accountId",
        "SFMC_AUTH_URL": "ens:authUrl",
        "SFMC_REST_URL": "ens:restUrl",
    }

    assert [
        names for names in keys.items() if not all(f"`{name}`" in readme for name in names)
    ] == []
