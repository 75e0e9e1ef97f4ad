"""Two business units in one program: each with its own token, and never in the other's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.engine.readings import entries, sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import RunResult, Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

OWN, EMEA = 1234567, 7654321
PROGRAM = """\
import os
import pulumi
import ens_provider as ens


class Endpoint(pulumi.ComponentResource):
    def __init__(self, name, *, path, opts=None):
        super().__init__("shop:index:Endpoint", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.callback = ens.Callback(name, url=f"https://hooks.test/{path}", opts=inside)
        verified = ens.CallbackVerification(
            name,
            callback_id=self.callback,
            verification_key_url=os.environ["VERIFICATION_KEY_URL"],
            verification_key_token=os.environ["RECEIVER_TOKEN"],
            opts=inside,
        )
        self.key = ens.SignatureKey(name, callback_id=verified, opts=inside)
        ens.Subscription(
            name,
            callback_id=verified,
            event_category_types=[ens.EventType.EMAIL_SENT],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.key]),
        )


emea = ens.Provider("emea", env_prefix="SFMC_EMEA_")
home = Endpoint("home", path="home")
away = Endpoint("away", path="away", opts=pulumi.ResourceOptions(provider=emea))
alone = ens.Callback(
    "alone",
    url="https://hooks.test/alone",
    max_batch_size=int(os.environ.get("SIZE", "1000")),
    opts=pulumi.ResourceOptions(provider=emea),
)
found = ens.get_callback_output(
    id=away.callback.id, opts=pulumi.InvokeOptions(parent=away)
)
pulumi.export("found", found.callback_name)
pulumi.export("mids", [home.callback.mid, away.callback.mid, alone.mid])
"""
WRONG = (
    "ens_provider.WrongBusinessUnit: The {subject} belongs to business unit {theirs}, but the "
    "credentials are for business unit {ours}; nothing was changed. Use the credentials of "
    "{theirs} (client id, secret and accountId), or destroy the resource there before you move it."
)


@pytest.fixture
def two(keyed: Stack, emulator: EmulatorProcess) -> Stack:
    """Give a stack with a package in each of two business units, and no account ids."""
    emulator.set_client("own", client_secret="own-secret", mids=[OWN])
    emulator.set_client("emea", client_secret="emea-secret", mids=[EMEA])
    keyed.with_environment("SFMC_ACCOUNT_ID", **_as("SFMC_", emulator, client="own"))
    keyed.with_environment(**_as("SFMC_EMEA_", emulator, client="emea"))
    keyed.program(PROGRAM)
    return keyed


def _as(prefix: str, emulator: EmulatorProcess, *, client: str) -> dict[str, str]:
    return {
        f"{prefix}AUTH_URL": emulator.auth_url,
        f"{prefix}REST_URL": emulator.rest_url,
        f"{prefix}CLIENT_ID": client,
        f"{prefix}CLIENT_SECRET": f"{client}-secret",
    }


def _names(emulator: EmulatorProcess) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for each in emulator.state()["callbacks"]:
        found.setdefault(each["mid"], []).append(each["callbackName"])
    return {mid: sorted(names) for mid, names in found.items()}


def _tokens(emulator: EmulatorProcess) -> list[int]:
    """Return the units that tokens were asked for, and whose objects were changed with them."""
    calls = [call for call in emulator.calls() if call["kind"] == "request"]
    emulator.clear_calls()
    return sorted(call["mid"] for call in calls if call["path"] == "/v2/token")


def test_two_units_in_one_program(two: Stack, emulator: EmulatorProcess, outside: Outside) -> None:
    """Each unit has its token and objects, through a rotated secret, a drift, and the end."""
    created = two.up()

    assert created.operations == {"create": 9}
    assert two.outputs() == {
        "found": "shop-dev-away",
        "mids": [str(OWN), str(EMEA), str(EMEA)],
    }
    assert _names(emulator) == {
        OWN: ["shop-dev-home"],
        EMEA: ["shop-dev-alone", "shop-dev-away"],
    }
    # The third is the lookup's, which is a call of the program.
    assert _tokens(emulator) == [OWN, EMEA, EMEA]

    # A rotated secret: refresh and destroy run without the program, and the environment wins.
    emulator.set_client("emea", client_secret="rotated", mids=[EMEA])
    two.with_environment(SFMC_EMEA_CLIENT_SECRET="rotated")
    [alone] = [c for c in emulator.state()["callbacks"] if c["callbackName"] == "shop-dev-alone"]
    emulator.move_clock(121)
    outside.in_unit(EMEA).change_batch_size(alone["callbackId"], "shop-dev-alone", 500)
    two.program("raise SystemExit('the program must not run')")
    refreshed = two.refresh()
    assert refreshed.operations == {"update": 1}
    two.program(PROGRAM)
    assert two.up().operations == {"update": 1}
    assert [c["maxBatchSize"] for c in emulator.state()["callbacks"]] == [1000, 1000, 1000]

    two.program("raise SystemExit('the program must not run')")
    destroyed = two.destroy()
    # Nine resources and two components.
    assert (destroyed.code, destroyed.operations) == (0, {"delete": 11})
    assert emulator.state() == {"callbacks": [], "subscriptions": []}


def test_credentials_in_the_wrong_place(two: Stack, emulator: EmulatorProcess) -> None:
    """With a package of another unit nothing is changed anywhere, whatever is run."""
    assert two.up().operations == {"create": 9}
    service, state = emulator.state(), sorted(entries(two), key=str)
    two.with_environment(**_as("SFMC_EMEA_", emulator, client="own"), SIZE="500")
    runs: list[Callable[[], RunResult]] = [lambda: two.preview("--refresh"), two.refresh, two.up]

    for run in runs:
        assert _refused_for(EMEA, run(), instead_of=OWN)
        assert (emulator.state(), sorted(entries(two), key=str)) == (service, state)

    # What the stack's own package may delete goes; nothing of the other unit does.
    assert _refused_for(EMEA, two.destroy(), instead_of=OWN)
    assert [c for c in emulator.state()["callbacks"] if c["mid"] == EMEA] == [
        c for c in service["callbacks"] if c["mid"] == EMEA
    ]
    assert {"away", "alone"} <= {urn.rsplit("::", 1)[-1] for urn, *_ in entries(two)}


def _refused_for(theirs: int, result: RunResult, *, instead_of: int) -> bool:
    said = sentence(result).removeprefix("Preview failed: ")
    assert result.code == 1
    assert said.startswith("ens_provider.WrongBusinessUnit: The ")
    assert f" belongs to business unit {theirs}, but the credentials are for business " in said
    return f" business unit {instead_of}; nothing was changed. " in said


def test_nothing_is_created_beside_what_another_unit_holds(
    two: Stack, emulator: EmulatorProcess
) -> None:
    """A resource that is added under a package of another unit is not created there."""
    program = PROGRAM.partition("found =")[0]
    two.program(program)
    assert two.up().operations == {"create": 9}
    service = emulator.state()
    two.with_environment(**_as("SFMC_EMEA_", emulator, client="own"))
    two.program(
        program + "ens.Callback('more', url='https://hooks.test/more', opts=pulumi.ResourceOptions("
        "provider=emea, depends_on=[alone]))\n"
    )

    result = two.up()

    assert (result.code, result.operations) == (1, {})
    assert sentence(result) == WRONG.format(subject="callback {id}", theirs=EMEA, ours=OWN)
    assert emulator.state() == service
