"""`python -m ens_provider import`: what it reads, writes and says."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.engine.calls import Calls
from tests.engine.outside import Outside

GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
SIGNATURE = "4dabf18193072939515e22adb298388d"
NUMBERS = itertools.count(1)
LISTED = ["POST token 200", "GET ens-callbacks 200"]


@pytest.fixture
def run(run: Commands, emulator: EmulatorProcess) -> Commands:
    """Give the commands as a client of their own, so that no token of another test is at hand."""
    client = f"importer-{next(NUMBERS)}"
    emulator.set_client(client, client_secret="secret")
    run.environment["SFMC_CLIENT_ID"] = client
    return run


@pytest.fixture
def calls(emulator: EmulatorProcess) -> Calls:
    """Give what reached the emulator since the last look."""
    return Calls(emulator)


def document(folder: Path) -> list[dict[str, Any]]:
    """Return the entries of the import file."""
    entries: list[dict[str, Any]] = json.loads((folder / "import.json").read_text("utf-8"))[
        "resources"
    ]
    return entries


def program(folder: Path) -> str:
    """Return the program, ids shown as `{id}`."""
    return re.sub(GUID, "{id}", (folder / "__main__.py").read_text("utf-8"))


def test_account(run: Commands, outside: Outside, calls: Calls, tmp_path: Path) -> None:
    """One list of callbacks and one of each's subscriptions; both files, and how to go on."""
    orders = outside.create_live_callback("orders")
    outside.create_callback("returns", url="https://receiver.test/returns", max_batch_size=500)
    out = tmp_path / "account"
    calls.take()

    ended = run.run("import", "--out", str(out))

    assert (ended.code, ended.stderr) == (0, "")
    assert calls.take() == [
        *LISTED,
        "GET ens-subscriptions-by-cb/orders 200",
        "GET ens-subscriptions-by-cb/returns 200",
    ]
    assert re.sub(GUID, "{id}", ended.stdout) == (
        "Business unit 1234567: 2 callbacks and 1 subscription to import.\n"
        "  orders  {id}  verified, 1 subscription, no signature key known\n"
        "  returns  {id}  not verified (status 'unverified'), 0 subscriptions, no signature key known\n"
        f"Written: {out}/import.json (readable for you alone; it holds no signature key) and "
        f"{out}/__main__.py.\n"
        "Go on in the project that gets this program:\n"
        f"  pulumi import --file {out}/import.json --generate-code=false --protect=false --yes --skip-preview\n"
        "  pulumi preview --expect-no-changes\n"
        "  pulumi up --yes\n"
        f"  rm {out}/import.json\n"
    )
    assert program(out) == PROGRAM
    assert [(each["name"], each.get("parent")) for each in document(out)] == [
        ("Callback orders", None),
        ("CallbackVerification orders", "Callback orders"),
        ("Subscription orders-welcome", "Callback orders"),
        ("Callback returns", None),
    ]
    assert document(out)[0]["outputs"]["signature_key"] == {
        SIGNATURE: SECRET,
        "plaintext": f'"NO-SIGNATURE-KEY-OF-{orders["callbackId"]}"',
    }


PROGRAM = '''\
"""The callbacks and subscriptions of business unit 1234567, as they were found there.

Import them before the first `pulumi up`. It takes them for somebody else's otherwise: it fails at
callbacks that have subscriptions, and makes those without anew.

    pulumi import --file import.json --generate-code=false --protect=false --yes --skip-preview
"""

import pulumi

import ens_provider as ens

# The import keeps no dependencies before the first `pulumi up`. As children of their callbacks,
# verifications and subscriptions are deleted before them from the beginning.

# Its signature key is not known: ENS shows a key once. Before the import, write it into import.json
# in the place of NO-SIGNATURE-KEY-OF-{id},
# or make a new one, which voids the present one at once:
# ens.SignatureKey("orders", callback_id=orders_verified)
orders = ens.Callback("orders", url="https://receiver.test/orders", callback_name="orders")
orders_verified = ens.CallbackVerification(
    "orders", callback_id=orders, opts=pulumi.ResourceOptions(parent=orders)
)
ens.Subscription(
    "orders-welcome",
    callback_id=orders_verified,
    subscription_name="welcome",
    event_category_types=[ens.EventType.EMAIL_SENT],
    opts=pulumi.ResourceOptions(parent=orders),
)

# ENS shows it as not verified (status 'unverified'). Once it is, declare its verification:
# ens.CallbackVerification("returns", callback_id=returns)
# Its signature key is not known: ENS shows a key once. Before the import, write it into import.json
# in the place of NO-SIGNATURE-KEY-OF-{id},
# or make a new one, which voids the present one at once:
# ens.SignatureKey("returns", callback_id=returns)
returns = ens.Callback(
    "returns", url="https://receiver.test/returns", callback_name="returns", max_batch_size=500
)
'''


