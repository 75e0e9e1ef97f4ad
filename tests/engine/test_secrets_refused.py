"""No secret in what is said of refusals, by a service and a receiver that quote all they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import EMAIL_SENT, Code, arguments
from tests.engine.tap import SHAPES
from tests.engine.watch import CLIENT_SECRET, TOKEN, keys_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.harness import RunResult, Stack
    from tests.engine.tap import Tap
    from tests.engine.watch import Watch

pytestmark = pytest.mark.engine

CALLBACKS = "/platform/v1/ens-callbacks"
VERIFY = "POST /platform/v1/ens-verify"
REGENERATE = "PUT /platform/v1/ens-regenerate"
SUBSCRIBE = "POST /platform/v1/ens-subscriptions"
HAND_OUT = "GET /keys"
STATUSES = (400, 401, 403, 404, 409, 418, 429, 500)
TOKEN_STATUSES = (400, 401, 403, 500)
RECEIVER_TOKEN = "the-token-of-the-receiver/that+nobody-may-see"
HANDED_IN = "dGhlIGtleSB0aGF0IGlzIGhhbmRlZCBpbiBieSBoYW5kIQ=="
LOUD = ("--diff", "--continue-on-error", "-v=9", "--logtostderr", "--logflow")
MANY = 16


def callbacks(*, size: int = 1000, path: str = "made") -> str:
    """Return the program of many callbacks."""
    inputs = {"probe_timeout_seconds": 0, "max_batch_size": size}
    lines = [
        f"c{n} = ens.Callback({arguments(f'c{n}', inputs)}, url='https://receiver.test/{path}-{n}')"
        for n in range(MANY)
    ]
    return "\n".join(["import os", "import ens_provider as ens", *lines, ""])


def hanging(tap: Tap) -> str:
    """Return the program of what hangs on each of the callbacks."""
    fetched = {
        "verification_key_url": f"{tap.url}/keys/{{callback_id}}",
        "verification_key_token": Code("os.environ['RECEIVER_TOKEN']"),
        "timeout_seconds": 0,
    }
    by_hand = {"verification_key": Code("os.environ['HANDED_IN']"), "timeout_seconds": 0}
    subscription = {"event_category_types": [EMAIL_SENT]}
    return "".join(
        f"ens.CallbackVerification({arguments(f'fetched-{n}', fetched)}, callback_id=c{n})\n"
        f"ens.CallbackVerification({arguments(f'by-hand-{n}', by_hand)}, callback_id=c{n})\n"
        f"ens.SignatureKey('k{n}', callback_id=c{n})\n"
        f"ens.Subscription({arguments(f's{n}', subscription)}, callback_id=c{n})\n"
        for n in range(MANY)
    )


@pytest.fixture
def quoted(guarded: Stack, tap: Tap) -> Stack:
    """Give a stack on a tapped line, whose plugin shows tracebacks."""
    guarded.with_environment(
        SFMC_AUTH_URL=tap.url,
        SFMC_REST_URL=tap.url,
        ENS_PROVIDER_DEBUG="1",
        RECEIVER_TOKEN=RECEIVER_TOKEN,
        HANDED_IN=HANDED_IN,
    )
    tap.learn(CLIENT_SECRET, RECEIVER_TOKEN, HANDED_IN)
    return guarded


def test_everything_is_refused_and_quoted(
    quoted: Stack, emulator: EmulatorProcess, tap: Tap, watch: Watch
) -> None:
    """Tokens, creations, verifications, keys, subscriptions, changes, reads and deletions."""

    def refused(result: RunResult, *routes: str) -> None:
        assert watch.ran(result).code != 0
        assert {
            route: len(tap.refused(route)) for route in routes if len(tap.refused(route)) < 2
        } == {}
        tap.learn(*keys_of(emulator))
        tap.clear()

    quoted.program(callbacks())
    tap.refuse("POST /v2/token", TOKEN_STATUSES, SHAPES)
    refused(quoted.up(*LOUD), "POST /v2/token")
    tap.refuse(f"POST {CALLBACKS}", STATUSES, SHAPES)
    refused(quoted.up(*LOUD), f"POST {CALLBACKS}")
    assert watch.ran(quoted.up(*LOUD)).code == 0
    tap.clear()

    quoted.program(callbacks() + hanging(tap))
    tap.refuse(HAND_OUT, (200, *STATUSES), SHAPES)
    for route in (VERIFY, SUBSCRIBE):
        tap.refuse(route, STATUSES, SHAPES)
    tap.refuse(REGENERATE, STATUSES, SHAPES, after=True)
    refused(quoted.up(*LOUD), HAND_OUT, VERIFY, SUBSCRIBE, REGENERATE)

    quoted.program(callbacks(size=500))
    tap.refuse(f"PUT {CALLBACKS}", (400, 403, 404, 418), SHAPES)
    refused(quoted.up(*LOUD), f"PUT {CALLBACKS}")
    emulator.move_clock(121)
    tap.refuse(f"GET {CALLBACKS}", (400, 403, 418), SHAPES)
    refused(quoted.refresh("--diff", "-v=9", "--logtostderr", "--logflow"), f"GET {CALLBACKS}")
    tap.refuse(f"DELETE {CALLBACKS}", (400, 403, 409, 418), SHAPES)
    refused(quoted.destroy(*LOUD), f"DELETE {CALLBACKS}")
    assert watch.ran(quoted.destroy()).code == 0

    # Of each callback that came about its two keys, and what each rotation made of one.
    assert len(tap.secrets) > 3 * MANY
    watch.assert_none_of([*tap.secrets, TOKEN])
