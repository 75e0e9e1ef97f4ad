"""Inputs that ENS cannot take are refused in the preview, all at once, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack

pytestmark = pytest.mark.engine

PROBLEM = "pulumi-python:dynamic/ens:Callback resource 'orders' has a problem: "


def test_every_problem_is_told_and_nothing_is_changed(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """A preview and an `up` tell each wrong input in a sentence; the present callback stays."""
    shop.program(orders())
    shop.up()
    callbacks = emulator.state()
    calls.take()
    shop.program(orders(url="http://receiver.test/orders", max_batch_size=99))

    for result in (shop.preview(), shop.up()):
        assert (result.code, result.operations) == (1, {})
        assert [error for error in result.errors if error.startswith(PROBLEM)] == [
            PROBLEM + "url: it does not begin with https://; ENS calls https endpoints only.",
            PROBLEM + "max_batch_size: it is 99; give 100 to 1000 events.",
        ]

    assert calls.take() == []
    assert emulator.state() == callbacks


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "https://receiver.test:8443/orders",
            "url: it has a port; ENS takes https://host/path without one, on port 443.",
        ),
        (
            "https://receiver.test/orders?token=1",
            "url: it has a query; ENS takes https://host/path without one.",
        ),
        (
            "https://me@receiver.test/orders",
            "url: it contains user information; ENS takes https://host/path only.",
        ),
    ],
)
def test_url_form_that_ens_does_not_take(shop: Stack, calls: Calls, url: str, problem: str) -> None:
    """Each form of URL that ENS refuses has its own sentence, before anything is called."""
    shop.program(orders(url=url))

    result = shop.preview()

    assert (result.code, result.operations) == (1, {})
    assert [d.message for d in result.diagnostics if d.urn] == [PROBLEM + problem]
    assert calls.take() == []
