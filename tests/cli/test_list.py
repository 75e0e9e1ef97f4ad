"""`list` shows callbacks with their subscriptions, for people and for programs."""

from __future__ import annotations

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.engine.outside import Outside

LONGEST = "SendEvents.AutomationInstanceCompleted"


def _subscription(emulator: EmulatorProcess) -> dict[str, object]:
    [subscription] = emulator.state()["subscriptions"]
    return subscription


def test_table(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """A subscription stands below its callback; a reason is shown where there is one."""
    orders = outside.create_live_callback()["callbackId"]
    other = outside.create_callback("another", url="https://other.test/x", max_batch_size=100)
    outside.change_subscription(
        _subscription(emulator),
        filters=["definitionKey=welcome"],
        status="paused",
        statusReason="max retries exhausted",
    )

    ended = run.run("list")

    assert ended.stdout == (
        "Business unit 1234567: 2 callbacks, 1 subscription\n"
        "\n"
        "Callback, subscription                  Status and settings\n"
        "another                                 unverified\n"
        f"{other['callbackId']}    https://other.test/x\n"
        "                                        batches of up to 100\n"
        "\n"
        "shop-dev-orders                         verified\n"
        f"{orders}    https://receiver.test/orders\n"
        "                                        batches of up to 1000\n"
        "  welcome                               paused: max retries exhausted\n"
        f"  {_subscription(emulator)['subscriptionId']}  TransactionalSendEvents.EmailSent\n"
        "                                        definitionKey=welcome\n"
    )
    assert (ended.code, ended.stderr) == (0, "")


def test_nothing(run: Commands) -> None:
    """An account without callbacks is a line."""
    assert run.run("list").stdout == "Business unit 1234567: 0 callbacks, 0 subscriptions\n"


@pytest.mark.parametrize("columns", ["80", "40"])
def test_narrow_window(
    columns: str, run: Commands, emulator: EmulatorProcess, outside: Outside
) -> None:
    """In 80 columns ids and event types stay whole, and ids do in any window."""
    callback_id = outside.create_live_callback()["callbackId"]
    outside.change_subscription(
        _subscription(emulator),
        eventCategoryTypes=[LONGEST],
        filters=[f"definitionKey={'x' * 100}"],
    )

    lines = run.run("list", COLUMNS=columns).stdout.splitlines()

    assert [line[:36] for line in lines if callback_id in line] == [callback_id]
    subscription_id = _subscription(emulator)["subscriptionId"]
    assert [line[:38] for line in lines if str(subscription_id) in line] == [f"  {subscription_id}"]
    if columns == "80":
        assert max(len(line) for line in lines) <= 80
        assert [line[40:] for line in lines if LONGEST in line] == [LONGEST]


def test_pipe_keeps_lines_whole(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """Where nobody looks through a window, no line is broken."""
    outside.create_live_callback()
    long = f"definitionKey={'x' * 300}"
    outside.change_subscription(_subscription(emulator), filters=[long])

    assert f"{' ' * 40}{long}" in run.run("list").stdout.splitlines()


def test_names_that_move_the_cursor(run: Commands, outside: Outside) -> None:
    """What cannot be seen in a name is spelled out, and letters of any language stay."""
    outside.create_callback("größe \x1b[2J\nx", url="https://receiver.test/a")

    printed = run.run("list").stdout

    assert "größe \\x1b[2J\\nx" in printed
    assert "\x1b" not in printed


def test_json(run: Commands, emulator: EmulatorProcess, outside: Outside) -> None:
    """The document has every field of the service under a name that stays."""
    orders = outside.create_live_callback()["callbackId"]

    ended = run.run("list", "--json")

    assert ended.json == {
        "mid": "1234567",
        "callbacks": [
            {
                "id": orders,
                "name": "shop-dev-orders",
                "url": "https://receiver.test/orders",
                "max_batch_size": 1000,
                "status": "verified",
                "status_reason": "none",
                "subscriptions": [
                    {
                        "id": _subscription(emulator)["subscriptionId"],
                        "name": "welcome",
                        "event_category_types": ["TransactionalSendEvents.EmailSent"],
                        "filters": [],
                        "status": "active",
                        "status_reason": "",
                    }
                ],
            }
        ],
    }
    assert ended.code == 0


@pytest.mark.parametrize(("account_id", "more"), [("1234567", []), ("", ["tokenContext"])])
def test_calls(
    account_id: str, more: list[str], run: Commands, emulator: EmulatorProcess, outside: Outside
) -> None:
    """The callbacks are one call, and the subscriptions one for each callback."""
    first = outside.create_live_callback()["callbackId"]
    second = outside.create_callback("second", url="https://other.test/x")["callbackId"]
    # A client that no other test of this process has a token of.
    emulator.set_client(f"lister-{len(more)}", client_secret="of-lister")
    emulator.clear_calls()

    run.run(
        "list",
        SFMC_CLIENT_ID=f"lister-{len(more)}",
        SFMC_CLIENT_SECRET="of-lister",
        SFMC_ACCOUNT_ID=account_id,
    )

    paths = [call["path"].removeprefix("/platform/v1/") for call in emulator.calls()]
    assert paths == [
        "/v2/token",
        *more,
        "ens-callbacks",
        f"ens-subscriptions-by-cb/{second}",
        f"ens-subscriptions-by-cb/{first}",
    ]


def test_other_business_unit(run: Commands, emulator: EmulatorProcess) -> None:
    """What another business unit holds is not listed."""
    Outside(emulator, mid=7654321).create_callback()

    assert run.run("list", "--json").json == {"mid": "1234567", "callbacks": []}
    there = run.run("list", "--json", SFMC_ACCOUNT_ID="7654321").json
    assert (there["mid"], len(there["callbacks"])) == ("7654321", 1)


def test_no_permission(run: Commands, emulator: EmulatorProcess) -> None:
    """A refusal of ENS is a sentence, and ends with 3."""
    emulator.set_client("blind", client_secret="of-blind", scopes=[])

    ended = run.run("list", SFMC_CLIENT_ID="blind", SFMC_CLIENT_SECRET="of-blind")

    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith("Error: ENS refused to list the callbacks (403): ")
