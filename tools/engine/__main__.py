"""`python -m tools.engine` prints the path of a `pulumi` that works, obtaining one if there is none."""

from __future__ import annotations

import sys

from tools.engine.obtain import EngineMissingError, obtain_engine


def main() -> int:
    """Print the path; answer 1 with one sentence if no engine can be had."""
    try:
        print(obtain_engine())
    except EngineMissingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
