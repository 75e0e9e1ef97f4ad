"""The parts of doctor that no account is needed for: versions, clocks, order of exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from ens_provider.api.errors import ENSError
from ens_provider.api.operations import ENS_OPERATIONS
from ens_provider.api.wire import Answer, Request
from ens_provider.cli.doctor.permissions import needed_scopes
from ens_provider.cli.doctor.pulumi_side import OLDEST_CLI, OLDEST_SDK, pulumi_checks
from ens_provider.cli.doctor.report import Purpose, Report, Status, failed, ok, warning
from ens_provider.cli.doctor.watching import WatchingTransport
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import Doctor, Found
from tests.repo.files import text_of
from tools.engine.obtain import OLDEST_ON_PATH

SUPPORTED = "3.259 and newer 3.x are supported"
INSTALL = "Install the Pulumi CLI: https://www.pulumi.com/docs/install/."


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Give doctor without an account."""
    return Doctor(run=Commands(), folder=tmp_path)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("v3.259.0", Found("OK", "3.259.0")),
        ("v3.300.1", Found("OK", "3.300.1")),
        ("v3.99.0", Found("FAILED", f"3.99.0 is too old: {SUPPORTED}", INSTALL)),
        (
            "v4.0.0",
            Found("WARNING", f"4.0.0: {SUPPORTED}", "Run the tests of your program first."),
        ),
        (
            "",
            Found(
                "WARNING",
                "the `pulumi` on PATH does not tell its version",
                f"Run `pulumi version`. {INSTALL}",
            ),
        ),
    ],
)
def test_version_of_the_cli(printed: str, expected: Found, doctor: Doctor) -> None:
    """The CLI on PATH is held against the oldest that is tested."""
    doctor.pulumi(printed)

    assert doctor.checks("--for", "preview")["pulumi"] == [expected]
    assert doctor.code("--for", "preview") == (2 if expected.status == "FAILED" else 0)


def test_no_cli(doctor: Doctor) -> None:
    """A machine without the CLI can still be asked about the account."""
    assert doctor.checks("--for", "preview", PATH=str(doctor.folder))["pulumi"] == [
        Found(
            "WARNING", "there is no `pulumi` on PATH, so nothing can be deployed from here", INSTALL
        )
    ]


@pytest.mark.parametrize(
    ("version", "status"),
    [("3.219.0", Status.OK), ("3.218.9", Status.FAILED), ("4.0.0", Status.WARNING)],
)
def test_version_of_the_sdk(version: str, status: Status) -> None:
    """The SDK is held against requirements.txt."""
    sdk = pulumi_checks(installed=lambda _name: version)[1]

    assert (sdk.name, sdk.status) == ("sdk", status)


def test_no_sdk() -> None:
    """Doctor may run under another Python than the program."""

    def nothing(name: str) -> str:
        raise PackageNotFoundError(name)

    sdk = pulumi_checks(installed=nothing)[1]

    assert (sdk.status, sdk.found) == (
        Status.WARNING,
        "the Pulumi SDK is not installed where this Python looks for packages",
    )


def test_oldest_versions() -> None:
    """The oldest SDK is that of requirements.txt, the oldest CLI the one that tests take."""
    sdk = re.search(r"^pulumi>=(\d+)\.(\d+)", text_of("requirements.txt"), re.MULTILINE)

    assert sdk
    assert (int(sdk[1]), int(sdk[2])) == OLDEST_SDK
    assert f"{OLDEST_CLI[0]}.{OLDEST_CLI[1]}.0" == OLDEST_ON_PATH


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([1], 1), ([4, 1], 4), ([1, 3, 4], 3), ([3, 4, 2, 1], 2)],
)
def test_exit_code(codes: list[int], expected: int) -> None:
    """Doctor ends with the first of 2, 3, 4 and 1 that a failed check has."""
    checks = [failed("x", "found", remedy="Do.", exit_code=code) for code in codes]
    fine = (ok("a", "found"), warning("b", "found", remedy="Do."))

    assert Report(purpose=Purpose.UP, checks=(*fine, *checks)).exit_code == expected


def test_scopes_of_each_purpose() -> None:
    """A deployment needs every scope, a look for drift those of reads, a preview none."""
    assert needed_scopes(Purpose.UP) == {operation.scope for operation in ENS_OPERATIONS}
    assert len(needed_scopes(Purpose.UP)) == 8
    assert needed_scopes(Purpose.DRIFT) == {
        "event_notification_callback_read",
        "event_notification_subscription_read",
    }
    assert needed_scopes(Purpose.PREVIEW) == frozenset()


class _Answering:
    def __init__(self, answer: Callable[[], Answer]) -> None:
        self._answer = answer

    def send(self, request: Request) -> Answer:
        """Give the test's answer."""
        return self._answer()

    def close(self) -> None:
        """Hold nothing."""


REQUEST = Request(method="GET", url="https://mc.example.com/x", phrase="look", operation="look")


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Thu, 01 Jan 1970 00:10:00 GMT", 100.0),
        ("Thu, 01 Jan 1970 00:08:00 GMT", -20.0),
        ("yesterday", None),
        (None, None),
    ],
)
def test_clock_of_an_answer(date: str | None, ahead: float | None) -> None:
    """The clocks are compared when the answer comes; a date that is none tells nothing."""
    answer = Answer(status=200, headers={} if date is None else {"Date": date})
    transport = WatchingTransport(_Answering(lambda: answer), wall_clock=lambda: 500.0)

    transport.send(REQUEST)

    assert transport.seconds_ahead == ahead


def test_no_answer_after_an_answer() -> None:
    """What an earlier answer looked like is not taken for that of a later request."""
    answers: Iterator[Answer] = iter([Answer(status=302)])
    transport = WatchingTransport(_Answering(lambda: next(answers, None) or _lost()))
    transport.send(REQUEST)

    with pytest.raises(ENSError):
        transport.send(REQUEST)

    assert (transport.seen.host, transport.seen.status) == ("mc.example.com", None)


def _lost() -> Answer:
    raise ENSError("lost")


@pytest.mark.parametrize(
    ("location", "origin"),
    [
        (
            "https://user:word@login.example.com:8443/path?client_secret=x",
            "https://login.example.com:8443",
        ),
        ("/path?client_secret=x", ""),
        ("https://[broken", ""),
    ],
)
def test_place_of_a_redirect(location: str, origin: str) -> None:
    """Of a redirect's address scheme, host and port are kept."""
    answer = Answer(status=302, headers={"Location": location})
    transport = WatchingTransport(_Answering(lambda: answer))

    transport.send(REQUEST)

    assert transport.seen.location == origin
