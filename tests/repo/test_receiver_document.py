"""What `docs/receiver.md` says of answers, options, bounds and programs is what the receiver does."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sqlite3
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ens_provider import receiver as receiver_package
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.emulator.schedules import SCHEDULES
from ens_provider.receiver import (
    Delivery,
    Event,
    MemorySeenEvents,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    Probe,
    QuarantineBounds,
    Receiver,
    ReceiverOptions,
    Response,
    sign,
)
from ens_provider.receiver import probes as probes_module
from ens_provider.receiver.aws_lambda import handler
from ens_provider.receiver.event_json import written
from ens_provider.receiver.kept_keys import KeptKeys
from ens_provider.receiver.repeats import WAIT_SECONDS
from ens_provider.receiver.seen_events import MOST_SEEN_EVENTS, SEEN_EVENTS_SECONDS
from tests.repo.files import REPOSITORY, text_of
from tests.repo.sentences import GAP
from tests.repo.tables import section, table_below

PAGE = text_of("docs/receiver.md")
ANSWERS = table_below(PAGE, "Every answer")
# The parts of a receiver that answer; its administration and its keys in files are others' pages.
ANSWERING = (
    "answers.py", "asgi.py", "aws_lambda.py", "bodies.py", "deliveries.py", "handler.py", "lengths.py",
    "probes.py", "server.py", "signature.py", "tokens.py", "wsgi.py",
)  # fmt: skip
# How sentences begin that are no answers: to the administrator, to who makes a mistake, for servers.
NO_ANSWERS = (
    "A receiver answers HTTP; it does not know",
    'The body is {"keys"',
    "The body is not read; the answer is",
    "The client hung up",
    "The function returned before it was done",
    "The receiver's token must be",
    "The signature key is not base64",
    "The signature key is empty",
)
ORDERS = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
OTHER = "65b885ab-c2b4-46fe-85d0-d6cb8be8057e"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
BODY = b'[{"a":1}]'


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def _probe(callback_id: str, key: str = KEY) -> bytes:
    return json.dumps({"callbackId": callback_id, "verificationKey": key}).encode()


def _fail(given: object) -> None:
    raise ValueError(given)


class _Unreadable(MemorySignatureKeys):
    def all(self) -> dict[str, tuple[str, ...]]:
        raise OSError


class _UnreadableProbes(MemoryVerificationKeys):
    def get(self, callback_id: str) -> str | None:
        raise OSError(callback_id)


def _ask(
    *,
    method: str = "POST",
    path: str = "/",
    body: bytes = BODY,
    signature: str | None = None,
    receiver: Receiver | None = None,
) -> Response:
    """Ask a receiver that holds one key and the token `t`, unless another is given."""
    asked = receiver or Receiver(
        lambda _delivery: None, signature_keys=MemorySignatureKeys({ORDERS: [KEY]}), token="t"
    )
    headers: Mapping[str, str] = {} if signature is None else {"x-sfmc-ens-signature": signature}
    authorized = {**headers, **({"Authorization": "Bearer t"} if path.endswith(OTHER) else {})}
    return asked.handle(method, path, authorized, body)


def _signed(body: bytes, **more: Any) -> Response:
    return _ask(body=body, signature=sign(body, KEY), **more)


def _receiver(
    on_delivery: Callable[[Delivery], object] = lambda _delivery: None, **more: Any
) -> Receiver:
    return Receiver(on_delivery, **more)


def _busy() -> Response:
    """Answer a probe that comes from inside the fourth verification at a time."""
    answers: list[Response] = []

    def verify(probe: Probe) -> None:
        number = int(probe.callback_id[-1])
        answers.append(_ask(body=_probe(f"{ORDERS[:-1]}{number + 1}"), receiver=receiver))

    receiver = _receiver(options=ReceiverOptions(verify_probe=verify))
    _ask(body=_probe(f"{ORDERS[:-1]}0"), receiver=receiver)
    return answers[0]


def _of_function(event: object) -> Response:
    answer = handler(_receiver())(event, None)
    return Response(status=answer["statusCode"], body=answer["body"].encode())


def _invoked(**changes: object) -> Response:
    request = {"version": "2.0", "rawPath": "/", "requestContext": {"http": {"method": "POST"}}}
    return _of_function({**request, **changes})


PLAYED: list[Callable[[], Response]] = [
    lambda: _of_function("x"),
    lambda: _invoked(requestContext="x"),
    lambda: _invoked(rawPath=None),
    lambda: _invoked(headers={"a": 1}),
    lambda: _invoked(body=1),
    lambda: _invoked(body="x", isBase64Encoded=True),
    lambda: _signed(BODY),
    lambda: _signed(b"[]"),
    lambda: _ask(body=_probe(OTHER)),
    lambda: _signed(b"x"),
    lambda: _signed(b"[1]"),
    lambda: _ask(body=b"{}"),
    lambda: _ask(body=_probe("x")),
    lambda: _ask(body=_probe(OTHER, "x")),
    lambda: _ask(method="GET", path=f"/verification-keys/{ORDERS}"),
    lambda: _ask(method="GET", path="/verification-keys/x", receiver=_receiver()),
    lambda: _ask(method="GET", path=f"/verification-keys/{OTHER}"),
    lambda: _ask(method="GET"),
    lambda: _ask(body=_probe(ORDERS)),
    lambda: _ask(body=b"x" * (8 * 1024 * 1024 + 1)),
    lambda: _signed(
        BODY, receiver=_receiver(_fail, signature_keys=MemorySignatureKeys({ORDERS: [KEY]}))
    ),
    lambda: _signed(BODY, receiver=_receiver(signature_keys=_Unreadable())),
    lambda: _ask(
        body=_probe(ORDERS), receiver=_receiver(verification_keys=_UnreadableProbes())
    ),
    lambda: _ask(
        body=_probe(ORDERS), receiver=_receiver(options=ReceiverOptions(verify_probe=_fail))
    ),
    _ask,
    lambda: _ask(signature="x"),
    lambda: _signed(BODY, receiver=_receiver()),
    lambda: _ask(signature=sign(b"", KEY)),
    _busy,
]  # fmt: skip


def _sentence(response: Response) -> str:
    said = json.loads(response.body)
    return str(said.get("error", "")) if isinstance(said, dict) else ""


def _documented(status: int, sentence: str) -> list[dict[str, str]]:
    patterns = {row["sentence"]: row for row in ANSWERS if int(row["status"]) == status}
    return [
        row
        for text, row in patterns.items()
        if re.fullmatch(re.escape(text).replace(re.escape(GAP), ".+"), sentence)
    ]


@pytest.mark.parametrize("number", range(len(PLAYED)))
def test_answer_stands_in_the_table(number: int) -> None:
    """What a receiver answers is a row of the table: its status and its sentence, word for word."""
    response = PLAYED[number]()

    assert len(_documented(response.status, _sentence(response))) == 1


def test_every_row_is_an_answer() -> None:
    """Each row that a receiver gives by itself was played; those of servers stand in their code."""
    played = [PLAYED[number]() for number in range(len(PLAYED))]
    shown = {
        (row["status"], row["sentence"])
        for response in played
        for row in _documented(response.status, _sentence(response))
    }
    others = {(row["status"], row["sentence"]) for row in ANSWERS} - shown

    assert {status for status, _ in others} == {"400", "411", "503"}
    code = "".join(_texts())
    assert len(others) == 5
    assert [sentence for _, sentence in others if sentence not in code] == []
    assert [row for row in ANSWERS if not row["when"] and not row["what follows"]] == []


def _texts() -> list[str]:
    """Return the texts of the answering parts, with gaps for what is filled in."""
    found = []
    for name in ANSWERING:
        tree = ast.parse(text_of(f"ens_provider/receiver/{name}"))
        inside = {
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        }
        docstrings = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    str(part.value) if isinstance(part, ast.Constant) else GAP
                    for part in node.values
                ]
                found.append("".join(parts))
            elif isinstance(node, ast.Constant) and node not in inside | docstrings:
                found.append(node.value if isinstance(node.value, str) else "")
    return found


def test_every_sentence_of_the_code_stands_in_the_table() -> None:
    """What the answering parts can say, the log and mistakes of a programmer aside, is a row."""
    said = {
        text
        for text in _texts()
        if re.match(r"(The|This|There|A|No|Too|Use) ", text)
        and text.endswith(".")
        and not text.startswith(NO_ANSWERS)
    }
    rows = {re.sub(r"x-sfmc-ens-signature", GAP, row["sentence"]) for row in ANSWERS}

    assert len(said) > 20
    assert {text for text in said if text not in rows} == set()


def test_options() -> None:
    """The table has each field of `ReceiverOptions`, with its default."""
    rows = table_below(PAGE, "Options")
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row["`ReceiverOptions`"])]
    defaults = {
        row["`ReceiverOptions`"].strip("`"): row["default"] for row in rows if row["default"][0] in "NF0123456789"
    }  # fmt: skip

    assert named == [each.name for each in fields(ReceiverOptions)]
    assert defaults == {
        each.name: str(each.default)
        for each in fields(ReceiverOptions)
        if each.default is None or isinstance(each.default, (bool, int, float))
    }


def test_attributes_of_an_event() -> None:
    """The table has each attribute of an event."""
    named = [row["attribute"].strip("`") for row in table_below(PAGE, "Events")]
    public = [name for name in vars(Event) if not name.startswith("_")]

    assert sorted(named) == sorted([*public, "raw"])


def test_id_of_the_example() -> None:
    """The event of the page has the canonical form and the id that the page gives."""
    [(text, canonical, start)] = re.findall(
        r"`(\{[^`]+\})` is hashed as\n`([^`]+)`, which gives `(\w{8})…`", PAGE
    )

    assert hashlib.sha256(canonical.encode()).hexdigest() == Event(json.loads(text)).id
    assert Event(json.loads(text)).id.startswith(start)


def test_schedules() -> None:
    """The page has both schedules of the emulator, with the time that each gives an answer."""
    [head, *_] = section(PAGE, "What ENS does with an answer").split("\n|")[1:]
    row = table_below(PAGE, "What ENS does with an answer")[0]

    assert re.findall(r"`(\w+)`", head) == list(SCHEDULES)
    assert {name: row[f"`{name}`"] for name in SCHEDULES} == {
        name: f"{schedule.budget_seconds:.0f} seconds" for name, schedule in SCHEDULES.items()
    }


def _size(name: str, *, events: int) -> int:
    return len(written([sample_event(name, number=number) for number in range(events)]))


def test_sizes_of_batches() -> None:
    """The sizes are those of 1,000 samples as the emulator writes them, from the least to the most."""
    few = {name: _size(name, events=50) for name in SAMPLES}
    rows = {
        re.findall(r"`([\w.]+)`", row["batch"])[0]: int(row["bytes"].replace(",", ""))
        for row in table_below(PAGE, "How large a body gets")
    }

    assert rows == {name: _size(name, events=1000) for name in rows}
    assert list(rows)[::2] == [min(few, key=few.__getitem__), max(few, key=few.__getitem__)]


def test_bounds() -> None:
    """Numbers of the text are those of the code."""
    bounds = QuarantineBounds()
    flowing = re.sub(r"\s+", " ", PAGE)
    repeats, quarantine = section(PAGE, "Repeats"), section(PAGE, "Quarantine")

    assert f"{MOST_SEEN_EVENTS:,} events (about 20 MB) and an hour" in repeats
    assert SEEN_EVENTS_SECONDS == bounds.seconds == 3600
    assert f"up to {WAIT_SECONDS:.0f} seconds" in repeats
    assert f"{bounds.most:,} deliveries, {bounds.most_bytes // 2**20} MiB, an hour" in quarantine
    assert f"At most {probes_module._VERIFICATIONS_AT_ONCE} run at a time" in flowing
    assert f"more than {probes_module._VERIFICATIONS_AT_ONCE} probes" in PAGE
    assert f"not within {ReceiverOptions().reread_keys_seconds:.0f} seconds of the last" in flowing
    assert f"| this receiver | {ReceiverOptions().longest_body_bytes // 2**20} MiB |" in PAGE


def test_public_names() -> None:
    """Each store, source and record that users write code with is named on the page."""
    ours = [
        name
        for name in receiver_package.__all__
        if name.startswith(("File", "Memory", "Quarantine", "SignatureKeyS", "Event", "Delivery"))
    ]
    named = set(re.findall(r"\b[A-Z]\w+", PAGE))

    assert len(ours) >= 11
    assert set(ours) - named == {"MemoryVerificationKeys", "Quarantine"} - named


def test_quick_start(tmp_path: Path) -> None:
    """The first program keeps events of a signed delivery, and acknowledges it then."""
    [program] = [each for each in _blocks("python") if "wsgi" in each]
    names: dict[str, Any] = {}
    changed = program.replace('os.environ["ENS_FOLDER"]', repr(str(tmp_path)))
    exec(changed.replace('os.environ["ENS_RECEIVER_TOKEN"]', '"t"'), names)
    receiver: Receiver = names["receiver"]
    early = _signed(BODY, receiver=receiver)
    probed = _ask(body=_probe(ORDERS), receiver=receiver)
    receiver_package.FileSignatureKeys(tmp_path).put(ORDERS, [KEY])

    assert [early.status, probed.status] == [503, 200]
    assert _signed(BODY, receiver=receiver).status == 200
    assert (tmp_path / "events.jsonl").read_text() == '{"a": 1}\n'
    assert callable(names["app"])


def test_options_of_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs that only make options make the ones that they say."""
    for name in ("SUBDOMAIN", "CLIENT_ID", "CLIENT_SECRET", "ACCOUNT_ID"):
        monkeypatch.setenv(f"SFMC_{name}", "1234567")
    names: dict[str, Any] = {}
    for program in _blocks("python"):
        if "options = " in program:
            exec(program.replace("/var/lib/ens", str(tmp_path)), names)

    assert names["bounds"] == QuarantineBounds()
    assert (tmp_path / "quarantine").is_dir()
    assert isinstance(names["options"], ReceiverOptions)


