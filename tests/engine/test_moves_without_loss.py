"""No event is lost while an endpoint moves or its key rotates, under both schedules of delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.event_stream import EventStream
from tests.engine.held_calls import start_held
from tests.engine.notification_endpoints import BLUE, GREEN, endpoint_program

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

VERSION = "signature_key_version={!r},"
REGENERATE = "PUT /platform/v1/ens-regenerate"


@pytest.mark.parametrize("schedule", ["newest", "suspend"])
def test_move(
    delivering: Stack, emulator: EmulatorProcess, receiver: ReceiverProcess, schedule: str
) -> None:
    """An endpoint that moves to another URL in one `up` misses nothing, although changes lag."""
    delivering.program(endpoint_program(BLUE))
    delivering.up()
    emulator.set_switches(delivery_retries=schedule, propagation_seconds=1)
    emulator.move_clock(1)
    delivering.program(endpoint_program({"blue": "https://hooks.test/blue/2"}, settle_seconds=1))

    with EventStream(emulator, receiver) as stream:
        moved = delivering.up()
        stream.wait_for_more(5)

    assert (moved.code, moved.operations) == (0, {"create": 6, "delete": 6})
    tally = stream.tally()
    assert (tally.lost, tally.repeated > 0) == (0, True), tally


@pytest.mark.parametrize("schedule", ["newest", "suspend"])
def test_rotation(
    delivering: Stack, emulator: EmulatorProcess, receiver: ReceiverProcess, schedule: str
) -> None:
    """A key that rotates while events come makes none of them get lost: they are tried again."""
    delivering.program(endpoint_program(BLUE, more=VERSION.format("1")))
    delivering.up()
    emulator.set_switches(delivery_retries=schedule)
    # What is tried again waits for the end, however slow this machine is.
    emulator.stop_clock()
    delivering.program(endpoint_program(BLUE, more=VERSION.format("2")))

    with EventStream(emulator, receiver) as stream:
        # ENS signs with the new key already, and nobody knows it yet.
        running = start_held(delivering, emulator, route=REGENERATE, when="after")
        stream.wait_for_more(5)
        emulator.clear_faults()
        rotated = running.wait()
        stream.wait_for_more(5)

    assert (rotated.code, rotated.operations) == (0, {"update": 2, "replace": 1})
    refused = [each for each in emulator.deliveries() if each["state"] == "waiting"]
    tally = stream.tally()
    assert (tally.lost, tally.repeated, len(refused) >= 5) == (0, 0, True), tally


def test_move_in_steps(
    delivering: Stack, emulator: EmulatorProcess, receiver: ReceiverProcess
) -> None:
    """If ENS sends an event to one callback only, a slot that retires first misses nothing either."""
    delivering.program(endpoint_program(BLUE))
    delivering.up()
    emulator.set_switches(fan_out="one", propagation_seconds=1)
    emulator.move_clock(1)

    with EventStream(emulator, receiver) as stream:
        for program in (
            endpoint_program(BLUE | GREEN, settle_seconds=1),
            endpoint_program(BLUE | GREEN, settle_seconds=1, more="retiring=['blue'],"),
            endpoint_program(GREEN, settle_seconds=1),
        ):
            delivering.program(program)
            assert delivering.up().code == 0
            emulator.move_clock(1)
            stream.wait_for_more(5)

    tally = stream.tally()
    assert (tally.lost, tally.repeated) == (0, 0), tally
