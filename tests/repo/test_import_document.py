"""What `docs/import.md` shows is run: the command, the program that it writes, and the engine after it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from ens_provider.cli.commands import commands
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.lifecycle.values import NO_KEY
from ens_provider.resources.callback_properties import CALLBACK_INPUTS
from ens_provider.resources.subscription_properties import SUBSCRIPTION_INPUTS
from tests.engine.outside import Outside
from tests.repo.files import text_of
from tests.repo.public_names import private_uses
from tests.repo.tables import table_below
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import NewStack
    from tests.engine.harness import Stack

PAGE = text_of("docs/import.md")
GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
SENT = "TransactionalSendEvents.EmailSent"
NOT_SENT = "TransactionalSendEvents.EmailNotSent"


def settled(text: str) -> str:
    """Return a text whose ids are not told apart."""
    return GUID.sub("ID", text)


def shown() -> list[tuple[str, list[str]]]:
    """Return the commands of the walk-through in order, each with the lines that it prints."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    found = []
    for command in re.split(r"^\$ ", "".join(blocks), flags=re.MULTILINE)[1:]:
        line, *printed = command.splitlines()
        found.append((line, printed))
    return found


@pytest.fixture
def account(new_stack: NewStack) -> Iterator[tuple[Stack, dict[str, str]]]:
    """Make the account of the page and an empty project; give it with a key and its proof."""
    with Endpoint(("receiver.test",)) as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as emulator:
            service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
            stack = new_stack(service=service)
            key = made_by_hand(Outside(emulator))
            emulator.send_events([{"eventCategoryType": SENT, "definitionKey": "welcome"}])
            delivery = endpoint.received[-1]
            (stack.folder / "body.json").write_bytes(delivery.body)
            headers = {name.lower(): value for name, value in delivery.headers.items()}
            yield stack, {"ORDERS_KEY": key, "signature": headers["x-sfmc-ens-signature"]}


def made_by_hand(outside: Outside) -> str:
    """Make the callbacks and subscriptions of the page; return the key of `orders`."""
    orders = outside.create_callback("orders")
    outside.verify(orders["callbackId"])
    subscriptions: tuple[tuple[str, list[str], list[str]], ...] = (
        ("welcome mails", [SENT, NOT_SENT], ["definitionKey=welcome"]),
        ("bounces", ["TransactionalSendEvents.EmailBounced"], []),
    )
    for name, types, filters in subscriptions:
        fields = {"subscriptionName": name, "eventCategoryTypes": types, "filters": filters}
        [made] = outside.call(
            "POST", "ens-subscriptions", [{"callbackId": orders["callbackId"], **fields}]
        )
        if name == "bounces":
            outside.change_subscription(made, status="paused", statusReason="until Monday")
    outside.create_callback(
        "returns (new)", url="https://receiver.test/returns", max_batch_size=500
    )
    return str(orders["signatureKey"])


@pytest.mark.engine
def test_walk_through(account: tuple[Stack, dict[str, str]]) -> None:
    """Each command prints what the page shows; the program is the page's, and stays without a change."""
    stack, given = account
    (command, printed), *others = shown()
    done = subprocess.run(
        [sys.executable, *shlex.split(command.replace("…", given["signature"]))[1:]],
        cwd=stack.folder,
        env={**stack.cli.environment, "ORDERS_KEY": given["ORDERS_KEY"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert settled(done.stdout).splitlines() == [settled(line) for line in printed]
    program = (stack.folder / "__main__.py").read_text("utf-8")
    assert settled(program) == settled(PROGRAMS[0])
    # The commands that it says to go on with are those that the page goes on with.
    assert [line.strip() for line in printed if line.startswith("  pulumi") or "  rm" in line] == [
        line for line, _ in others
    ]

    *engine, (removal, _) = others
    assert len(engine) == 3
    for line, lines in engine:
        result = stack.cli.run(*shlex.split(line)[1:])
        assert result.code == 0, result.text
        assert [each for each in lines if each not in result.stdout.splitlines()] == []
    assert removal == "rm import.json"

    aliases = re.findall(r"`opts=(pulumi.ResourceOptions\(aliases=.+?\))`", PAGE)
    assert aliases == ["pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=orders)])"]
    stack.program(program.replace("pulumi.ResourceOptions(parent=orders)", aliases[0]))
    assert stack.preview("--expect-no-changes").code == 0


def test_ways() -> None:
    """The table names each way with its section."""
    rows = table_below(PAGE, "Taking over what exists")

    linked = [re.findall(r"\[`(\w+)`\]\(#(\w+)\)", row["way"]) for row in rows]
    assert linked == [[("import", "import")], [("adopt_id", "adopt_id")], [("get", "get")]]
    assert re.findall(r"^## (.+)$", PAGE, re.MULTILINE) == ["import", "adopt_id", "get"]


def test_options_exist() -> None:
    """Each option of `import` that the page names is one."""
    command = commands.get_command(click.Context(commands), "import")
    assert command is not None
    existing = {option for parameter in command.params for option in parameter.opts}
    of_pulumi = {
        "--file",
        "--generate-code",
        "--protect",
        "--yes",
        "--expect-no-changes",
        "--skip-preview",
        "--state",
    }

    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - of_pulumi == {
        "--out",
        "--callback",
        "--signature-key",
        "--proof",
        "--provider",
        "--env-prefix",
    }
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) - of_pulumi <= existing


def test_programs() -> None:
    """The shown programs use public names and inputs that exist."""
    inputs = {each.name for each in (*CALLBACK_INPUTS, *SUBSCRIPTION_INPUTS)}
    imported, provider, adopting = PROGRAMS

    for text in PROGRAMS:
        assert private_uses("import ens_provider as ens\n" + text) == []
    assert set(re.findall(r"^    (\w+)=", adopting, re.MULTILINE)) <= inputs
    assert 'ens.Provider("emea"' in provider
    assert f"`{NO_KEY}`" in PAGE
    assert f"{NO_KEY}-OF-" in imported