def test_without_a_configured_business_unit(
    run: Commands, outside: Outside, calls: Calls, tmp_path: Path
) -> None:
    """The service is asked once which one it is."""
    outside.create_callback("orders")
    del run.environment["SFMC_ACCOUNT_ID"]
    calls.take()

    ended = run.run("import", "--out", str(tmp_path / "x"))

    assert ended.stdout.startswith(
        "Business unit 1234567: 1 callback and 0 subscriptions to import."
    )
    assert sorted(calls.take()) == sorted(
        [*LISTED, "GET ens-subscriptions-by-cb/orders 200", "GET tokenContext 200"]
    )


@pytest.mark.parametrize("value", ["empty_list", "absent", "blank_item"])
def test_blank_filters(
    run: Commands, emulator: EmulatorProcess, outside: Outside, tmp_path: Path, value: str
) -> None:
    """However ENS says that there are no filters, the program declares none."""
    emulator.set_switches(blank_filters=value)
    outside.create_live_callback("orders")

    assert run.run("import", "--out", str(tmp_path / "x")).code == 0
    assert "filters" not in program(tmp_path / "x")
    assert [
        each["inputs"]["filters"]
        for each in document(tmp_path / "x")
        if "Subscription" in each["type"]
    ] == [[]]


def test_subscriptions_of_an_unverified_callback(
    run: Commands, emulator: EmulatorProcess, outside: Outside, tmp_path: Path
) -> None:
    """Where ENS accepts them, they hang on the callback itself."""
    emulator.set_switches(subscribe_unverified="accepted")
    outside.subscribe(outside.create_callback("orders")["callbackId"])

    assert run.run("import", "--out", str(tmp_path / "x")).code == 0
    assert 'ens.Subscription(\n    "orders-welcome",\n    callback_id=orders,\n' in program(
        tmp_path / "x"
    )


def test_everything_that_is_not_default(run: Commands, outside: Outside, tmp_path: Path) -> None:
    """Pauses, filters and unknown types stand in the program; a mapping where it says the same."""
    orders = outside.create_live_callback("orders")["callbackId"]
    for name, types, filters in (
        ("one", ["TransactionalSendEvents.SmsSent", "New.Type"], ["definitionKey=a=b"]),
        ("two", ["TransactionalSendEvents.SmsSent"], ["definitionKey=b", "definitionKey=a"]),
    ):
        fields = {"subscriptionName": name, "eventCategoryTypes": types, "filters": filters}
        [made] = outside.call("POST", "ens-subscriptions", [{"callbackId": orders, **fields}])
        outside.change_subscription(made, status="paused", statusReason=f'{name} "x"')

    assert run.run("import", "--out", str(tmp_path / "x")).code == 0
    written = program(tmp_path / "x")
    assert (
        '    event_category_types=["New.Type", ens.EventType.SMS_SENT],\n'
        '    filters={"definitionKey": "a=b"},\n'
        "    paused=True,\n"
        "    pause_reason='one \"x\"',\n"
    ) in written
    assert '    filters=["definitionKey=a", "definitionKey=b"],\n' in written


