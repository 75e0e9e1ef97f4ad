"""What records were before is kept as long as reads can show it."""

from dataclasses import replace

from ens_provider.emulator.history import History
from ens_provider.emulator.records import Callback
from tests.unit.emulator.world import CALLBACK


def test_versions_of_one_moment() -> None:
    """Only the last one counts, so that a clock that stands lets nothing pile up."""
    history: History[Callback] = History(owner_of=lambda callback: callback.mid)
    for at, name in ((1.0, "a"), (2.0, "b"), (2.0, "c"), (2.0, "d")):
        history.write("cb", replace(CALLBACK, name=name), at=at)

    assert [(at, one and one.name) for at, one in history.versions("cb")] == [
        (1.0, "a"),
        (2.0, "d"),
    ]
