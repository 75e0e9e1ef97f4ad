"""`python -m tools.demo`: play every scene, and fail if one does not go as it should."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

from tools.demo.scenes import SCENES
from tools.demo.stage import DemoError, Stage
from tools.engine.cli import CommandFailedError, heed_interrupts
from tools.engine.obtain import EngineMissingError, obtain_engine

_INTERRUPTED = 130


def main() -> int:
    """Play the scenes; return the exit status."""
    signal.signal(signal.SIGTERM, _stop)
    heed_interrupts()
    try:
        engine = obtain_engine()
        begun = time.monotonic()
        with Stage(engine) as stage:
            for number, scene in enumerate(SCENES, start=1):
                stage.title(f"{number}. {(scene.__doc__ or '').rstrip('.')}")
                scene(stage)
            stage.show_end()
    except (DemoError, CommandFailedError, EngineMissingError) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been ended.", file=sys.stderr)
        return _INTERRUPTED
    print(f"\nEverything went as it should, in {time.monotonic() - begun:.0f} s.")
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
