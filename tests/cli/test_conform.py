"""`python -m ens_provider conform`: this package's receiver passes, and bad ones fail where they are bad."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import trustme

from ens_provider.cli.conform.catalogue import NAMES
from ens_provider.receiver import MemorySignatureKeys, Response
from ens_provider.receiver.process import ReceiverProcess
from tests.cli import bad_receivers as bad
from tests.cli.bad_receivers import KEY, ORDERS, PREVIOUS_KEY, RETIRED_KEY, Around, conforming
from tests.cli.conftest import Commands, Ended
from tests.cli.tls_listener import Listener, hanging_up, server_context
from tools.loopback_server import held_port

FORGERIES = {
    "wrong-key",
    "guessable-keys",
    "altered-body",
    "other-signature",
    "unsigned-array",
    "unsigned-event",
    "empty-signature",
    "truncated-signature",
    "garbled-signature",
    "retired-key",
}
ENS_ON_FAILURES = (
    "ENS tries the batch up to 3 times, defers it for up to 10 minutes, tries again for up to 7 days, "
    "and then drops it. By the older schedule it drops the batch after 3 more tries, and after 2 failures within 5 minutes "
    "it suspends the callback for 10 minutes to an hour, in which all events are lost."
)


def by_status(ended: Ended, status: str) -> set[str]:
    """The names of the checks that ended so, from the JSON document."""
    return {each["name"] for each in ended.json["checks"] if each["status"] == status}


def told(ended: Ended, name: str) -> tuple[str, str]:
    """What was found in a check, and what to do about it."""
    [check] = [each for each in ended.json["checks"] if each["name"] == name]
    return check["found"], check["remedy"]


@pytest.fixture
def all_keys(tmp_path: Path) -> list[str]:
    """Give the options with which no check is left out."""
    options = [f"--callback-id={ORDERS}"]
    for name, key in (("previous", PREVIOUS_KEY), ("retired", RETIRED_KEY)):
        path = tmp_path / name
        path.write_text(f"{key}\n", encoding="utf-8")
        options.append(f"--{name}-key-file={path}")
    return options


def test_receiver_of_this_package(all_keys: list[str], tmp_path: Path) -> None:
    """The command's own receiver passes every check, and the lines and the XML say so."""
    junit = tmp_path / "junit.xml"
    with ReceiverProcess() as receiver:
        receiver.put_keys(ORDERS, [KEY, PREVIOUS_KEY])
        way = [f"--resolve={receiver.resolve[0]}", f"--ca-file={receiver.ca_file}"]
        arguments = [*way, *all_keys, "--strict", f"--junit={junit}"]
        ended = Commands().run("conform", receiver.url, *arguments, ENS_SIGNATURE_KEY=KEY)
        received = receiver.received()

    lines = ended.stdout.splitlines()
    assert ended.code == 0
    assert [line.split()[:2] for line in lines[:-1]] == [["PASSED", name] for name in NAMES]
    assert lines[-1] == "The receiver is as ENS needs it: 30 checks."
    suite = ET.parse(junit).getroot()[0]
    assert [case.get("name") for case in suite.iter("testcase")] == list(NAMES)
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("30", "0", "0")
    marked = json.dumps([each["events"] for each in received if each["status"] == 200])
    assert marked.count("ens-conform-") > 1000


def test_warning_before_anything_is_sent(tmp_path: Path) -> None:
    """On standard error it says that the receiver's real processing gets the events."""
    with conforming(Around(bad.good), tmp_path) as conform:
        ended = conform("--only=probe")

    assert ended.stderr == (
        "This sends signed events to https://receiver.test/orders, which go through the receiver's "
        'real processing. Their keys begin with "ens-conform".\n'
    )
    assert ended.code == 0


def small_bodies() -> Around:
    """A receiver whose bound holds most full batches, and not the longest of the documentation."""
    return Around(bad.good, longest_body_bytes=850_000)


def keeping_retired_keys() -> Around:
    """A receiver that accepts every key that it ever had."""
    keys = MemorySignatureKeys({ORDERS: [KEY, PREVIOUS_KEY, RETIRED_KEY]})
    return Around(bad.good, keys=keys)


def without_previous_key() -> Around:
    """A receiver that forgets a key at once when there is a new one."""
    return Around(bad.good, keys=MemorySignatureKeys({ORDERS: [KEY]}))


def forgetting_at_probes() -> Around:
    """A receiver that lets any probe of a callback replace what it has of it."""
    receiver = Around(bad.good)

    def behave(real: bad.Good, came: bad.Came) -> Response:
        if came.is_probe and ORDERS.encode() in came.body:
            receiver.keys.delete(ORDERS)
        return real(came)

    receiver.behaviour = behave
    return receiver


