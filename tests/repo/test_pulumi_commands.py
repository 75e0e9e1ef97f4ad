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
    from pathlib import Path

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


class Help:
    """What `pulumi … --help` prints, asked once for each command."""

    def __init__(self, cli: PulumiCLI) -> None:
        self._cli = cli
        self._texts: dict[tuple[str, ...], str] = {}

    def of(self, path: tuple[str, ...]) -> str:
        """Return the help of a command, `("state", "delete")`."""
        if path not in self._texts:
            self._texts[path] = self._cli.run(*path, "--help", check=True).stdout
        return self._texts[path]

    def command(self, arguments: list[str]) -> tuple[str, ...]:
        """Return the words of `arguments` that name the command, as deep as commands go."""
        path: tuple[str, ...] = ()
        for word in arguments:
            if not _WORD.fullmatch(word) or (path and "Available Commands" not in self.of(path)):
                break
            path = (*path, word)
        return path

    def wrong(self, arguments: list[str]) -> str:
        """Return what of a command does not exist; empty if all of it does."""
        path = self.command(arguments)
        if not path or not self._knows(path):
            return f"no command: {' '.join(arguments)}"
        options = [each.partition("=")[0] for each in arguments if each.startswith("--")]
        unknown = [each for each in options if not self._takes(path, each)]
        return f"{' '.join(path)} has no {' '.join(unknown)}" if unknown else ""

    def _knows(self, path: tuple[str, ...]) -> bool:
        # For a word that is no command the CLI prints the help of the command above.
        text = self.of(path)
        usage = re.search(r"Usage:\n  pulumi ([a-z -]+[a-z])", text)
        aliases = re.search(r"Aliases:\n  (.+)", text)
        names = re.split(r",\s*", aliases[1]) if aliases else []
        used = usage[1].split(" ") if usage else []
        return used == list(path) or (used[:-1] == list(path[:-1]) and path[-1] in names)

    def _takes(self, path: tuple[str, ...], option: str) -> bool:
        return re.search(rf"{re.escape(option)}\b(?!-)", self.of(path)) is not None


@pytest.fixture(scope="module")
def help_(pulumi: Path, tmp_path_factory: pytest.TempPathFactory) -> Help:
    """Ask the engine that tests use."""
    folder = tmp_path_factory.mktemp("help")
    environment = child_environment(EngineFolders.below(folder), service=None)
    return Help(PulumiCLI(binary=pulumi, cwd=folder, environment=environment))


@pytest.mark.engine
@pytest.mark.xdist_group("pulumi-help")
def test_documents_show_commands_and_options_of_the_cli(help_: Help) -> None:
    """Each `pulumi …` of each document exists in the oldest engine that the package works with."""
    commands = {
        tuple(arguments): path.relative_to(REPOSITORY).as_posix()
        for path in repository_files(".md")
        for arguments in shown(path.read_text(encoding="utf-8"))
    }
    wrong = [(where, help_.wrong(list(each))) for each, where in commands.items()]

    assert len(commands) > 30
    assert [(where, what) for where, what in wrong if what] == []


@pytest.mark.engine
@pytest.mark.xdist_group("pulumi-help")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["state", "delete", "urn:x", "--target-dependents"], ""),
        (["stack", "init", "acme/prod"], ""),
        (["stack", "rm", "prod"], ""),
        (["state", "forget", "urn:x"], "no command: state forget urn:x"),
        (["upp"], "no command: upp"),
        (["up", "--expect-no-change"], "up has no --expect-no-change"),
    ],
)
def test_what_does_not_exist_is_found(help_: Help, arguments: list[str], found: str) -> None:
    """Aliases count, and a command or an option that does not exist is told."""
    assert help_.wrong(arguments) == found
