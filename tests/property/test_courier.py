"""However the clock is moved, deliveries are tried at the same times."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.emulator.world import EVENT, REFUSED, World

STEPS = st.lists(st.integers(0, 900), min_size=1, max_size=8)
EDITIONS = st.sampled_from(["newest", "suspend"])


def tried(*steps: int, edition: str, events: int = 250) -> tuple[list[float], object]:
    """When an endpoint that always refuses was asked while the clock was moved so, and the end."""
    world = World(delivery_retries=edition)
    world.outcome = REFUSED
    world.happen(*[EVENT] * events)
    for seconds in steps:
        world.move(seconds)
    what = [(each["state"], each["attempts"], each["nextAttemptAt"]) for each in world.shown()]
    return world.times, what


@given(steps=STEPS, edition=EDITIONS)
def test_moves_in_steps_and_at_once(steps: list[int], edition: str) -> None:
    """Many moves are as good as one over their sum."""
    assert tried(*steps, edition=edition) == tried(sum(steps), edition=edition)


@given(steps=STEPS, edition=EDITIONS)
def test_times_go_up(steps: list[int], edition: str) -> None:
    """No try is made before its time, or before one that was due earlier."""
    times, _ = tried(*steps, edition=edition)

    assert times == sorted(times)
    assert times[-1] <= sum(steps)
