"""What `conform` is made of: events, judgements, and the XML, without an endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest

from ens_provider.cli.conform.catalogue import CHECKS, NAMES
from ens_provider.cli.conform.check import Bench, Check, Finding, Keys, Status
from ens_provider.cli.conform.delivery_checks import DELIVERY_CHECKS
from ens_provider.cli.conform.junit import junit_of
from ens_provider.cli.conform.lines import conclusion, document
from ens_provider.cli.conform.marked_events import PLAIN_TYPE, MarkedEvents
from ens_provider.cli.conform.run import Report, Result, run
from ens_provider.cli.conform.sending import Answer
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver import KeyReading, verify
from ens_provider.receiver.event_json import written
from ens_provider.receiver.testing import ServiceRequest

KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
URL = "https://receiver.test/orders"


@dataclass
class Scripted:
    """A sender whose endpoint answers as a script says, and that keeps what was sent."""

    answer: Callable[[ServiceRequest], Answer]
    sent: list[tuple[ServiceRequest, float]] = field(default_factory=list)

    def send(self, request: ServiceRequest, *, seconds: float) -> Answer:
        """Keep the request, and answer it."""
        self.sent.append((request, seconds))
        return self.answer(request)


def always(**fields: object) -> Scripted:
    """An endpoint that answers everything so."""
    return Scripted(lambda _: Answer(**{"status": 200, **fields}))  # type: ignore[arg-type] # fields of Answer


def bench(sender: Scripted, **more: object) -> Bench:
    """What checks work with, at that endpoint."""
    given = {"keys": Keys(current=KEY), "reach": lambda: "reached", **more}
    return Bench(sender=sender, **given)  # type: ignore[arg-type] # fields of Bench


def finding(name: str, sender: Scripted, **more: object) -> Finding:
    """How one check ends."""
    [check] = [each for each in CHECKS if each.name == name]
    return check.make(bench(sender, **more))


def bodies(sender: Scripted) -> list[bytes]:
    """The bodies that were sent."""
    return [request.body for request, _ in sender.sent]


@pytest.mark.parametrize("type_name", SAMPLES)
def test_event_is_marked_and_of_nobody(type_name: str) -> None:
    """An event of each type is known by its keys, happens now, and names no person and no device."""
    events = MarkedEvents(run="0a1b2c3d", clock=lambda: 1764238000.25)
    event = events.event(type_name)
    text = json.dumps(event)
    sample = sample_event(type_name)

    assert "ens-conform-0a1b2c3d-1" in text
    assert event["timestampUTC"] in (1764238000, 1764238000250)
    assert len(str(event["timestampUTC"])) == len(str(sample["timestampUTC"]))
    assert event.keys() == sample.keys()
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", text))
    assert addresses <= {"ens-conform@example.com"}
    assert set(re.findall(r"\b1555\d{7}\b", text)) <= {"15555550123", "15555550100"}


def test_no_two_events_are_the_same() -> None:
    """Every event of a run has keys of its own, so that a receiver that drops doubles keeps it."""
    events = MarkedEvents()
    keys = [events.event()["info"]["subscriberKey"] for _ in range(3)]

    assert len(set(keys)) == 3
    assert MarkedEvents().run != events.run


def test_plain_event_is_written_alike_everywhere() -> None:
    """Nothing of the plain event is escaped, so that checks of other things do not fail for it."""
    event = MarkedEvents().event(PLAIN_TYPE)

    assert written([event]) == json.dumps([event], separators=(",", ":")).encode()


def test_large_batch_is_as_long_as_the_longest_of_the_documentation() -> None:
    """A receiver that takes it takes a full batch of any sample; nothing of it is escaped."""
    sender = always()
    finding("large-batch", sender)
    [body] = bodies(sender)
    longest = max(len(written([sample_event(name)] * 1000)) for name in SAMPLES)

    assert (len(body), len(json.loads(body))) == (longest, 1000)
    assert body == json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert longest > 850_000


def test_receiver_that_fails_is_not_told_of_its_key() -> None:
    """500 to the first event leads to the receiver's log; a refusal leads to key and bytes."""
    failed, refused = (finding("signed-event", always(status=status)) for status in (500, 503))

    assert failed.remedy.startswith(
        "It was not the signature: the receiver failed, and its log says where. Take events of every "
        "type, and leave aside those that you have no use for. "
    )
    assert refused.remedy.startswith("Give the key that the receiver holds for this callback")


