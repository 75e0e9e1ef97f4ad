"""No secret of a handshake in anything printed, logged, planned or stored, at any verbosity."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import HOOKS_URL, KEY, URL, Code, handshake, orders
from tests.engine.watch import CLIENT_SECRET, TOKEN, Watch, keys_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from ens_provider.receiver.process import ReceiverProcess
    from tests.engine.harness import Stack
    from tests.engine.tap import Tap
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

WRONG_KEY = base64.b64encode(b"a verification key of something else").decode()
WRONG_TOKEN = "a-token-that-nobody-may-see"
DEBUGGING = {"ENS_PROVIDER_DEBUG": "1"}
# Characters that JSON, URLs, HTML and formats write in another way.
ACTIVE = 'the-"active"/secret+of-the-%s-client&=='
STAGED = "the-staged-<secret>-that-{nobody}-may-see"
LOUD = ("-v=9", "--logtostderr", "--logflow")
SHOWN = ("--diff", "--show-replacement-steps", "--show-sames")
EVERYTHING = (*SHOWN, "--show-config", "--show-reads", *LOUD)
COMMANDS = (
    ("stack", "output"),
    ("stack", "output", "--json"),
    ("config",),
    ("config", "--json"),
    ("stack", "history", "--json"),
    ("stack", "--show-ids", "--show-urns"),
)


def by_hand(name: str) -> dict[str, object]:
    """Return the inputs of a verification whose key is a secret of the stack."""
    key = Code(f"pulumi.Config().require({name!r})")
    return {"verification_key": key, "timeout_seconds": 0}


def life(version: str, *, url: str = HOOKS_URL, paused: bool = False) -> str:
    """Return the program of a moment in the handshake's life; the receiver's token is a secret."""
    verification = {
        "verification_key_url": Code("os.environ['VERIFICATION_KEY_URL']"),
        "verification_key_token": Code("pulumi.Config().require_secret('token')"),
    }
    return handshake(
        callback={"url": url},
        verification=verification,
        key={"version": version},
        subscription={"paused": paused},
    )


@pytest.fixture
def configured(
    keyed: Stack, emulator: EmulatorProcess, tap: Tap, receiver: ReceiverProcess
) -> Stack:
    """Give the shop's stack with all its secrets in its configuration, on a tapped line."""
    emulator.set_client("client", client_secret=ACTIVE, staged_secret=STAGED)
    keyed.with_environment(
        *("SFMC_AUTH_URL", "SFMC_REST_URL", "SFMC_CLIENT_ID", "SFMC_CLIENT_SECRET"),
        PULUMI_EXPERIMENTAL="true",
        # Where the engine puts logs that do not go to stderr.
        TMPDIR=str(keyed.folder.parent),
    )
    for name, value in (("clientId", "client"), ("authUrl", tap.url), ("restUrl", tap.url)):
        keyed.config(f"ens:{name}", value)
    for name, value in (
        ("ens:clientSecret", ACTIVE),
        ("ens:clientSecretNext", STAGED),
        ("token", receiver.token),
    ):
        keyed.config(name, value, secret=True)
    tap.learn(ACTIVE, STAGED, receiver.token)
    return keyed


def test_life_with_a_receiver(
    configured: Stack, emulator: EmulatorProcess, tap: Tap, receiver: ReceiverProcess
) -> None:
    """Planned, made, rotated, moved, refreshed and destroyed without a word too much.

    Nothing is excused with an engine of today: it shows its own configuration of a provider as
    `[secret]`, too. What older ones say of their own calls at -v=9 is `EXCUSED` by name.
    """
    stack, watch = configured, Watch(configured, configured.folder.parent)
    plan = str(stack.folder.parent / "plan.json")
    stack.program(life("1"))
    assert watch.ran(stack.preview("--save-plan", plan, *EVERYTHING)).code == 0
    assert watch.ran(stack.up("--plan", plan, *EVERYTHING)).operations == {"create": 4}
    tap.learn(*keys_of(emulator))

    stack.with_environment(**DEBUGGING)
    stack.program(life("2", paused=True))
    assert watch.ran(stack.preview("--json", "-v=9")).operations == {"update": 2}
    assert watch.ran(stack.up("--debug", *EVERYTHING)).operations == {"update": 2}
    assert stack.outputs()["previous_keys"] == "[secret]"
    first, second = [key for key in tap.secrets if key in _keys(stack)]
    assert stack.outputs(show_secrets=True)["previous_keys"] == [first]
    assert stack.outputs(show_secrets=True)["signature_key"] == second

    stack.program(life("2", url="https://hooks.test/moved", paused=True))
    assert watch.ran(stack.up(*EVERYTHING)).operations == {"replace": 4}
    emulator.move_clock(121)
    assert watch.ran(stack.refresh(*SHOWN, *LOUD)).code == 0
    flag = f"{stack.urn_prefix}{KEY}::orders"
    assert watch.ran(stack.up("--json", "--debug", "--replace", flag)).code == 0
    tap.learn(*keys_of(emulator))
    for command in COMMANDS:
        watch.command(*command)
    assert watch.ran(stack.destroy(*SHOWN, "--show-config", *LOUD)).code == 0
    watch.printed(receiver.output(), by="receiver")

    # Two client secrets, the receiver's token, ours, and of two callbacks the keys.
    assert len(tap.secrets) >= 3 + 7 + 5 + 2
    watch.assert_none_of([*tap.secrets, TOKEN])
    watch.assert_excused_as_needed()


def test_key_by_hand_and_what_is_refused(
    guarded: Stack,
    keyed: Stack,
    emulator: EmulatorProcess,
    endpoint: Endpoint,
    receiver: ReceiverProcess,
    watch: Watch,
) -> None:
    """Wrong, malformed and refused keys and tokens are told without showing them."""
    assert guarded is keyed
    keyed.program(orders())
    watch.ran(keyed.up())
    key = endpoint.probes[0]["verificationKey"]
    for name, value in (("wrong", WRONG_KEY), ("malformed", WRONG_KEY[:-1]), ("key", key)):
        keyed.config(name, value, secret=True)
    keyed.with_environment(**DEBUGGING)
    for name in ("malformed", "wrong"):
        keyed.program(handshake(callback={"url": URL}, verification=by_hand(name)))
        assert watch.ran(keyed.up("--diff", "--debug")).code == 1
    keyed.with_environment(RECEIVER_TOKEN=WRONG_TOKEN)
    keyed.program(handshake(callback={"url": URL}))
    assert watch.ran(keyed.up("--diff", *LOUD)).code == 1
    keyed.program(handshake(callback={"url": URL}, verification=by_hand("key")))
    assert watch.ran(keyed.up("--diff", "--debug")).operations == {"create": 3}

    watch.assert_none_of(
        [
            *(WRONG_KEY, WRONG_KEY[:-1], WRONG_TOKEN, receiver.token, CLIENT_SECRET, TOKEN),
            *keys_of(emulator),
        ]
    )


def _keys(stack: Stack) -> list[str]:
    outputs = stack.outputs(show_secrets=True)
    return [outputs["signature_key"], *outputs["previous_keys"]]
