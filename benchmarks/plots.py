"""Time and memory over the number of resources, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from benchmarks.programs import FLOOR, OURS
from benchmarks.report import growing
from benchmarks.results import Results, Row
from benchmarks.trial import PHASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIMES = "time-over-resources.svg"
GROWTH = "growth.svg"
_COLOURS = {FLOOR: "#6b7280", 0: "#2563eb", 50: "#d97706", 200: "#dc2626"}
# Texts stay texts, and nothing differs between two drawings of the same figures.
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "ens", "font.size": 9}


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw what was measured into a folder; return the files.

    Args:
        results: At least a comparison of callbacks.
        folder: Made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_SETTINGS):
        return [_save(_times(results), folder / TIMES), _save(_growth(results), folder / GROWTH)]


def _times(results: Results) -> Drawing:
    drawing = Drawing(figsize=(10, 6), layout="constrained")
    every = results.rows.get("comparison", [])
    rows = [row for row in every if row.kind == "callbacks" and not row.variant]
    sides = dict.fromkeys((row.side, row.latency_ms) for row in rows)
    for number, phase in enumerate(PHASES, 1):
        axes = drawing.add_subplot(2, 3, number)
        for side, latency in sides:
            name = FLOOR if side == FLOOR else f"ours at {latency} ms"
            line = [r for r in rows if (r.side, r.latency_ms, r.phase) == (side, latency, phase)]
            colour = _COLOURS[FLOOR if side == FLOOR else latency]
            _line(axes, line, name=name, colour=colour, value=_wall)
        _finish(axes, title=phase, unit="seconds", logarithmic=True)
    drawing.axes[0].legend(frameon=False)
    drawing.suptitle("Seconds over the number of callbacks")
    return drawing


def _growth(results: Results) -> Drawing:
    drawing = Drawing(figsize=(10, 6), layout="constrained")
    whole, skipping = growing(results, "growth"), growing(results, "checkpoints")
    for number, phase in enumerate(("up", "no change", "refresh", "update all", "destroy"), 1):
        axes = drawing.add_subplot(2, 3, number)
        _both(axes, [r for r in whole if r.phase == phase], value=_wall)
        _both(axes, [r for r in skipping if r.phase == phase], value=_wall, skipping=True)
        _finish(axes, title=phase, unit="seconds")
    axes = drawing.add_subplot(2, 3, 6)
    _both(axes, [row for row in whole if row.phase == "up"], value=_mebibytes)
    up = [row for row in skipping if row.phase == "up"]
    _both(axes, up, value=_mebibytes, skipping=True)
    _finish(axes, title="memory of the first up", unit="MiB")
    drawing.axes[0].legend(frameon=False)
    drawing.suptitle("Growth with the number of callbacks, without latency")
    return drawing


def _both(
    axes: Axes, rows: Sequence[Row], *, value: Callable[[Row], float], skipping: bool = False
) -> None:
    style, more = ("--", ", state written at the end") if skipping else ("-", "")
    for side, colour in ((FLOOR, _COLOURS[FLOOR]), (OURS, _COLOURS[0])):
        line = [row for row in rows if row.side == side]
        _line(axes, line, name=f"{side}{more}", colour=colour, value=value, style=style)


def _wall(row: Row) -> float:
    return row.wall_seconds


def _mebibytes(row: Row) -> float:
    return row.peak_bytes / 1024**2


def _line(
    axes: Axes,
    rows: Sequence[Row],
    *,
    name: str,
    colour: str,
    value: Callable[[Row], float],
    style: str = "-",
) -> None:
    points = sorted((row.count, value(row)) for row in rows)
    counts, values = [count for count, _ in points], [each for _, each in points]
    axes.plot(counts, values, style, marker="o", ms=3, color=colour, label=name)


def _finish(axes: Axes, *, title: str, unit: str, logarithmic: bool = False) -> None:
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.grid(visible=True, alpha=0.3)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    else:
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)


def _save(drawing: Drawing, path: Path) -> Path:
    FigureCanvasSVG(drawing).print_svg(path, metadata={"Date": None})
    return path
