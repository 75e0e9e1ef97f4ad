"""What records were before is kept as long as reads can show it."""

from dataclasses import replace

import pytest

from ens_provider.emulator.history import History
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback
from tests.unit.emulator.world import CALLBACK, START, SUBSCRIPTION, World


def test_versions_of_one_moment() -> None:
    """Only the last one counts, so that a clock that stands lets nothing pile up."""
    history: History[Callback] = History(owner_of=lambda callback: callback.mid)
    for at, name in ((1.0, "a"), (2.0, "b"), (2.0, "c"), (2.0, "d")):
        history.write("cb", replace(CALLBACK, name=name), at=at)

    assert [(at, one and one.name) for at, one in history.versions("cb")] == [
        (1.0, "a"),
        (2.0, "d"),
    ]


def test_failed_operation() -> None:
    """What it wrote is undone: new records, changes and deletions, and nothing before it."""
    ledger = World().ledger
    ledger.subscriptions.write("t", replace(SUBSCRIPTION, subscription_id="t"), at=START)
    before = ledger.subscriptions.truth()
    with pytest.raises(KeyError):
        write_and_fail(ledger)

    assert [each.subscription_id for each in before] == ["s", "t"]
    assert ledger.subscriptions.truth() == ledger.subscriptions.truth_of("cb") == before
    assert ledger.subscriptions.as_of(START + 9, owner="cb") == before
    assert ledger.subscriptions.versions("u") == ()


def write_and_fail(ledger: Ledger) -> None:
    with ledger.operation():
        ledger.subscriptions.write("u", replace(SUBSCRIPTION, subscription_id="u"), at=START + 1)
        ledger.subscriptions.write("s", replace(SUBSCRIPTION, name="changed"), at=START + 1)
        ledger.subscriptions.write("s", replace(SUBSCRIPTION, name="again"), at=START + 2)
        ledger.subscriptions.write("t", None, at=START + 1)
        raise KeyError


def test_records_of_one_owner() -> None:
    """They are found among those of others, deleted ones as long as reads can show them."""
    world = World()
    other = replace(SUBSCRIPTION, subscription_id="t", callback_id="other")
    world.subscribe(other)
    world.clock.advance_to(START + 1)
    with world.ledger.operation():
        world.ledger.subscriptions.write("s", None, at=START + 1)

    kept = world.ledger.subscriptions
    assert [kept.truth_of("cb"), kept.truth_of("other"), kept.truth_of("none")] == [[], [other], []]
    assert kept.as_of(START + 0.5, owner="cb") == [SUBSCRIPTION]
    assert kept.as_of(START + 1, owner="cb") == []
