"""Texts of lists are made once, and anew as soon as something in them changes."""

import json
from dataclasses import replace

from ens_provider.emulator.json_texts import JSONTexts, array_of
from ens_provider.emulator.records import Callback
from tests.unit.emulator.world import CALLBACK


class Shown:
    """Shows a callback's name, and remembers which ones it showed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, callback: Callback, suffix: str) -> dict[str, object]:
        """Show it."""
        self.names.append(callback.name)
        return {"name": callback.name, "suffix": suffix}


def test_text_is_made_anew_only_when_a_part_changes() -> None:
    """A record or another part that is not as it was gives a new text; equal ones do not."""
    texts, shown = JSONTexts(), Shown()
    renamed = replace(CALLBACK, name="renamed")
    said = [
        texts.text("cb", shown, callback, suffix)
        for callback, suffix in (
            (CALLBACK, "a"),
            (replace(CALLBACK), "a"),
            (renamed, "a"),
            (renamed, "b"),
        )
    ]

    assert said == [
        '{"name": "orders", "suffix": "a"}',
        '{"name": "orders", "suffix": "a"}',
        '{"name": "renamed", "suffix": "a"}',
        '{"name": "renamed", "suffix": "b"}',
    ]
    assert shown.names == ["orders", "renamed", "renamed"]


def test_beyond_the_bound_texts_are_forgotten() -> None:
    """What is kept of objects that are deleted does not pile up."""
    texts, shown = JSONTexts(most=2), Shown()
    for key in ("a", "b", "c", "a", "c"):
        texts.text(key, shown, replace(CALLBACK, name=key), "")

    assert shown.names == ["a", "b", "c", "a"]


def test_array_of_texts() -> None:
    """It is written byte for byte as `json.dumps` writes the whole."""
    elements = [{"a": "é=\u2028", "b": [1, None]}, {}]

    assert array_of(map(json.dumps, elements)) == json.dumps(elements)
    assert array_of([]) == json.dumps([])