@pytest.mark.parametrize("by", ["name", "id", "both"])
def test_one_callback(
    run: Commands, outside: Outside, calls: Calls, tmp_path: Path, by: str
) -> None:
    """It is read alone, named by its name, its id in any case, or both."""
    wanted = outside.create_live_callback("orders")["callbackId"].upper()
    outside.create_callback("returns", url="https://receiver.test/returns")
    named = {"name": ["orders"], "id": [wanted], "both": ["orders", wanted]}[by]
    calls.take()

    ended = run.run(
        "import", "--out", str(tmp_path / "x"), *[f"--callback={each}" for each in named]
    )

    assert ended.code == 0
    assert calls.take() == [*LISTED, "GET ens-subscriptions-by-cb/orders 200"]
    assert [each["logicalName"] for each in document(tmp_path / "x")] == [
        "orders",
        "orders",
        "orders-welcome",
    ]


def test_names_whatever_is_selected(run: Commands, outside: Outside, tmp_path: Path) -> None:
    """A second import of the rest of an account names nothing as the first one did."""
    outside.create_live_callback("a b", url="https://receiver.test/1")
    outside.create_live_callback("a-b", url="https://receiver.test/2")

    named = []
    for number, callback in enumerate(("a-b", "a b")):
        out = tmp_path / str(number)
        assert run.run("import", "--out", str(out), "--callback", callback).code == 0
        named.append([each["name"] for each in document(out)])

    assert named == [
        ["Callback a-b-2", "CallbackVerification a-b-2", "Subscription a-b-2-welcome"],
        ["Callback a-b", "CallbackVerification a-b", "Subscription a-b-welcome"],
    ]


def test_callback_that_is_not_there(
    run: Commands, outside: Outside, calls: Calls, tmp_path: Path
) -> None:
    """The error names those that are; nothing else is read and nothing written."""
    outside.create_callback("orders")
    calls.take()

    ended = run.run("import", "--out", str(tmp_path / "x"), "--callback", "order")

    assert (ended.code, ended.stdout) == (4, "")
    assert ended.stderr == (
        "Error: There is no callback of the name or id 'order'; there are 'orders'. Nothing was "
        "written.\n"
    )
    assert calls.take() == LISTED
    assert not (tmp_path / "x").exists()


def test_several_callbacks_of_a_name(
    run: Commands, emulator: EmulatorProcess, outside: Outside, tmp_path: Path
) -> None:
    """The error names them with their ids; each can be imported by its id."""
    emulator.set_switches(duplicate_match="url")
    first = outside.create_callback("orders")["callbackId"]
    second = outside.create_callback("orders", url="https://receiver.test/2")["callbackId"]

    ended = run.run("import", "--out", str(tmp_path / "x"), "--callback", "orders")

    assert ended.code == 4
    assert ended.stderr.startswith(
        "Error: Several callbacks are called 'orders': callback 'orders' (id "
    )
    assert {first, second} <= set(re.findall(GUID, ended.stderr))
    assert run.run("import", "--out", str(tmp_path / "x"), "--callback", second).code == 0
    assert [each["id"] for each in document(tmp_path / "x")] == [second]


def test_account_without_callbacks(run: Commands, calls: Calls, tmp_path: Path) -> None:
    """A sentence says so, and nothing is written."""
    ended = run.run("import", "--out", str(tmp_path / "x"))

    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == (
        "There is no callback to import from business unit 1234567: nothing was written.\n"
    )
    assert calls.take() == LISTED
    assert not (tmp_path / "x").exists()


def test_what_cannot_be_declared(run: Commands, outside: Outside, tmp_path: Path) -> None:
    """It is left out with its reason, and so is what hangs on it; the rest is imported."""
    outside.create_live_callback("orders ")
    returns = outside.create_live_callback("returns", url="https://receiver.test/returns")
    fields = {"callbackId": returns["callbackId"], "eventCategoryTypes": ["A.B"]}
    outside.call(
        "POST", "ens-subscriptions", [{**fields, "subscriptionName": " spaced", "filters": []}]
    )
    outside.call(
        "POST", "ens-subscriptions", [{**fields, "subscriptionName": "f", "filters": ["a= b"]}]
    )

    ended = run.run("import", "--out", str(tmp_path / "x"))

    assert ended.code == 0
    assert re.sub(GUID, "{id}", ended.stderr) == (
        "Left out: callback 'orders ' (id {id}, https://receiver.test/orders) with its "
        "subscriptions, because callback_name: it begins or ends with white space; remove that.\n"
        "Left out: subscription ' spaced' ({id}) of callback 'returns', because "
        "subscription_name: it begins or ends with white space; remove that.\n"
        "Left out: subscription 'f' ({id}) of callback 'returns', because filters: it begins or "
        "ends with white space; remove that.\n"
        "3 objects left out: nothing is changed there, and file and program hold the rest.\n"
    )
    assert [each["name"] for each in document(tmp_path / "x")] == [
        "Callback returns",
        "CallbackVerification returns",
        "Subscription returns-welcome",
    ]


