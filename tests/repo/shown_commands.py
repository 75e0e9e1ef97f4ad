"""The commands that `docs/commands.md` shows, run against an emulator that is as the page says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ens_provider.emulator.access import SCOPES
from ens_provider.emulator.process import EmulatorProcess
from tests.cli.bad_receivers import Around, conforming, rewriting
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import Doctor
from tests.engine.outside import Outside
from tests.repo.files import text_of
from tests.repo.tables import section

COLUMNS = "110"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
_PROGRAM = "$ python -m ens_provider "
_CALLBACK = "pulumi-python:dynamic/ens:Callback"
_SUBSCRIPTION = "pulumi-python:dynamic/ens:Subscription"
_VARIES = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"127\.0\.0\.1 port \d+"), "127.0.0.1 port PORT"),
    (re.compile(r"\d+ ms"), "N ms"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"^(OK +(?:sdk|python) +)\S+$", re.MULTILINE), r"\1VERSION"),
)


@dataclass(frozen=True)
class Shown:
    """A command of the package that a section shows, and what it shows as its output."""

    arguments: tuple[str, ...]
    output: str


def shown(command: str) -> Shown:
    """Return the first command that a section shows in a block, with its output.

    Raises:
        AssertionError: The section shows none.
    """
    page = section(text_of("docs/commands.md"), command)
    blocks = re.findall(r"```console\n(.*?)```", page, re.DOTALL)
    for block in blocks:
        _, found, rest = block.partition(f"{_PROGRAM}{command}")
        if found:
            line, _, output = rest.partition("\n")
            return Shown((command, *shlex.split(line)), output.partition("\n$ ")[0])
    raise AssertionError(f"the section {command} shows no output")


def settled(text: str) -> str:
    """Return a text in which what is different each time is not."""
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return text


def doctor_of_page(emulator: EmulatorProcess, run: Commands, folder: Path) -> str:
    """Run doctor as a package without one permission, without accountId, and return its output."""
    scopes = [scope for scope in SCOPES if scope != "event_notification_subscription_delete"]
    emulator.set_client("client", client_secret="of-the-page", scopes=scopes)
    doctor = Doctor(run=run, folder=folder)
    without = {"SFMC_ACCOUNT_ID": "", "SFMC_CLIENT_SECRET": "of-the-page"}
    return doctor(COLUMNS=COLUMNS, **without).stdout


def list_of_page(emulator: EmulatorProcess, run: Commands, folder: Path) -> str:
    """List two callbacks of which one stack manages one, and return the output."""
    outside = Outside(emulator)
    live = outside.create_live_callback()["callbackId"]
    outside.create_callback("test by hand", url="https://other.test/hook")
    [subscription] = emulator.state()["subscriptions"]
    outside.change_subscription(subscription, filters=["definitionKey=welcome"])
    outside.subscribe(live, "audit")
    state = _export(
        _entry(_CALLBACK, "orders", live),
        _entry(_SUBSCRIPTION, "welcome", subscription["subscriptionId"]),
        _entry(_SUBSCRIPTION, "bounces", "55afe59f-8d20-46fd-a2d1-ff01453abe90"),
    )
    path = folder / "dev.json"
    path.write_text(state, encoding="utf-8")
    return run.run("list", "--state", str(path)).stdout


def _export(*entries: dict[str, object]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(entries)}})


def _entry(kind: str, name: str, object_id: object) -> dict[str, object]:
    named = f"shop-dev-{name}"
    return {
        "urn": f"urn:pulumi:dev::shop::{kind}::{name}",
        "type": kind,
        "id": object_id,
        "outputs": {"mid": "1234567", "callback_name": named, "subscription_name": named},
    }


def send_of_page(emulator: EmulatorProcess, run: Commands, folder: Path) -> str:
    """Send the events that the page sends to a callback that is verified and subscribed."""
    Outside(emulator).create_live_callback()
    Outside(emulator).change_subscription(
        emulator.state()["subscriptions"][0], filters=["definitionKey=welcome"]
    )
    arguments = list(shown("send").arguments)
    ready = folder / "emulator.json"
    ready.write_text(json.dumps({"auth_url": emulator.auth_url, "rest_url": emulator.rest_url}))
    arguments[arguments.index("--ready-file") + 1] = str(ready)
    return run.run(*arguments).stdout


def sign_of_page(_emulator: EmulatorProcess, run: Commands, folder: Path) -> str:
    """Sign the body that the page signs."""
    return _with_body("sign", run, folder)


def verify_of_page(_emulator: EmulatorProcess, run: Commands, folder: Path) -> str:
    """Verify the signature that the page shows."""
    return _with_body("verify", run, folder)


def _with_body(command: str, run: Commands, folder: Path) -> str:
    page = section(text_of("docs/commands.md"), "sign")
    [body] = re.findall(r"printf '(.+)' > body.json", page)
    path = folder / "body.json"
    path.write_text(body, encoding="utf-8")
    given = [str(path) if each == "body.json" else each for each in shown(command).arguments]
    return run.run(*given, ENS_KEY=KEY).stdout


def conform_of_page(_emulator: EmulatorProcess, _run: Commands, folder: Path) -> str:
    """Try a receiver that parses bodies and writes them again, and return the output."""
    _, _url, *arguments = shown("conform").arguments
    key_file = folder / "key"
    key_file.write_text(KEY, encoding="utf-8")
    kept = arguments[arguments.index("--only") :]
    with conforming(Around(rewriting), folder) as conform:
        return conform(f"--key-file={key_file}", *kept, COLUMNS=COLUMNS).stdout


OUTPUTS: dict[str, Callable[[EmulatorProcess, Commands, Path], str]] = {
    "doctor": doctor_of_page,
    "list": list_of_page,
    "send": send_of_page,
    "conform": conform_of_page,
    "sign": sign_of_page,
    "verify": verify_of_page,
}
"""How to produce what each section shows."""
