"""The results as JUnit's XML, which continuous integration shows.

There is no standard; what is written here is what its readers have in common: `testsuites`,
`testsuite`, `testcase`, `failure`, `skipped`, `system-out`.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from ens_provider.cli.conform.check import Status
from ens_provider.cli.conform.run import Report, Result

_SUITE = "ens_provider conform"
_CLASS = "ens_provider.conform"
# What XML 1.0 cannot hold, not even escaped.
_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Report, path: Path) -> None:
    """Write the file.

    Raises:
        OSError: It cannot be written.
    """
    path.write_bytes(junit_of(report))


def junit_of(report: Report) -> bytes:
    """Return the document. A warning stands in `system-out`, or fails if the report is strict."""
    suites = ET.Element("testsuites", _counts(report))
    suite = ET.SubElement(suites, "testsuite", {**_counts(report), "errors": "0"})
    properties = ET.SubElement(suite, "properties")
    ET.SubElement(properties, "property", {"name": "url", "value": _possible(report.url)})
    for result in report.results:
        suite.append(_case(report, result))
    ET.indent(suites)
    content: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _counts(report: Report) -> dict[str, str]:
    skipped = [each for each in report.results if each.status is Status.SKIPPED]
    return {
        "name": _SUITE,
        "tests": str(len(report.results)),
        "failures": str(len(report.bad)),
        "skipped": str(len(skipped)),
        "time": _seconds(sum(each.seconds for each in report.results)),
    }


def _case(report: Report, result: Result) -> ET.Element:
    case = ET.Element(
        "testcase",
        {"classname": _CLASS, "name": result.check.name, "time": _seconds(result.seconds)},
    )
    found, remedy = _possible(result.finding.found), _possible(result.finding.remedy)
    if report.counts_as_failure(result):
        failure = ET.SubElement(case, "failure", {"message": found, "type": result.status.value})
        failure.text = remedy
    elif result.status is Status.SKIPPED:
        ET.SubElement(case, "skipped", {"message": found})
    lines = [f"{result.status.value}: {result.check.claim}", found, *([remedy] if remedy else [])]
    ET.SubElement(case, "system-out").text = "\n".join(lines)
    return case


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _possible(text: str) -> str:
    return _IMPOSSIBLE.sub("\ufffd", text)
