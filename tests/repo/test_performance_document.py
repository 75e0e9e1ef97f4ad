"""The page about speed says what was measured, and nothing else."""

from __future__ import annotations

import re

from benchmarks.page import page
from benchmarks.programs import OURS
from benchmarks.report import MARKED, MARKED_LATENCY_MS, MARKS
from benchmarks.results import Results
from tests.repo.files import REPOSITORY, text_of

FIGURES = REPOSITORY / "docs" / "performance" / "figures.json"


def test_page_is_written_from_the_figures() -> None:
    """`python -m benchmarks --page` would change nothing."""
    assert text_of("docs/performance.md") == page(Results.read(FIGURES))


def test_everything_that_is_promised_was_measured() -> None:
    """All sizes, latencies and commands are there, each beside its floor."""
    results = Results.read(FIGURES)
    measured = {(r.kind, r.count, r.side, r.latency_ms) for r in results.rows["comparison"]}
    shapes = [("callbacks", count) for count in (1, 10, 100, 500)] + [("subscriptions", 200)]

    assert measured == {
        (*shape, side, latency)
        for shape in shapes
        for side, latency in (("floor", 0), (OURS, 0), (OURS, 50), (OURS, 200))
    }
    grown = {r.count for part in ("growth", "checkpoints") for r in results.rows[part]}
    assert grown >= {1000, 2000}
    for phase in MARKS:
        assert results.find("comparison", shape=MARKED, phase=phase, latency_ms=MARKED_LATENCY_MS)


def test_plots_are_drawn_and_name_nobody() -> None:
    """Both pictures of the page are there, with their texts as texts."""
    names = re.findall(r"!\[[^\]]+\]\(performance/([a-z-]+\.svg)\)", text_of("docs/performance.md"))
    drawn = [text_of(f"docs/performance/{name}") for name in names]

    assert names == ["time-over-resources.svg", "growth.svg"]
    assert all("no change" in text and "ours" in text for text in drawn)
