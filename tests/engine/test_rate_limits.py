"""Stacks that are larger than what the service takes at a time, and clients that it blocks."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

# What the SDK's plugin serves its calls with.
THREADS = 4
CREATE = "POST /platform/v1/ens-callbacks"
PROGRAM = """
import ens_provider as ens

for number in range({callbacks}):
    callback = ens.Callback(f"orders-{{number}}", url=f"https://receiver.test/{{number}}")
    for each in range({subscriptions}):
        ens.Subscription(
            f"sent-{{number}}-{{each}}",
            callback_id=callback,
            event_category_types=["TransactionalSendEvents.EmailSent"],
        )
"""
REFUSED = (
    "ens_provider.TemporarilyBlockedError: ENS refused to create callback 'shop-dev-NAME' (429, "
    "errorcode 50200): Your requests are temporarily blocked. Nothing is sent for 5 minutes, since "
    "asking again prolongs the block; run `pulumi up` after that, and ask Salesforce Support if it "
    "stays."
)
NOT_ASKED = (
    "ens_provider.TemporarilyBlockedError: ENS was not asked to create callback 'shop-dev-NAME': it "
    "blocks this client (429: Your requests are temporarily blocked.). Nothing is sent for another "
    "N s; run `pulumi up` after that."
)


def runs_of(calls: list[str]) -> list[tuple[bool, int]]:
    """Return whether requests were refused, and how many in a row, in the order of arrival."""
    limited = [call.endswith(" 429") for call in calls if not call.startswith("POST token")]
    return [(refused, len(list(run))) for refused, run in groupby(limited)]


def told(result: RunResult) -> Counter[tuple[str, str]]:
    """Return how often each resource failed with which sentence, names and seconds aside."""
    found: Counter[tuple[str, str]] = Counter()
    for each in result.diagnostics:
        if each.severity == "error" and each.urn:
            name = each.urn.rpartition("::")[2]
            said = re.sub(r"another \d+ s", "another N s", each.message)
            found[name, said.replace(f"shop-dev-{name}", "shop-dev-NAME")] += 1
    return found


def test_a_stack_of_200_resources_comes_up_within_the_limit(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """One run creates all; each window sees what it takes, and one refusal for each thread."""
    emulator.set_switches(subscribe_unverified="accepted")
    emulator.set_rate_limit(requests=70, seconds=1, ends="after_refusal")
    shop.program(PROGRAM.format(callbacks=40, subscriptions=4))

    result = shop.up()

    assert (result.code, result.operations, result.errors) == (0, {"create": 200}, ())
    windows = runs_of(calls.take())
    assert [number for refused, number in windows if not refused] == [70, 70, 60]
    assert max(number for refused, number in windows if refused) <= THREADS
    state = emulator.state()
    callbacks = [each["callbackId"] for each in state["callbacks"]]
    subscriptions = [each["subscriptionId"] for each in state["subscriptions"]]
    assert (len(callbacks), len(subscriptions)) == (40, 160)
    assert {each["id"] for each in shop.state()} == {*callbacks, *subscriptions}


def test_a_block_ends_the_run_at_once(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """Nothing is asked again, each resource says once why it failed, and a later run goes on."""
    emulator.set_rate_limit(requests=THREADS, seconds=60, blocked_after=0)
    # Meanwhile the engine asks the plugin for all the others, too.
    emulator.add_fault(route=CREATE, do="delay", seconds=0.5, times=THREADS)
    shop.program(PROGRAM.format(callbacks=16, subscriptions=0))

    blocked = shop.up("--parallel", "16")
    sent = runs_of(calls.take())
    created = {each["callbackId"] for each in emulator.state()["callbacks"]}
    kept = {each["id"] for each in shop.state()}
    emulator.lift_rate_limit()
    later = shop.up()

    assert (blocked.code, blocked.operations) == (1, {"create": 4})
    [through, refused] = sent
    assert through == (False, 4)
    assert refused in [(True, number) for number in range(1, THREADS + 1)]
    failed = sorted(step.name for step in blocked.steps if step.failed)
    said = told(blocked)
    assert sorted(name for name, _ in said) == failed
    assert set(said.values()) == {1}
    sentences = Counter(sentence for _, sentence in said)
    assert sentences[REFUSED] == refused[1]
    assert sentences.keys() <= {REFUSED, NOT_ASKED}
    assert kept == created
    assert len(kept) == 4
    assert (later.code, later.operations) == (0, {"create": 12})
    assert kept < {each["callbackId"] for each in emulator.state()["callbacks"]}