@pytest.mark.parametrize(("status", "is_told"), [(404, True), (500, True), (204, False)])
def test_probe_of_a_callback_that_does_not_exist(status: int, *, is_told: bool) -> None:
    """A refusal may be right where only known callbacks are verified, and the option is named."""
    told = finding("probe", always(status=status)).remedy

    assert ("(--skip probe) if the receiver verifies itself, or takes" in told) is is_told


def test_slow_acknowledgement() -> None:
    """More than 2 s, though less than 3, is a warning that names the older schedule."""
    found = finding("large-batch", always(seconds=2.34))

    assert found.status is Status.WARNING
    assert found.found == "it was acknowledged after 2.3 s"
    assert found.remedy == (
        "Answer before any slow work. By the older schedule ENS waits 2 s, counts this as a "
        "failure, and suspends the callback after 2 of them within 5 minutes."
    )
    assert finding("large-batch", always(seconds=2.0)).status is Status.PASSED


@pytest.mark.parametrize(
    ("status", "ends"),
    [(199, "FAILED"), (200, "PASSED"), (204, "PASSED"), (205, "FAILED"), (None, "FAILED")],
)
def test_acknowledging_statuses(status: int | None, ends: str) -> None:
    """Exactly 200 to 204 acknowledge."""
    assert finding("signed-event", always(status=status)).status is Status(ends)


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (200, "FAILED"),
        (226, "FAILED"),
        (304, "WARNING"),
        (400, "PASSED"),
        (503, "PASSED"),
        (None, "FAILED"),
    ],
)
def test_refusing_statuses(status: int | None, ends: str) -> None:
    """A forgery is refused by 4xx and 5xx; any 2xx takes it, and silence holds a connection."""
    assert finding("wrong-key", always(status=status)).status is Status(ends)


def test_hung_refusal() -> None:
    """An endpoint that does not answer a forgery is told what that costs."""
    found = finding("wrong-key", always(status=None, met="no answer came within 3 s"))

    assert found.found == "no answer came within 3 s"
    assert found.remedy == (
        "Refuse it with 4xx or 5xx, at once. ENS waits no longer and counts it as a failure, by "
        "both schedules; and whoever knows the URL can hold the receiver's connections."
    )


def test_times() -> None:
    """A probe has 30 s, a delivery what was asked for."""
    sender = always()
    finding("probe", sender, seconds=0.5)
    finding("replay", sender, seconds=0.5)

    assert [seconds for _, seconds in sender.sent] == [30.0, 0.5, 0.5]


def test_what_is_sent() -> None:
    """Escapes, raw letters, batches and replays are in the bodies that are sent, and signed."""
    sender = always()
    sent = bench(sender)
    for check in DELIVERY_CHECKS:
        check.make(sent)
    everything = b"\n".join(bodies(sender))

    for piece in (
        b"?a\\u003d1\\u0026b\\u003d\\u003c2\\u003e\\u0026c\\u003d\\u00273\\u0027",
        "Grüße nach 東京".encode(),
        "🙂".encode(),
        b'C:\\\\new \\\\u003d \\"quoted\\" \\t\\\\\\\\',
        b"EngagementEvents.NotYetInvented",
        b'"notYetInvented":{"nested":[1,null,{"deep":true}]}',
        b'\n[{"eventCategoryType":"TransactionalSendEvents.EmailSent"}]\n',
    ):
        assert piece in everything
    batches = [json.loads(body) for body in bodies(sender) if body.startswith(b"[")]
    assert {len(batch) for batch in batches} == {1, 36, 1000}
    for request, _ in sender.sent:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if "x-sfmc-ens-signature" in headers:
            verify(request.body, headers["x-sfmc-ens-signature"], [KEY])


def test_types_after_a_silence() -> None:
    """A check of many requests waits once for an endpoint that does not answer."""
    sender = always(status=None, met="no answer came within 3 s")
    found = finding("event-types", sender)

    assert len(sender.sent) == 1
    assert found.status is Status.FAILED


def test_many_failures_are_summed_up() -> None:
    """Five are named, the rest is counted."""
    found = finding("event-types", always(status=500)).found

    assert found.count("it was answered with 500") == 5
    assert found.startswith("TransactionalSendEvents.EmailSent: it was answered with 500; ")
    assert found.endswith("; and 31 more")


def test_reading_of_the_key() -> None:
    """With another reading the deliveries are signed with the key's text."""
    sender = always()
    finding("signed-event", sender, keys=Keys(current=KEY, reading=KeyReading.UTF8))
    [(request, _)] = sender.sent

    assert verify(request.body, request.headers["x-sfmc-ens-signature"], [KEY]) == KEY
    assert request.headers["x-sfmc-ens-signature"] != (bench(sender).signed(request.body).signature)


