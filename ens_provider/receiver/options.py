"""What a receiver does beyond its defaults."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ens_provider.receiver.kept_keys import REREAD_KEYS_SECONDS
from ens_provider.receiver.messages import Probe, Received
from ens_provider.receiver.quarantine import Quarantine
from ens_provider.receiver.seen_events import SeenEvents

LONGEST_BODY_BYTES = 8 * 1024 * 1024


def in_a_thread(work: Callable[[], object]) -> None:
    """Run something in a thread of its own, which keeps no process from ending."""
    threading.Thread(target=work, name="ens-quarantine", daemon=True).start()


@dataclass(frozen=True, kw_only=True)
class ReceiverOptions:
    """What a receiver does beyond its defaults.

    Attributes:
        verify_probe: Verifies the callback of each new probe with the service, from inside the
            probe. What it raises lets the probe fail (500), and with it the creation.
        acknowledge_bad_signatures: Answer 200 instead of 503 to deliveries whose signature does
            not check. The service then never tries them again: what is genuine among them,
            signed with a key that has not arrived here yet, is lost.
        observe: Is told of every delivery once all is decided about it.
        longest_body_bytes: Longer bodies are answered 413. The default, 8 MiB, holds the largest
            batch (1,000 events) with 8 KiB for each event.
        keep_keys_seconds: How long signature keys count once they were read. Default: 0, their
            source is read for each delivery. A key that was taken away counts no longer than this.
        reread_keys_seconds: A delivery that fits no key has the source read once more, unless
            that was done less than this ago. Default: 3.
        seen_events: Remembers the events that were handed over, and those are left out when they
            come again. Default: none, and every copy is handed over.
        quarantine: Holds deliveries that fit no key yet, and hands them over once one fits. Their
            answer stays 503, or 200 with `acknowledge_bad_signatures`. Default: none.
        run_in_background: Runs the check of what is held when a key arrives. Default: in a thread.
            Where threads stand still between requests, pass `lambda work: work()`.
        clock: Gives the time in Unix seconds.
        monotonic: Gives seconds that never go back.
    """

    verify_probe: Callable[[Probe], object] | None = None
    acknowledge_bad_signatures: bool = False
    observe: Callable[[Received], object] | None = None
    longest_body_bytes: int = LONGEST_BODY_BYTES
    keep_keys_seconds: float = 0.0
    reread_keys_seconds: float = REREAD_KEYS_SECONDS
    seen_events: SeenEvents | None = None
    quarantine: Quarantine | None = None
    run_in_background: Callable[[Callable[[], object]], object] = in_a_thread
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
