"""No file holds what belongs to one machine or one network."""

from __future__ import annotations

import re

from tests.repo.files import REPOSITORY, repository_files

# Written in pieces, so that this file is clean, too.
TRACES = [
    "/" + folder + "/" for folder in ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")
] + [
    "/tmp/" + "venv",
    "py" + "pi.org",
    "python" + "hosted.org",
    "proxy.gol" + "ang.org",
    "sum.gol" + "ang.org",
    "registry.n" + "pmjs",
    "artif" + "actory",
    "index-" + "url",
]
_TRACE = re.compile("|".join(rf"(?<![\w.]){re.escape(trace)}" for trace in TRACES))


def _traces(text: str) -> list[str]:
    return [match[0] for match in _TRACE.finditer(text)]


def test_no_file_holds_a_trace_of_a_machine() -> None:
    """No file names a home folder, a place on one machine or a package registry's host."""
    found = {}
    for path in repository_files():
        traces = _traces(path.read_text(encoding="utf-8", errors="replace"))
        if traces:
            found[path.relative_to(REPOSITORY).as_posix()] = traces

    assert found == {}


def test_traces_are_found() -> None:
    """The search sees each kind of trace where it stands in a text."""
    for trace in TRACES:
        assert _traces(f"see {trace}x") == [trace]
    assert _traces("src/wo" + "rk/x") == []