def test_names_are_in_order_and_once() -> None:
    """Each check has a name of its own, a claim, and stands behind those that it needs."""
    assert len(set(NAMES)) == len(NAMES) == 30
    for number, check in enumerate(CHECKS):
        assert set(check.needs) <= set(NAMES[:number])
        assert check.claim[0].islower() or check.claim[0].isdigit()
        assert not check.claim.endswith(".")


def test_seconds_of_a_check() -> None:
    """A result has the time of its check, and is told as soon as it is there."""
    ticks = iter([10.0, 12.5])
    check = Check(name="a", claim="b", make=lambda _: Finding(status=Status.PASSED, found="c"))
    told: list[Result] = []
    [result] = run([check], bench(always()), tell=told.append, clock=lambda: next(ticks))

    assert result.seconds == 2.5
    assert told == [result]


def ended(status: Status, found: str = "it was answered with 503", remedy: str = "") -> Result:
    """The result of a check that is called as its status."""
    check = Check(
        name=status.value.lower(), claim="it holds", make=lambda _: Finding(status=status, found="")
    )
    return Result(
        check=check, finding=Finding(status=status, found=found, remedy=remedy), seconds=0.25
    )


def report(*, strict: bool = False) -> Report:
    """A report with a result of each status, one of them with what XML cannot hold."""
    results = (
        ended(Status.PASSED),
        ended(Status.WARNING, remedy="Do this & <that>."),
        ended(Status.FAILED, found="it said \x00\x1b[31m\ud800 & <b>", remedy="Do that."),
        ended(Status.SKIPPED),
    )
    return Report(url=URL, results=results, strict=strict)


def test_junit() -> None:
    """Each check is a test case; a failure has its sentences, a warning stands in the output."""
    root = ET.fromstring(junit_of(report()))
    [suite] = root
    passed, warning, failed, skipped = suite.findall("testcase")

    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    assert suite.attrib == {
        "name": "ens_provider conform",
        "tests": "4",
        "failures": "1",
        "skipped": "1",
        "time": "1.000",
        "errors": "0",
    }
    assert [each.attrib for each in suite.iter("property")] == [{"name": "url", "value": URL}]
    assert passed.attrib == {
        "classname": "ens_provider.conform",
        "name": "passed",
        "time": "0.250",
    }
    assert [each.tag for each in passed] == [each.tag for each in warning] == ["system-out"]
    assert warning.findtext("system-out") == (
        "WARNING: it holds\nit was answered with 503\nDo this & <that>."
    )
    failure = failed.find("failure")
    assert failure is not None
    assert failure.attrib == {"message": "it said \ufffd\ufffd[31m\ufffd & <b>", "type": "FAILED"}
    assert failure.text == "Do that."
    assert [each.tag for each in skipped] == ["skipped", "system-out"]


def test_strict_junit() -> None:
    """In a strict report a warning is a failure of its own type."""
    [suite] = ET.fromstring(junit_of(report(strict=True)))

    assert suite.get("failures") == "2"
    assert [each.get("type") for each in suite.iter("failure")] == ["WARNING", "FAILED"]


def test_conclusions() -> None:
    """The last line names what failed, or that there are warnings, and how many checks were made."""
    well = Report(url=URL, results=(ended(Status.PASSED), ended(Status.SKIPPED)))
    warned = Report(url=URL, results=(ended(Status.PASSED), ended(Status.WARNING)))

    assert conclusion(report()) == "Not as ENS needs it: failed."
    assert conclusion(report(strict=True)) == "Not as ENS needs it: warning, failed."
    assert conclusion(well) == "The receiver is as ENS needs it: 1 check."
    assert conclusion(warned) == "The receiver is as ENS needs it, with warnings: 2 checks."


def test_document() -> None:
    """The JSON document keeps these names."""
    shown = document(report())
    checks = shown["checks"]

    assert isinstance(checks, list)
    assert {**shown, "checks": checks[1]} == {
        "url": URL,
        "ok": False,
        "checks": {
            "name": "warning",
            "claim": "it holds",
            "status": "WARNING",
            "found": "it was answered with 503",
            "remedy": "Do this & <that>.",
            "seconds": 0.25,
        },
    }


def test_keys_are_not_shown() -> None:
    """No representation of what checks work with holds a key."""
    keys = Keys(current=KEY, previous=KEY, retired=KEY)

    assert KEY not in repr(bench(always(), keys=keys))