def test_nothing_but_what_cannot_be_declared(
    run: Commands, outside: Outside, tmp_path: Path
) -> None:
    """Nothing is written then, and both is said."""
    outside.create_callback("orders ")

    ended = run.run("import", "--out", str(tmp_path / "x"))

    assert ended.code == 0
    assert ended.stdout.startswith("There is no callback to import from business unit 1234567")
    assert ended.stderr.startswith("Left out: callback 'orders '")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["import.json", "__main__.py"])
def test_file_that_exists(run: Commands, calls: Calls, tmp_path: Path, name: str) -> None:
    """It is refused before anything is asked, and stays."""
    (tmp_path / name).write_text("mine", "utf-8")

    ended = run.run("import", "--out", str(tmp_path))

    assert ended.code == 1
    assert ended.stderr == (
        f"Error: {tmp_path / name} exists, and nothing is ever overwritten. Give another folder "
        "with --out. Nothing was written.\n"
    )
    assert calls.take() == []
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_failure_while_reading(
    run: Commands, emulator: EmulatorProcess, outside: Outside, tmp_path: Path
) -> None:
    """Nothing is written before everything is read."""
    outside.create_callback("orders")
    outside.create_callback("returns", url="https://receiver.test/returns")
    emulator.add_fault(
        route="GET /platform/v1/ens-subscriptions-by-cb/{callbackId}",
        nth=2,
        when="before",
        do="status",
        status=403,
    )

    ended = run.run("import", "--out", str(tmp_path / "x"))

    assert (ended.code, ended.stdout) == (3, "")
    assert "403" in ended.stderr
    assert not (tmp_path / "x").exists()


def test_another_stack_and_folder(run: Commands, outside: Outside, tmp_path: Path) -> None:
    """The commands to go on with name both, and the file so that it is found from there."""
    outside.create_callback("orders")
    project = tmp_path / "my project"
    project.mkdir()

    ended = run.run("import", "--out", str(tmp_path / "x"), "--cwd", str(project))

    assert (
        f"  pulumi import --file {tmp_path}/x/import.json --generate-code=false --protect=false --yes --skip-preview "
        f"--cwd '{project}'\n"
        f"  pulumi preview --expect-no-changes --cwd '{project}'\n"
        f"  pulumi up --yes --cwd '{project}'\n"
    ) in ended.stdout


def test_provider_without_a_prefix_of_its_own(run: Commands, calls: Calls, tmp_path: Path) -> None:
    """It is refused, since a provider never reads the variables of the stack."""
    ended = run.run("import", "--out", str(tmp_path / "x"), "--provider", "emea")

    assert (ended.code, calls.take()) == (2, [])
    assert ended.stderr.endswith(
        "Error: Give --env-prefix beside --provider: a provider never reads the variables of the "
        "stack.\n"
    )


@pytest.mark.parametrize("name", ["", "2", "a b", 'a"b', "a\nb", "\u00e9"])
def test_name_that_no_provider_should_have(run: Commands, tmp_path: Path, name: str) -> None:
    """It is refused before anything is asked."""
    options = ["--provider", name, "--env-prefix", "SFMC_EMEA_"]

    ended = run.run("import", "--out", str(tmp_path / "x"), *options)

    assert ended.code == 2
    assert ended.stderr.endswith("it is a letter, then letters, digits, dots, dashes and _.\n")
