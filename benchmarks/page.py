"""The page about speed, written from the figures."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.report import comparison, figures, growth, marks, settings, shapes
from benchmarks.results import Results

_PLACE = re.compile(r"^\{\{(?P<name>[^}]+)\}\}$", re.MULTILINE)
TEMPLATE = Path(__file__).with_name("performance-page.txt")


def page(results: Results) -> str:
    """Return `docs/performance.md`: the template's text, with the tables in their places.

    Raises:
        KeyError: The template names a table that there is none of.
    """
    made = _tables(results)
    return _PLACE.sub(lambda place: made[place["name"]], TEMPLATE.read_text("utf-8"))


def _tables(results: Results) -> dict[str, str]:
    machine = results.machine
    every = [comparison(results, shape) for shape in shapes(results, "comparison")]
    return {
        "machine": (
            f"{machine.processor}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system}; "
            f"Python {machine.python}, Pulumi SDK {machine.sdk}, Pulumi CLI {machine.engine}; {machine.day}."
        ),
        "comparison": "\n\n".join(f"### {each.title}\n\n{each.markdown()}" for each in every),
        "marks": marks(results).markdown(),
        **{part: settings(results, part).markdown() for part in ("parallel", "settings")},
        **{part: growth(results, part).markdown() for part in ("growth", "checkpoints")},
        **{f"figures: {each.title}": each.markdown() for each in figures(results)},
    }
