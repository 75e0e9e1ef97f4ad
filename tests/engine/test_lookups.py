"""Functions that look callbacks and subscriptions up, in a program: `up`, previews, no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import CREDENTIALS, EMAIL_SENT, THING, URL
from tests.engine.readings import warnings_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.conftest import NewStack
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tests.engine.outside import Outside

pytestmark = pytest.mark.engine

DIRECT = f"""
import pulumi
import ens_provider as ens
found = ens.get_callback(name="Live")
by_url = ens.get_callback(url="HTTPS://Receiver.Test/orders")
pulumi.export("same", [found == by_url, found == ens.get_callback(id=found.id)])
pulumi.export("found", [found.callback_name, found.url, found.max_batch_size, found.status])
pulumi.export("names", [each.callback_name for each in ens.get_callbacks()])
pulumi.export("subscriptions", [
    [each.subscription_name, each.event_category_types, each.filters, each.status]
    for each in ens.get_subscriptions(found.id)
])
assert found.url == {URL!r}
"""
LATER = """
import pulumi
import ens_provider as ens
from thing import Thing
# Its name is known once it is there.
live = Thing("live", title="Live")
found = ens.get_callback_output(name=live.title)
subscriptions = ens.get_subscriptions_output(found.apply(lambda callback: callback.id))
callbacks = ens.get_callbacks_output()
pulumi.export("url", found.apply(lambda callback: callback.url))
pulumi.export("names", callbacks.apply(lambda all: [each.callback_name for each in all]))
pulumi.export(
    "subscribed", subscriptions.apply(lambda all: [each.subscription_name for each in all])
)
"""
NOT_SET = (
    "{function}() finds nothing out in this preview: The stack configuration ens:subdomain is not "
    "set, and ENS cannot be called without it. Set SFMC_SUBDOMAIN in the environment, or run "
    "`pulumi config set ens:subdomain`: the part of your REST base URI before "
    ".rest.marketingcloudapis.com."
)
BY_NAME = [
    "POST token 200",
    "GET ens-callbacks 200",
]


def live(outside: Outside) -> None:
    """Have somebody else's live callback `Live` there, and a second one, `Other`."""
    outside.create_live_callback("Live")
    outside.create_callback("Other", url="https://other.test/")


def test_looked_up_in_up_and_in_a_preview(shop: Stack, outside: Outside, calls: Calls) -> None:
    """Each function asks the service once, in a preview too, and shows no key."""
    live(outside)
    calls.take()
    shop.program(DIRECT)
    asked = [
        "POST token 200",
        "GET ens-callbacks 200",
        "GET ens-callbacks 200",
        "GET ens-callbacks/Live 200",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/Live 200",
    ]

    assert shop.preview().code == 0
    assert calls.take() == asked
    assert shop.up().code == 0
    assert calls.take() == asked

    assert shop.outputs() == {
        "same": [True, True],
        "found": ["Live", URL, 1000, "verified"],
        "names": ["Live", "Other"],
        "subscriptions": [["welcome", [EMAIL_SENT], [], "active"]],
    }


def test_looked_up_by_what_is_known_late(shop: Stack, outside: Outside, calls: Calls) -> None:
    """The output forms wait for their arguments, and go on in a preview that knows them not yet."""
    live(outside)
    calls.take()
    shop.file("thing.py", THING.replace("**props, ", "**props, 'title': 'Live', "))
    shop.program(LATER.replace('title="Live"', "title=None"))

    previewed = shop.preview()

    assert (previewed.code, previewed.operations) == (0, {"create": 1})
    assert calls.take() == ["POST token 200", "GET ens-callbacks 200"]
    assert shop.up().code == 0
    assert shop.outputs() == {"url": URL, "names": ["Live", "Other"], "subscribed": ["welcome"]}


def test_without_credentials(
    new_stack: NewStack, shop: Stack, outside: Outside, calls: Calls
) -> None:
    """A preview goes on with a warning for each function; `up` is refused with the same words."""
    live(outside)
    calls.take()
    shop.file("thing.py", THING.replace("**props, ", "**props, 'title': 'Live', "))
    shop.with_environment(*CREDENTIALS)
    shop.program(LATER)
    told = [
        NOT_SET.format(function=function)
        for function in (
            "get_callback_output",
            "get_subscriptions_output",
            "get_callbacks_output",
        )
    ]

    previewed = shop.preview()

    assert (previewed.code, previewed.operations, warnings_of(previewed)) == (
        0,
        {"create": 1},
        told,
    )
    shop.program(
        "import ens_provider as ens\nassert ens.get_callbacks() == []\n"
        "assert ens.get_callback(name='Live').id == ''\n"
    )
    previewed = shop.preview()
    assert (previewed.code, len(warnings_of(previewed))) == (0, 2)
    refused = shop.up()
    assert refused.code != 0
    assert "ens_provider.ConfigurationError: The stack configuration ens:subdomain" in refused.text
    assert calls.take() == []


def test_not_exactly_one(shop: Stack, emulator: EmulatorProcess, outside: Outside) -> None:
    """A callback that is not there ends the program with a sentence that says where it is not."""
    live(outside)
    shop.program("import ens_provider as ens\nens.get_callback(name='Lively')\n")

    refused = shop.preview()

    assert refused.code != 0
    assert (
        "ens_provider.NotFoundError: Business unit 1234567 has not exactly one callback of the name "
        "'Lively', but none. Correct it, or use the credentials of the callback's business unit."
    ) in refused.text
