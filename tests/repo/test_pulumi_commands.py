"""Each command of the Pulumi CLI that the documents show is one, with the options that they show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.repo.files import REPOSITORY, repository_files
from tests.repo.pulumi_commands import shown
from tools.engine.cli import PulumiCLI
from tools.engine.environment import EngineFolders, child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("pulumi-reference")]

_TITLE = re.compile(r'^title: "(pulumi[^"|]*)', re.MULTILINE)
_ALIAS = re.compile(r"^  - /docs/.*/(pulumi_[^/]+)/$", re.MULTILINE)
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


class Reference:
    """The CLI's own reference: a page for each command, by its words and by those of its aliases."""

    def __init__(self, folder: Path) -> None:
        self._pages = {
            path: text
            for file in folder.glob("pulumi*.md")
            for text in [file.read_text(encoding="utf-8")]
            for path in _paths(text)
        }

    def wrong(self, arguments: list[str]) -> str:
        """Return what of a command does not exist; empty if all of it does."""
        path = self._path(arguments)
        if path not in self._pages:
            return f"no command: {' '.join(arguments)}"
        options = [each.partition("=")[0] for each in arguments if each.startswith("--")]
        unknown = [each for each in options if not self._takes(path, each)]
        return f"{' '.join(path)} has no {' '.join(unknown)}" if unknown else ""

    def _path(self, arguments: list[str]) -> tuple[str, ...]:
        """Return the words that name the command, as deep as there are commands below it."""
        path: tuple[str, ...] = ()
        for word in arguments:
            below = any(each[: len(path)] == path and each != path for each in self._pages)
            if not below or not _WORD.fullmatch(word):
                break
            path = (*path, word)
        return path

    def _takes(self, path: tuple[str, ...], option: str) -> bool:
        return re.search(rf"{re.escape(option)}\b(?!-)", self._pages[path]) is not None


def _paths(text: str) -> Iterator[tuple[str, ...]]:
    [title] = _TITLE.findall(text)
    yield tuple(title.split()[1:])
    for alias in _ALIAS.findall(text):
        yield tuple(alias.split("_")[1:])


@pytest.fixture(scope="module")
def reference(pulumi: Path, tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """Let the engine that tests use write its reference."""
    folder = tmp_path_factory.mktemp("reference")
    environment = child_environment(EngineFolders.below(folder), service=None)
    cli = PulumiCLI(binary=pulumi, cwd=folder, environment=environment)
    pages = folder / "pages"
    pages.mkdir()
    cli.run("gen-markdown", str(pages), check=True)
    return Reference(pages)


def test_documents_show_commands_and_options_of_the_cli(reference: Reference) -> None:
    """Each `pulumi …` of each document exists in the oldest engine that the package works with."""
    commands = {
        tuple(arguments): path.relative_to(REPOSITORY).as_posix()
        for path in repository_files(".md")
        for arguments in shown(path.read_text(encoding="utf-8"))
    }
    wrong = [(where, reference.wrong(list(each))) for each, where in commands.items()]

    assert len(commands) > 30
    assert [(where, what) for where, what in wrong if what] == []


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["state", "delete", "urn:x", "--target-dependents"], ""),
        (["stack", "init", "acme/prod"], ""),
        (["stack", "rm", "prod"], ""),
        (["stack", "--show-urns"], ""),
        (["state", "forget", "urn:x"], "no command: state forget urn:x"),
        (["upp"], "no command: upp"),
        (["up", "--expect-no-change"], "up has no --expect-no-change"),
    ],
)
def test_what_does_not_exist_is_found(
    reference: Reference, arguments: list[str], found: str
) -> None:
    """Aliases count, and a command or an option that does not exist is told."""
    assert reference.wrong(arguments) == found