def test_store_of_the_page(tmp_path: Path) -> None:
    """The store over a database leaves out, for two receivers, what one of them handed over."""
    [program] = [each for each in _blocks("python") if "sqlite3" in each]
    names: dict[str, Any] = {}
    exec(program, names)
    path = str(tmp_path / "seen.db")
    [table] = re.findall(r"`(seen_events \(.+?\))`", program)
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"CREATE TABLE {table}")
    delivered: list[Delivery] = []
    keys = MemorySignatureKeys({ORDERS: [KEY]})
    for _ in range(2):
        options = ReceiverOptions(seen_events=names["SeenInDatabase"](path))
        _signed(BODY, receiver=_receiver(delivered.append, signature_keys=keys, options=options))

    assert [each.events for each in delivered] == [(Event({"a": 1}),)]


def test_statement_of_the_page() -> None:
    """The statement keeps an event of a callback once."""
    [statement] = _blocks("sql")
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(
            "CREATE TABLE events (id TEXT, callback_id TEXT, body TEXT, UNIQUE (id, callback_id))"
        )
        for callback_id in (ORDERS, ORDERS, OTHER):
            database.execute(statement, ("id", callback_id, "{}"))
        [(count,)] = database.execute("SELECT count(*) FROM events")

    assert count == 2


def test_price_of_a_forger() -> None:
    """Somebody whose deliveries never check has the source read as often as the page says."""
    now = [0.0]
    keys = KeptKeys(MemorySignatureKeys(), keep_seconds=60, monotonic=lambda: now[0])
    began = set()
    for tenth in range(600):
        now[0] = tenth / 10
        keys.after(keys.current())
        began.add(keys.current().began)

    assert f"causes {len(began)} in a minute" in PAGE


def test_window_of_the_page_is_as_large_as_it_says() -> None:
    """A full window takes about the memory that the page gives."""
    tracemalloc.start()
    window = MemorySeenEvents()
    window.add([f"{ORDERS}:{number:064}" for number in range(MOST_SEEN_EVENTS)])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 15e6 < held < 25e6


def test_files_that_are_copied() -> None:
    """The two files that the receiver needs beside its own package are there."""
    [first, second] = re.findall(r"above it, `(\w+\.py)` and `(\w+\.py)`", PAGE)[0]

    assert (REPOSITORY / "ens_provider" / first).exists()
    assert (REPOSITORY / "ens_provider" / second).exists()
