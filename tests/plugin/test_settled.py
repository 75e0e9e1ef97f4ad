"""A change counts as in effect once it is as old as ENS lets changes take."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import Plugin, ResourceType, refusal
from tests.plugin.service import Service

GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
TIME_STAMP = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONG_AGO = "2026-01-01T00:00:00Z"
JUST_NOW = "2999-01-01T00:00:00Z"


@pytest.fixture
def settled(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("Settled")


def _declared(*changed_at: str, **changes: Any) -> dict[str, Any]:
    return {"callback_id": GUID, "changed_at": list(changed_at), "seconds": 120, **changes}


def test_old_changes(settled: ResourceType, service: Service) -> None:
    """Changes that are old enough are in effect at once; whoever knows ENS's clock does not call it."""
    created = settled.create(_declared(LONG_AGO, LONG_AGO))

    settled_at = created.outputs.pop("settled_at")
    assert (created.id, created.outputs) == (GUID, _declared(LONG_AGO, LONG_AGO))
    assert TIME_STAMP.fullmatch(settled_at)
    assert service.calls() == []


def test_young_change(settled: ResourceType) -> None:
    """The newest change is the one that counts, and another attempt is worth it."""
    assert refusal(settled.create, _declared(LONG_AGO, JUST_NOW)) == (
        f"ens_provider.NotYetSettled: The newest change to callback {GUID} and its subscriptions is 0 s "
        "old, and ENS gives changes 120 s to take effect."
    )


def test_nothing_to_wait_for(settled: ResourceType) -> None:
    """Without a change or with no seconds to wait there is nothing to wait for."""
    assert settled.create(_declared()).id == GUID
    assert settled.create(_declared(LONG_AGO, seconds=0)).id == GUID


def test_later_changes(settled: ResourceType) -> None:
    """Only another callback is waited for anew: what changes later has nothing to wait for."""
    olds, other = _declared(LONG_AGO), GUID.replace("08b", "18b")

    assert settled.check(_declared(JUST_NOW, seconds=60), olds) == (olds, [])
    assert settled.diff(GUID, olds, _declared(LONG_AGO)) == []
    assert settled.diff(GUID, olds, _declared(LONG_AGO, callback_id=other)) == ["callback_id"]


def test_inputs(settled: ResourceType) -> None:
    """Times are sorted, empty ones left out; what is no time is refused."""
    later = "2026-01-02T00:00:00Z"
    assert settled.check({"callback_id": GUID, "changed_at": [later, "", LONG_AGO]}) == (
        _declared(LONG_AGO, later),
        [],
    )
    _, failures = settled.check(_declared("yesterday", seconds=-1))
    assert failures == [
        ("", "changed_at: it is no list of times; give the outputs changed_at of other resources."),
        ("", "seconds: it is -1; give 0 to 480 seconds."),
    ]


def test_state_is_kept(settled: ResourceType) -> None:
    """A refresh keeps what the state says."""
    outputs = {**_declared(LONG_AGO), "settled_at": "2026-01-01T00:02:00Z"}

    read, inputs = settled.read(GUID, outputs)

    assert (read.id, read.outputs, inputs) == (GUID, outputs, _declared(LONG_AGO))


def test_clock_is_that_of_the_service(new_plugin: NewPlugin, service: Service) -> None:
    """A process that has called nothing asks once what time it is: this machine's clock may be wrong."""
    settled = new_plugin().of("Settled")
    service.emulator.move_clock(3600)
    changed_at = datetime.now(timezone.utc) + timedelta(seconds=3600 - 100)
    stamp = changed_at.strftime("%Y-%m-%dT%H:%M:%SZ")

    refused = [refusal(settled.create, _declared(stamp)) for _ in range(2)]

    assert [re.sub(r"is 10\d s old", "is 10_ s old", each) for each in refused] == [
        (
            f"ens_provider.NotYetSettled: The newest change to callback {GUID} and its subscriptions is "
            "10_ s old, and ENS gives changes 120 s to take effect."
        )
    ] * 2
    assert service.calls() == ["POST token 200", "GET tokenContext 200"]
