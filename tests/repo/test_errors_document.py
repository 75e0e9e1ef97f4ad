"""`docs/errors.md` holds what the package's code can say, class by class, and nothing else."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import ens_provider
from ens_provider.lifecycle.probe import _REMEDIES, ProbeFailure
from tests.repo.files import text_of
from tests.repo.sentences import GAP, Sentence, one_line, pieces, sentences
from tests.repo.tables import table_below

PAGE = text_of("docs/errors.md")
# Examples prove nothing: the sentences in them have to stand elsewhere, too.
PLAIN = one_line(re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
CLASSES = {
    name
    for name in ens_provider.__all__
    if isinstance(value := getattr(ens_provider, name), type) and issubclass(value, Exception)
}
# What no person reads as it stands here.
NOT_SHOWN = {
    "could not verify callback url": "what the service says, searched for",
    "nested too deeply": "told as `it is not JSON`",
    "counts, and values are taken in groups from one place": "said by `doctor`: docs/commands.md",
    "authUrl and restUrl count before the subdomain": "the same",
    "paused by pulumi": "sent to ENS as a reason: docs/resources.md has it",
    "resumed by pulumi": "the same",
}
# How the refusals of the service begin, whose verb and object are filled in.
BEGINNINGS = ("ENS refused to", "ENS could not", "give out a token for client '")
MOST_TEXTS = 3
SENTENCES = [each for each in sentences() if each.parts[0] not in NOT_SHOWN]


def _sections() -> dict[str, str]:
    """Return the text below each heading that is the name of a class."""
    headings = re.split(r"^##+ (.+)$", PAGE, flags=re.MULTILINE)[1:]
    named = zip(headings[::2], headings[1::2], strict=True)
    return {
        heading.removeprefix("ens_provider."): one_line(text)
        for heading, text in named
        if heading.startswith("ens_provider.")
    }


def _quoted() -> list[str]:
    """Return what the page quotes: its block quotations and the cells of its tables."""
    blocks = re.findall(r"(?:^> .*\n)+", PAGE, re.MULTILINE)
    bodies = re.sub(r"^\|.*\|\n\| ---.*\n", "", PAGE, flags=re.MULTILINE)
    rows = [row.split("|") for row in re.findall(r"^\|(.+)\|$", bodies, re.MULTILINE)]
    # The table of probe failures begins with the service's word, every other one with ours.
    cells = [row[row[0].startswith((" `", " anything"))].strip() for row in rows]
    quoted = [one_line(block) for block in blocks] + cells
    assert len(blocks) > 60
    assert len(cells) > 40
    return quoted


def test_every_class_has_its_section() -> None:
    """The headings that name classes are exactly the public errors of the package."""
    assert set(_sections()) == CLASSES


def test_tree_holds_every_class() -> None:
    """The tree at the top names each class once, below the class that it derives from."""
    [tree] = re.findall(r"```text\n(ENSError\n.+?)```", PAGE, re.DOTALL)
    parents: list[str] = []
    found = {}
    for line in tree.splitlines():
        mark, name = re.fullmatch(r"([ │├└─]*)(\w+).*", line).groups()  # type: ignore[union-attr] # a line without a name fails the test
        depth = len(mark) // 4
        parents[depth:] = [name]
        found[name] = parents[depth - 1] if depth else "Exception"

    assert found == {
        name: getattr(ens_provider, name).__bases__[0].__name__ for name in sorted(CLASSES)
    }


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.place)
def test_every_sentence_is_documented(sentence: Sentence) -> None:
    """Each part of each sentence stands on the page; of an error, below its class."""
    where = _sections().get(sentence.error, PLAIN)

    assert [part for part in sentence.parts if part not in where] == []


def test_refusals_of_inputs_stand_as_often_as_they_are_raised() -> None:
    """What two kinds of inputs are refused with stands in the tables of both."""
    raised = Counter(each.text for each in SENTENCES if each.error == "ValueError")
    shown = {text: PLAIN.count(text) for text in raised}

    assert len(raised) > 30
    assert {
        text: (raised[text], shown[text]) for text in raised if shown[text] < raised[text]
    } == {}


def test_table_of_probe_failures() -> None:
    """Each status of a failed probe that is explained has its row, and one row is for the rest."""
    rows = table_below(PAGE, "ens_provider.ProbeFailed")
    told = {row["status of ENS"].strip("`"): row["what the sentence says"] for row in rows}
    explained = {
        status: ProbeFailure(callback_id=None, status=status, detail="").explanation()
        for status in _REMEDIES
    }
    answered = ProbeFailure(callback_id=None, status="ProtocolError", detail="(503) Unavailable")

    assert (
        told.pop("anything else")
        == ProbeFailure(callback_id=None, status="", detail="").explanation()
    )
    with_status = told.pop("ProtocolError` with a status")
    assert with_status.replace(GAP, "503") == answered.explanation()
    assert told == explained


def test_every_quotation_is_said() -> None:
    """What the page quotes is what the code says, put together from at most three of its texts."""
    assert _not_said(_quoted()) == []


def test_readme_shows_messages_that_are_said() -> None:
    """The messages in the README are those of their classes, as the page has them."""
    rows = table_below(text_of("README.md"), "When something fails")
    messages = [row["message begins with"].strip("`").split(": ", 1) for row in rows]

    assert len(messages) == 3
    assert _not_said([sentence for _, sentence in messages]) == []
    for name, sentence in messages:
        section = _sections()[name.removeprefix("ens_provider.")].lower()
        assert [piece for piece in pieces(sentence.lower()) if piece not in section] == []


def _not_said(quotations: list[str]) -> list[str]:
    """Return the parts of quotations that the code does not say."""
    said = "\n".join([*(sentence.text for sentence in SENTENCES), *BEGINNINGS])
    return [
        piece
        for quotation in quotations
        for piece in pieces(quotation)
        if _runs(piece.split(), said) > MOST_TEXTS
    ]


def _runs(words: list[str], said: str) -> int:
    """Return of how many texts of `said` the words are made; one more than allowed if of none."""
    if not words:
        return 0
    longest = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in said), 0)
    return 1 + (_runs(words[longest:], said) if longest else MOST_TEXTS)


def test_exemptions_are_still_needed() -> None:
    """Each text that is not shown is still in the code."""
    assert {each.parts[0] for each in sentences()} >= NOT_SHOWN.keys()