BAD: dict[str, tuple[Callable[[], Around], set[str], str]] = {
    "answers 204 to the probe": (
        lambda: Around(bad.probe_with_204),
        {"probe"},
        "it was answered with 204",
    ),
    "accepts everything": (
        lambda: Around(bad.accepting_everything),
        FORGERIES,
        "it was answered with 200",
    ),
    "parses and writes again": (
        lambda: Around(bad.rewriting),
        # Nor does it see what it takes away: a blank behind the body.
        {"mixed-batch", "escapes", "altered-body"},
        "it was answered with 503",
    ),
    "writes again in ASCII": (
        lambda: Around(bad.rewriting_in_ascii),
        {"mixed-batch", "raw-utf8", "altered-body"},
        "it was answered with 503",
    ),
    "fails on unknown types": (
        lambda: Around(bad.failing_on_unknown_types),
        {"unknown-type"},
        "it was answered with 500",
    ),
    "refuses replays": (
        lambda: Around(bad.refusing_replays()),
        {"replay"},
        "the second time: it was answered with 409",
    ),
    "knows one spelling of the header": (
        lambda: Around(bad.exact_header_name),
        {"header-case"},
        "X-SFMC-ENS-SIGNATURE: it was answered with 503; X-Sfmc-Ens-Signature: it was answered with 503",
    ),
    "checks no missing signature": (
        lambda: Around(bad.unsigned_is_good),
        {"unsigned-array", "unsigned-event"},
        "it was answered with 200",
    ),
    "compares the beginning": (
        lambda: Around(bad.comparing_beginnings),
        {"empty-signature", "truncated-signature"},
        "it was answered with 200",
    ),
    "has an empty key": (
        lambda: Around(bad.empty_key_in_list),
        {"guessable-keys"},
        "the empty key: it was answered with 200",
    ),
    "has a small bound": (small_bodies, {"large-batch"}, "it was answered with 413"),
    "keeps retired keys": (keeping_retired_keys, {"retired-key"}, "it was answered with 200"),
    "forgets the previous key": (
        without_previous_key,
        {"previous-key"},
        "it was answered with 503",
    ),
    "lets probes replace keys": (
        forgetting_at_probes,
        {"forged-probe", "previous-key"},
        "it was answered with 503",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_receiver(name: str, all_keys: list[str], tmp_path: Path) -> None:
    """A receiver that is bad in one way fails exactly the checks of it, and is told what came."""
    make, failing, found = BAD[name]
    with conforming(make(), tmp_path) as conform:
        # The types one by one are half of all requests, and tell nothing more here.
        ended = conform(*all_keys, "--skip=event-types", "--json")

    assert by_status(ended, "FAILED") == failing
    assert found in {told(ended, each)[0] for each in failing}
    assert by_status(ended, "WARNING") == by_status(ended, "SKIPPED") == set()
    assert ended.code == 4
    assert ended.json["ok"] is False


def test_sentences_of_a_refused_delivery(tmp_path: Path) -> None:
    """The lines say what came, what to do, and what ENS does by both schedules."""
    with conforming(Around(bad.rewriting), tmp_path) as conform:
        ended = conform("--only=escapes")

    assert ended.code == 4
    assert ended.stdout.splitlines()[2:] == [
        "FAILED   escapes              it was answered with 503",
        "                              -> Check the signature over the bytes of the body as they "
        "came, before any parsing: a body that is parsed and written again has other bytes. "
        + ENS_ON_FAILURES,
        "Not as ENS needs it: escapes.",
    ]


def test_sentence_of_an_accepted_forgery(tmp_path: Path) -> None:
    """What is accepted wrongly is told with who can use it, and that ENS never sends it again."""
    with conforming(Around(bad.accepting_everything), tmp_path) as conform:
        ended = conform("--only=wrong-key", "--json")

    found, remedy = told(ended, "wrong-key")
    assert found == "it was answered with 200"
    assert remedy == (
        "Check the signature of every delivery before anything is done with its events. Unless the "
        "receiver throws it away behind this answer, whoever knows the URL can put events into your "
        "systems. By both schedules ENS takes the answer for an acknowledgement and never sends the "
        "batch again, so that a genuine one is lost if the receiver cannot check it yet."
    )


def test_sentence_of_a_failed_probe(tmp_path: Path) -> None:
    """A probe that is not answered with 200 is told with what a creation would end with."""
    with conforming(Around(bad.probe_with_204), tmp_path) as conform:
        ended = conform("--only=probe", "--json")

    found, remedy = told(ended, "probe")
    assert found == "it was answered with 204"
    assert remedy == (
        "Answer an unsigned object with callbackId and verificationKey with exactly 200, not "
        "another 2xx and no redirect, within 30 s, and keep the key. ENS refuses the creation with "
        "400; the callback stays behind unverified, gets no events, and has to be deleted."
    )


def test_redirects(tmp_path: Path) -> None:
    """Nothing is followed; where it leads is told without its query and its password."""
    with conforming(Around(bad.redirecting), tmp_path) as conform:
        ended = conform("--json")

    assert by_status(ended, "FAILED") == {"probe", "signed-event"}
    assert told(ended, "probe")[0] == (
        "it was answered with 302, which leads to https://www.example.com/login"
    )
    assert "secret" not in ended.stdout + ended.stderr


def test_wrong_key_is_told_once(tmp_path: Path) -> None:
    """A receiver that holds another key fails one check; what would prove nothing is left out."""
    with conforming(Around(bad.good), tmp_path, ENS_SIGNATURE_KEY=RETIRED_KEY) as conform:
        ended = conform("--json")

    assert by_status(ended, "FAILED") == {"signed-event"}
    assert by_status(ended, "PASSED") == {"connection", "probe"}
    assert told(ended, "wrong-key") == (
        "because signed-event did not pass, without which this would prove nothing",
        "",
    )
    assert told(ended, "signed-event")[1].startswith("Give the key that the receiver holds")


def test_late_answer(tmp_path: Path) -> None:
    """An answer that does not come in time fails, whatever it would have been."""
    over = threading.Event()
    with conforming(Around(bad.holding_large_batches(over)), tmp_path) as conform:
        ended = conform("--only=large-batch", "--seconds=1", "--json")
        over.set()

    assert by_status(ended, "FAILED") == {"large-batch"}
    found, remedy = told(ended, "large-batch")
    assert found == "no answer came within 1 s"
    assert remedy.startswith("Take bodies of this size, ")
    assert remedy.endswith(ENS_ON_FAILURES)


def test_hanging_up(tmp_path: Path) -> None:
    """A receiver that closes connections fails what is sent to it, and the rest is left out."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = server_context(authority.issue_cert("receiver.test"))
    with Listener(hanging_up, context=context) as listener:
        way = [f"--resolve=receiver.test=127.0.0.1:{listener.port}", f"--ca-file={ca_file}"]
        ended = Commands().run("conform", bad.URL, *way, "--json", ENS_SIGNATURE_KEY=KEY)

    assert by_status(ended, "FAILED") == {"probe", "signed-event"}
    assert by_status(ended, "PASSED") == {"connection"}
    assert told(ended, "signed-event")[0].startswith("the connection ")


def test_unreachable() -> None:
    """Where nothing listens, one check fails with what ENS would call it, and nothing is sent."""
    with held_port(0) as closed:
        way = f"--resolve=receiver.test=127.0.0.1:{closed.getsockname()[1]}"
        ended = Commands().run("conform", bad.URL, way, "--json", ENS_SIGNATURE_KEY=KEY)

    assert ended.code == 4
    assert by_status(ended, "FAILED") == {"connection"}
    assert by_status(ended, "SKIPPED") == {*NAMES} - {"connection"}
    assert told(ended, "connection")[1].startswith("ENS would say ConnectFailure: Unable to ")


def test_distrusted_certificate(tmp_path: Path) -> None:
    """Without the CA file nothing is sent, and the sentence says what is wrong."""
    with conforming(Around(bad.good), tmp_path) as conform:
        other = tmp_path / "other.pem"
        with conforming(Around(bad.good), tmp_path):
            other.write_bytes((tmp_path / "ca.pem").read_bytes())
        ended = conform(f"--ca-file={other}", "--json")

    assert by_status(ended, "FAILED") == {"connection"}
    found, remedy = told(ended, "connection")
    assert found.startswith("the certificate is signed")
    assert remedy.startswith("ENS would say TrustFailure: ")


def test_warnings(tmp_path: Path) -> None:
    """What nobody knows ENS to send, and refusals that redirect, are warnings; strict fails them."""

    def behave(real: bad.Good, came: bad.Came) -> Response:
        inner = bad.in_arrays_only
        if bad.is_type_alone(came):
            return Response(status=422)
        return bad.one_content_type(lambda each: inner(real, each), came)

    with conforming(Around(behave), tmp_path) as conform:
        lenient = conform("--json")
        strict = conform("--strict", "--only=bare-event", f"--junit={tmp_path / 'x.xml'}")
    with conforming(Around(bad.refusing_with_a_redirect), tmp_path) as conform:
        redirected = conform("--only=wrong-key", "--json")

    assert by_status(lenient, "WARNING") == {"bare-event", "content-type", "type-alone"}
    assert by_status(lenient, "FAILED") == set()
    assert (lenient.code, strict.code, redirected.code) == (0, 4, 0)
    assert strict.stdout.splitlines()[-1] == "Not as ENS needs it: bare-event."
    assert 'failures="1"' in (tmp_path / "x.xml").read_text(encoding="utf-8")
    assert by_status(redirected, "WARNING") == {"wrong-key"}
    assert told(redirected, "wrong-key")[1].startswith("Refuse it with 4xx or 5xx. It acknowledges")


def test_selection(tmp_path: Path) -> None:
    """Wanted checks bring those that they need, and what is skipped stays away."""
    with conforming(Around(bad.good), tmp_path) as conform:
        only = conform("--only=replay", "--only=escapes", "--skip=escapes", "--json")
        skipped = conform("--skip=event-types", "--json")
        unknown = conform("--only=nothing")

    assert [each["name"] for each in only.json["checks"]] == [
        "connection",
        "signed-event",
        "replay",
    ]
    names = [each["name"] for each in skipped.json["checks"]]
    assert names == [name for name in NAMES if name != "event-types"]
    assert by_status(skipped, "SKIPPED") == {"forged-probe", "previous-key", "retired-key"}
    assert told(skipped, "retired-key")[0] == "because --retired-key-file is not given"
    assert unknown.code == 2
    assert "'nothing' is not one of 'connection', 'probe'" in unknown.stderr


UNUSABLE = {
    "no key": ([], {"ENS_SIGNATURE_KEY": ""}, "Error: The receiver's key is needed"),
    "no base64": ([], {"ENS_SIGNATURE_KEY": "sec$ret"}, "Error: The signature key is not base64."),
    "key twice": (["--key=c2VjcmV0", "--key-file={key}"], {}, "Error: The key is given twice"),
    "file of no key": (["--previous-key-file={empty}"], {}, "Error: The signature key is empty."),
    "other host": (["--resolve=other.test=127.0.0.1:1"], {}, "Error: --resolve is for other.test"),
    "no PEM": (["--ca-file={key}"], {}, "holds no certificate in PEM form."),
    "no id": (["--callback-id=sec$ret"], {}, "is not a valid UUID."),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_options(name: str, tmp_path: Path) -> None:
    """What cannot be used ends the command with 2 and a sentence, before anything is sent."""
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    options, variables, sentence = UNUSABLE[name]
    given = [each.format(key=tmp_path / "key", empty=tmp_path / "empty") for each in options]
    ended = Commands().run("conform", bad.URL, *given, **{"ENS_SIGNATURE_KEY": KEY, **variables})

    assert ended.code == 2
    assert sentence in ended.stderr
    assert "This sends" not in ended.stderr
    assert "c2VjcmV0" not in ended.stderr


def test_url_of_no_callback() -> None:
    """A URL that no callback can have ends with 2 and is not repeated."""
    url = "https://user:secret@receiver.test/"
    ended = Commands().run("conform", url, ENS_SIGNATURE_KEY=KEY)

    assert ended.code == 2
    assert "contains user information" in ended.stderr
    assert "secret" not in ended.stderr


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    """The results are printed, and the sentence names the file."""
    path = tmp_path / "missing" / "junit.xml"
    with conforming(Around(bad.good), tmp_path) as conform:
        ended = conform("--only=probe", f"--junit={path}")

    assert ended.code == 1
    assert "PASSED   probe" in ended.stdout
    assert f"Error: The file {path} cannot be written: No such file or directory." in ended.stderr


def test_no_key_is_shown(all_keys: list[str], tmp_path: Path) -> None:
    """No key stands in lines, JSON or XML, also where everything fails."""
    junit = tmp_path / "junit.xml"
    key_file = tmp_path / "current"
    key_file.write_text(KEY, encoding="utf-8")
    shown = ""
    for receiver in (Around(bad.accepting_everything), Around(bad.redirecting)):
        with conforming(receiver, tmp_path) as conform:
            for more in (["--json"], [f"--key-file={key_file}"]):
                ended = conform(*all_keys, *more, f"--junit={junit}")
                shown += ended.stdout + ended.stderr + junit.read_text(encoding="utf-8")

    assert "FAILED" in shown
    assert [key for key in (KEY, PREVIOUS_KEY, RETIRED_KEY) if key in shown] == []
