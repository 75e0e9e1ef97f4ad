"""Taking an account over that people made by hand: `import`, `adopt_id` and `get`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.hand_made import CALLBACKS, VARIANTS, make_account
from tests.engine.outside import Outside
from tests.engine.programs import CREDENTIALS, Code, arguments

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.hand_made import Account
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

SETTINGS = ("AUTH_URL", "REST_URL", "CLIENT_ID", "CLIENT_SECRET")
IMPORT = ("--generate-code=false", "--protect=false", "--yes", "--skip-preview")


@pytest.fixture
def account(emulator: EmulatorProcess, outside: Outside) -> Account:
    """Make the account, as an emulator that lists blank filters as one blank text shows it."""
    emulator.set_switches(blank_filters="blank_item")
    return make_account(outside)


def import_account(stack: Stack, *arguments: str, **variables: str) -> str:
    """Run the command as a process in the stack's folder; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "ens_provider", "import", "--out", ".", *arguments],
        cwd=stack.folder,
        env={**stack.cli.environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def writes(calls: list[str]) -> list[str]:
    """Return the calls that change something."""
    return [call for call in calls if not call.startswith(("GET ", "POST token"))]


def without_reasons(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the outputs in the state by id, without the reasons of statuses."""
    reasons = ("status_reason", "pause_reason")
    return {
        each["id"]: {name: value for name, value in each["outputs"].items() if name not in reasons}
        for each in stack.state()
    }


def test_import(
    shop: Stack, emulator: EmulatorProcess, outside: Outside, account: Account, calls: Calls
) -> None:
    """What was made by hand is imported without a difference, changed by one edit, and removed."""
    foreign = outside.create_live_callback("left alone", url="https://receiver.test/foreign")
    before = emulator.state()
    calls.take()
    selected = [argument for id_ in account.ids for argument in ("--callback", id_)]

    printed = import_account(shop, *selected)

    assert "Business unit 1234567: 5 callbacks and 40 subscriptions to import." in printed
    assert len(calls.take()) == 1 + 1 + 5
    imported = shop.cli.run("import", "--file", "import.json", *IMPORT)
    assert (imported.code, imported.stderr) == (0, "")
    assert len(shop.state()) == 5 + 4 + 40
    assert calls.take() == []
    previewed = shop.preview("--refresh", "--expect-no-changes")
    # Each resource is read, as the word says, and neither ENS nor the program differs.
    assert (previewed.code, previewed.operations) == (0, {"refresh": 49})
    assert (writes(calls.take()), emulator.state()) == ([], before)

    program = (shop.folder / "__main__.py").read_text("utf-8")
    assert program.count("max_batch_size=250") == 1
    shop.program(program.replace("max_batch_size=250", "max_batch_size=500"))
    updated = shop.up()

    assert [(step.op, step.name) for step in updated.steps if step.op != "same"] == [
        ("update", "R\u00fcckl\u00e4ufer-K\u00f6ln")
    ]
    assert calls.take() == ["POST token 200", "PUT ens-callbacks 200"]
    assert shop.destroy().operations == {"delete": 49}
    assert [each["callbackId"] for each in emulator.state()["callbacks"]] == [foreign["callbackId"]]
    assert [each["subscriptionName"] for each in emulator.state()["subscriptions"]] == ["welcome"]


def test_adopt_id(shop: Stack, emulator: EmulatorProcess, account: Account, calls: Calls) -> None:
    """What was made by hand is taken over by a program without a change, and managed from then on."""
    before = emulator.state()
    calls.take()
    program = adopting(account)
    shop.program(program)

    assert shop.up().operations == {"create": 49}
    assert (writes(calls.take()), emulator.state()) == ([], before)
    previewed = shop.preview("--expect-no-changes")
    assert (previewed.code, previewed.operations) == (0, {})
    assert calls.take() == []

    shop.program(program.replace("paused=True", "paused=False", 1))
    assert shop.up().operations == {"update": 1}
    assert calls.take() == ["POST token 200", "PUT ens-subscriptions 200"]
    assert shop.destroy().operations == {"delete": 49}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_get(shop: Stack, emulator: EmulatorProcess, account: Account, calls: Calls) -> None:
    """What was made by hand is read, and neither a refresh nor `destroy` changes any of it."""
    before = emulator.state()
    calls.take()
    shop.program(
        "\n".join(
            [
                "import ens_provider as ens",
                *(f"ens.Callback.get('c{n}', '{id_}')" for n, id_ in enumerate(account.ids)),
                *(
                    f"ens.Subscription.get('s{n}', '{each['subscriptionId']}')"
                    for n, each in enumerate(account.subscriptions)
                ),
            ]
        )
    )

    assert shop.up().operations == {"read": 45}
    shown = without_reasons(shop)
    assert {shown[id_]["max_batch_size"] for id_ in account.ids} == {1000, 250, 100}
    assert shop.preview().operations == {"read": 45}
    # Lists and single reads spell "no reason" unlike each other; nothing else moves.
    assert shop.refresh().code == 0
    assert without_reasons(shop) == shown
    assert shop.destroy().operations == {"discard": 45}
    assert (writes(calls.take()), emulator.state()) == ([], before)
    assert shop.state() == []


def adopting(account: Account) -> str:
    """Return the program that takes everything of the account over, as it is."""
    lines = ["import ens_provider as ens"]
    for number, (callback, made) in enumerate(zip(CALLBACKS, account.callbacks, strict=True)):
        inputs = {
            "url": callback.url,
            "callback_name": callback.name,
            "max_batch_size": callback.max_batch_size,
            "adopt_id": made["callbackId"],
            "known_signature_key": made["signatureKey"],
        }
        lines.append(f"c{number} = ens.Callback({arguments(f'c{number}', inputs)})")
        if callback.verified:
            lines.append(
                f"v{number} = ens.CallbackVerification('v{number}', callback_id=c{number})"
            )
    target = {each["callbackId"]: f"v{n}" for n, each in enumerate(account.callbacks)}
    for number, made in enumerate(account.subscriptions):
        _, _, reason = VARIANTS[number % len(VARIANTS)]
        inputs = {
            "callback_id": Code(target[made["callbackId"]]),
            "subscription_name": made["subscriptionName"],
            "event_category_types": made["eventCategoryTypes"],
            "filters": made["filters"],
            "paused": reason is not None,
            **({"pause_reason": reason} if reason else {}),
            "adopt_id": made["subscriptionId"],
        }
        lines.append(f"ens.Subscription({arguments(f's{number}', inputs)})")
    return "\n".join(lines)


def test_import_of_a_further_business_unit(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """It gets a provider of its own; a `destroy` right away deletes subscriptions before callbacks."""
    emea = Outside(emulator, mid=7654321)
    for number in range(2):
        made = emea.create_live_callback(f"c{number}", url=f"https://receiver.test/{number}")
        for position in range(6):
            emea.subscribe(made["callbackId"], f"s{position}")
    before = emulator.state()
    plain = {name.removeprefix("SFMC_"): value for name, value in shop.cli.environment.items()}
    shop.with_environment(
        *CREDENTIALS,
        **{f"SFMC_EMEA_{name}": plain[name] for name in SETTINGS},
        SFMC_EMEA_ACCOUNT_ID="7654321",
    )
    calls.take()

    import_account(shop, "--provider", "emea", "--env-prefix", "SFMC_EMEA_")
    assert len(calls.take()) == 1 + 1 + 2
    imported = shop.cli.run("import", "--file", "import.json", *IMPORT)
    assert (imported.code, imported.stderr) == (0, "")
    previewed = shop.preview("--expect-no-changes")
    assert (previewed.code, previewed.operations) == (0, {})
    assert (calls.take(), emulator.state()) == ([], before)

    assert shop.destroy().operations == {"delete": 2 + 2 + 14}
    assert emulator.state() == {"callbacks": [], "subscriptions": []}
