"""`python -m tests.fuzz TARGET [--seconds N]`: search for inputs that break a promise.

It needs the dependency group `fuzz`. The corpus grows in `.cache/fuzz/TARGET`; an input that breaks
something is written to `tests/fuzz/cases/TARGET/`, where the next run of the tests finds it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ens_provider"]):
    from tests.fuzz.targets import TARGETS

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / ".cache" / "fuzz"


def main() -> None:
    """Fuzz one target until it fails or the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="how long; 60 unless given")
    asked = parser.parse_args()
    corpus, cases = CORPUS / asked.target, HERE / "cases" / asked.target
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={asked.seconds}",
        f"-artifact_prefix={cases}/found-",
        "-timeout=10",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(corpus), str(cases), *options], TARGETS[asked.target])
    atheris.Fuzz()


main()
