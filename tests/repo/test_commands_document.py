"""`docs/commands.md` names every command, option and exit code, and shows what is printed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from ens_provider.cli import exit_codes
from ens_provider.cli.commands import COMPLETE_VARIABLE, commands
from ens_provider.cli.conform.catalogue import CHECKS
from ens_provider.cli.conform.check import Status as ConformStatus
from ens_provider.cli.conform.marked_events import MARK
from ens_provider.cli.doctor.report import Purpose, Status
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.emulator.rate_limit import ENDS, RETRY_AFTER, RateLimit
from ens_provider.receiver.process import ReceiverProcess
from tests.cli.conftest import Commands
from tests.repo.files import text_of
from tests.repo.shown_commands import OUTPUTS, settled, shown
from tests.repo.tables import section, table_below
from tools.endpoint import Endpoint

PAGE = text_of("docs/commands.md")
BEGINNING = ("Which account", "Exit codes")
ACCOUNT = "Which account"
# `list --state` reads what `pulumi stack export` writes with this option, or without.
OF_PULUMI = {"--show-secrets"}
_OPTION = re.compile(r"`(--?[a-zA-Z][a-z-]*)")


def _commands() -> dict[str, click.Command]:
    context = click.Context(commands)
    names = commands.list_commands(context)
    found = {name: commands.get_command(context, name) for name in names}
    return {name: command for name, command in found.items() if command is not None}


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


def _takes_account(command: click.Command) -> bool:
    return any("--env-prefix" in option.opts for option in _options(command))


def _headings() -> list[str]:
    return re.findall(r"^## (.+)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)


@pytest.fixture(scope="module")
def emulator_of_page() -> Iterator[EmulatorProcess]:
    """Run the emulator; its probes and deliveries find an endpoint."""
    with Endpoint(("receiver.test", "other.test")) as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as emulator:
            yield emulator


def test_sections() -> None:
    """Every command has a section and a row in the first table, in one order."""
    rows = table_below(PAGE, "Commands")
    linked = [re.sub(r"\[(.+)\]\(#\1\)", r"\1", row["command"]) for row in rows]

    assert _headings() == [*BEGINNING, *linked]
    assert sorted(linked) == sorted(_commands())
    assert [row for row in rows if not row["what"]] == []


@pytest.mark.parametrize("name", _commands())
def test_every_option_is_named(name: str) -> None:
    """A section names each option of its command; those of the account stand in their own."""
    named = set(_OPTION.findall(section(PAGE, name) + section(PAGE, ACCOUNT)))
    options = [option.opts for option in _options(_commands()[name])]

    assert [opts for opts in options if not named & set(opts)] == []


@pytest.mark.parametrize("name", _commands())
def test_no_option_is_made_up(name: str) -> None:
    """What a section names as an option, its command has, in examples too."""
    existing = {opt for option in _options(_commands()[name]) for opt in option.opts}
    page = section(PAGE, name)
    shown_there = re.findall(rf"ens_provider {name} (.*)", page)
    named = set(re.findall(r"--[a-z-]+", " ".join(shown_there))) | set(_OPTION.findall(page))

    assert named - existing - OF_PULUMI == set()


def test_options_of_the_account() -> None:
    """The options that say which account are named once, with the commands that take them."""
    page = section(PAGE, ACCOUNT)
    taking = [name for name, command in _commands().items() if _takes_account(command)]
    [sentence] = re.findall(r"^(.+) work in the account", page, re.MULTILINE)

    assert sorted(re.findall(r"`([a-z]+)`", sentence)) == taking
    assert set(_OPTION.findall(page)) == {"-s", "--stack", "-C", "--cwd", "--env-prefix"}


def test_exit_codes() -> None:
    """Every exit code stands in the table under its name, and no other."""
    codes = {
        name.lower(): value
        for name, value in vars(exit_codes).items()
        if name.isupper() and isinstance(value, int)
    }
    rows = table_below(PAGE, "Exit codes")

    assert len(codes) == 6
    assert {row["name"]: int(row["code"]) for row in rows} == codes
    assert [row for row in rows if not row["when"]] == []


@pytest.mark.parametrize("name", OUTPUTS)
def test_output(name: str, emulator_of_page: EmulatorProcess, tmp_path: Path) -> None:
    """What a section shows is what the command prints."""
    emulator_of_page.reset()
    run = Commands(
        environment={
            "SFMC_AUTH_URL": emulator_of_page.auth_url,
            "SFMC_REST_URL": emulator_of_page.rest_url,
            "SFMC_CLIENT_ID": "client",
            "SFMC_CLIENT_SECRET": "secret",
            "SFMC_ACCOUNT_ID": "1234567",
        }
    )

    printed = OUTPUTS[name](emulator_of_page, run, tmp_path)

    assert settled(printed) == settled(shown(name).output)


def test_output_of_the_servers(emulator_of_page: EmulatorProcess) -> None:
    """The emulator and the receiver say where they answer."""
    with ReceiverProcess() as receiver:
        said = re.sub(r"CA is \S+\.pem", "CA is keys/ca.pem", receiver.output())

    assert settled(emulator_of_page.output()) == settled(shown("emulator").output)
    assert settled(said) == settled(shown("receiver").output)


def test_completion() -> None:
    """The shown word is completed as the section shows."""
    [(word, completed)] = re.findall(
        r"^\$ ens-provider (\w+)<TAB>\n(.+)$", section(PAGE, "completion"), re.MULTILINE
    )
    completing = ShellComplete(commands, {}, "ens-provider", COMPLETE_VARIABLE)

    assert [item.value for item in completing.get_completions([], word)] == [completed]


def test_checks_of_doctor() -> None:
    """The section names every check that doctor shows, each status and each purpose."""
    page = section(PAGE, "doctor")
    rows = table_below(PAGE, "doctor", number=1)
    named = {name for row in rows for name in re.findall(r"`([\w ]+)`", row["check"])}
    printed = {
        line[9:22].strip() for line in shown("doctor").output.splitlines()[:-1] if line[0] != " "
    }

    assert printed | {"configuration", "next token", "parallel"} == named
    assert {status.value for status in Status} <= set(re.findall(r"`([A-Z]+)`", page))
    assert {purpose.value for purpose in Purpose} <= set(re.findall(r"`([a-z]+)`", page))


def test_checks_of_conform() -> None:
    """The section names every check with its claim, in their order, and each status."""
    page = section(PAGE, "conform")
    rows = table_below(PAGE, "conform", number=1)

    assert [(row["check"].strip("`"), row["what holds if it passes"]) for row in rows] == [
        (check.name, check.claim) for check in CHECKS
    ]
    assert {status.value for status in ConformStatus} <= set(re.findall(r"`([A-Z]+)`", page))
    assert f"`{MARK}`" in page


def test_fields_of_a_rate_limit() -> None:
    """The emulator's section names each field of a rate limit and each of its choices."""
    rows = table_below(PAGE, "emulator", number=1)
    fields = [name for row in rows for name in re.findall(r"`(\w+)`", row["field"])]
    choices = {
        name: set(re.findall(r"`([a-z_]+)`", row["what"]))
        for row in rows
        for name in re.findall(r"`(\w+)`", row["field"])
    }

    assert sorted(fields) == sorted(each.name for each in dataclasses.fields(RateLimit))
    assert choices["retry_after"] == set(RETRY_AFTER)
    assert choices["ends"] == set(ENDS)
