"""What the demo shows, in order; the docstring of a scene is its title."""

from __future__ import annotations

from collections.abc import Callable

from tools.demo import changes, deliveries, handshake, self_verification, taking_over, trouble
from tools.demo.stage import Stage

SCENES: tuple[Callable[[Stage], None], ...] = (
    handshake.everything_in_one_up,
    handshake.preview_without_changes,
    deliveries.delivered,
    deliveries.forged,
    changes.change_in_place,
    deliveries.paused_and_resumed,
    deliveries.rotated,
    changes.change_url,
    trouble.late_endpoint,
    trouble.dead_endpoint,
    trouble.left_by_a_crash,
    trouble.live_callback,
    handshake.destroy,
    self_verification.verified_in_the_probe,
    taking_over.imported,
    taking_over.edited,
    taking_over.removed,
)
