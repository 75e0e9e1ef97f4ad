"""No secret in anything printed, in the event log or in the exported state."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.engine.programs import CALLBACK, orders
from tests.engine.watch import CLIENT_SECRET, EXCUSED, TOKEN, Watch, keys_of, spellings

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

OTHER_KEY = base64.b64encode(b"the key that the program names later").decode()
SPECIAL = 'a "secret"/with+characters=of & every <kind>'


PLACES = {
    "1: preview": "printed",
    "2: up": "printed",
    "3: stack output": "printed by another command",
    "export": "the exported state",
    "plan.json": "a saved plan",
    "events/": "the event log",
    "backend/.pulumi/stacks/": "the backend's state",
    "backend/.pulumi/history/": "its history",
    "backend/.pulumi/backups/": "its backups",
    "home/": "the engine's own folder",
    "project/": "the project",
}


def test_search_finds_what_is_given_away(guarded: Stack, watch: Watch) -> None:
    """A key that the program gives away is found in every kind of place."""
    given_away = OTHER_KEY
    plan = guarded.folder.parent / "plan.json"
    guarded.with_environment(PULUMI_EXPERIMENTAL="true")
    guarded.program(f"import pulumi\npulumi.export('open', {given_away!r})\n")
    # What the engine keeps there is encrypted: so that the search of that folder is seen to work.
    (guarded.folder.parent / "home" / "log.txt").write_text(given_away, "utf-8")
    assert watch.ran(guarded.preview("--save-plan", str(plan))).code == 0
    assert watch.ran(guarded.up("--plan", str(plan))).code == 0
    watch.command("stack", "output")
    # The second one moves the first one's state into the backups.
    watch.ran(guarded.up())

    places = watch.places_of(given_away)
    assert [each for each in PLACES if not any(p.startswith(each) for p in places)] == []
    with pytest.raises(AssertionError):
        watch.assert_none_of([given_away])


@pytest.mark.parametrize(
    "spelled",
    [
        SPECIAL,
        base64.b64encode(SPECIAL.encode()).decode(),
        base64.urlsafe_b64encode(b"ab" + SPECIAL.encode() + b"c").decode(),
        base64.b64encode(b"client:" + SPECIAL.encode()).decode(),
        quote(SPECIAL, safe=""),
        json.dumps({"secret": SPECIAL}),
        f"{SPECIAL[:22]}...",
        f"...{SPECIAL[-22:]}",
    ],
    ids=["plain", "base64", "urlsafe", "basic", "url", "json", "first-half", "second-half"],
)
def test_search_finds_each_spelling(spelled: str) -> None:
    """Plain, in base64 at any offset, for URLs, in JSON, and half of it."""
    assert any(each in f"log: {spelled}, and more" for each in spellings(SPECIAL))
    assert not any(each in f"log: {spelled}, and more" for each in spellings(OTHER_KEY))


def test_key_of_a_callback_that_is_taken_over(
    guarded: Stack, emulator: EmulatorProcess, outside: Outside
) -> None:
    """The known key stays a secret: named, named otherwise, and when the program lets it go."""
    live = _create_live(emulator, outside)
    key = live["signatureKey"]
    config = "config = pulumi.Config()\n"
    program = orders(known_signature_key="KEY", max_batch_size=500).replace(
        "orders = ", config + "orders = "
    )
    guarded.config("key", key, secret=True)
    guarded.config("other", OTHER_KEY, secret=True)
    watch = Watch(guarded, guarded.folder.parent)

    guarded.program(program.replace("'KEY'", "config.require('key')"))
    assert watch.ran(guarded.preview("--diff")).code == 0
    assert watch.ran(guarded.preview("--json")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {"create": 1}
    guarded.program(program.replace("'KEY'", "config.require('other')"))
    assert watch.ran(guarded.preview("--diff")).operations == {}
    assert watch.ran(guarded.up("--diff")).operations == {}
    guarded.program(orders(max_batch_size=600))
    assert watch.ran(guarded.preview("--diff")).operations == {"update": 1}
    assert watch.ran(guarded.up("--diff")).operations == {"update": 1}
    emulator.move_clock(121)
    assert watch.ran(guarded.refresh("--diff")).code == 0
    assert watch.ran(guarded.up("--diff")).operations == {}

    assert guarded.outputs(show_secrets=True)["signature_key"] == key
    watch.assert_none_of([*keys_of(emulator), OTHER_KEY, CLIENT_SECRET, TOKEN])


def test_excuse_is_narrow() -> None:
    """Whole lines of that message are excused, and no other line that holds the same value."""
    line = (
        '{"time":"now","msg":"%s property for RPC[Provider[0x1].Configure().inputs]: value={key}"}'
    )
    lines = [line % "Marshaling", line % "Unmarshaling", "eventSink: key", line % "Told of a"]
    assert EXCUSED.sub("", "\n".join(lines)).split("\n") == ["", "", *lines[2:]]


def test_replacement_of_a_key_is_not_shown(
    guarded: Stack, emulator: EmulatorProcess, watch: Watch
) -> None:
    """`--replace` makes another key, and shows neither."""
    guarded.program(orders())
    guarded.up()
    keys = keys_of(emulator)

    watch.ran(guarded.up("--diff", "--replace", f"{guarded.urn_prefix}{CALLBACK}::orders"))

    keys += keys_of(emulator)
    assert len(set(keys)) == 4
    watch.assert_none_of([*keys, CLIENT_SECRET, TOKEN])


def _create_live(emulator: EmulatorProcess, outside: Outside) -> dict[str, str]:
    """Create a live callback as the default client, which has its usual secret meanwhile."""
    emulator.set_client("client", client_secret="secret")
    live = outside.create_live_callback()
    emulator.set_client("client", client_secret=CLIENT_SECRET)
    return live
