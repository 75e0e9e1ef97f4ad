"""Endpoints that do not answer the creation probe: what the user reads, and what stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.programs import CALLBACK, THING, orders
from tests.engine.readings import sentence

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import Stack
    from tools.endpoint import Endpoint

pytestmark = pytest.mark.engine

KEPT = {"failed_callback_kept": "true"}
NOT_KEPT = {"failed_callback_kept": "false"}
STRING = {"probe_failure_body": "string"}
ENVELOPE = {"probe_failure_body": "envelope"}
DELETED = " The callback that the attempt left behind ({id}) was deleted."
NOTHING_SEEN = (
    " ENS shows no callback that the attempt left behind; should one appear, the next attempt or "
    "`pulumi up` deletes it."
)
LOOK_UPS = {
    "true": ["GET ens-callbacks/{id} 200", "DELETE ens-callbacks/{id} 200"],
    "false": ["GET ens-callbacks/{id} 404", "DELETE ens-callbacks/{id} 404"],
}

NOT_RESOLVED = (
    "(NameResolutionFailure: The remote name could not be resolved: 'nowhere.test'): the host name "
    "has no public DNS entry that ENS can see. Create or correct the entry, and wait until it has "
    "spread."
)
REFUSED = (
    "(ConnectFailure: Unable to connect to the remote server): nothing accepts connections on port "
    "443 of that host. Start the endpoint, and let a firewall in front of it admit Marketing "
    "Cloud's addresses."
)
UNTRUSTED = (
    "(TrustFailure: The underlying connection was closed: Could not establish trust relationship "
    "for the SSL/TLS secure channel): the endpoint's TLS certificate is not trusted. Serve a "
    "certificate of a public authority for exactly that host name, with its whole chain."
)
ANSWERED = (
    "(ProtocolError: The remote server returned an error: ({status}) {phrase}): the endpoint "
    "answered {status}. ENS takes exactly 200 here, not another 2xx and no redirect: answer POST "
    "requests to that path with 200."
)
NOT_FOUND = ANSWERED.format(status=404, phrase="Not Found")
BROKEN = ANSWERED.format(status=500, phrase="Internal Server Error")
NO_CONTENT = ANSWERED.format(status=204, phrase="No Content")
CLOSED = (
    "(ConnectionClosed: The underlying connection was closed: The connection was closed "
    "unexpectedly): the endpoint closed the connection before it answered. Look for a crash in its "
    "log."
)
TIMED_OUT = (
    "(Timeout: The operation has timed out): the endpoint did not answer within 30 seconds. Answer "
    "the probe before any slow work, and check for cold starts and for a firewall that drops "
    "packets."
)


@pytest.mark.parametrize(
    ("host", "switches", "reason"),
    [
        pytest.param("nowhere.test", KEPT | STRING, NOT_RESOLVED, id="name not resolved"),
        pytest.param("dead1.test", KEPT | ENVELOPE, REFUSED, id="connection refused"),
        pytest.param("untrusted.test", NOT_KEPT | STRING, UNTRUSTED, id="certificate not trusted"),
    ],
)
def test_endpoint_out_of_reach(
    shop: Stack, calls: Calls, host: str, switches: dict[str, str], reason: str
) -> None:
    """Without a budget one attempt is made; its sentence explains the status, nothing is left."""
    calls.emulator.set_switches(**switches)
    shop.program(orders(url=f"https://{host}/orders", probe_timeout_seconds=0))

    _assert_refused(shop, calls, f"https://{host}/orders", reason)


@pytest.mark.parametrize(
    ("answer", "switches", "reason"),
    [
        pytest.param({"status": 404}, NOT_KEPT | ENVELOPE, NOT_FOUND, id="404"),
        pytest.param({"status": 500}, KEPT | ENVELOPE, BROKEN, id="500"),
        pytest.param({"status": 204}, KEPT | STRING, NO_CONTENT, id="204"),
        pytest.param({"status": None}, NOT_KEPT | STRING, CLOSED, id="no answer"),
        pytest.param({"delay_seconds": 20}, KEPT | STRING, TIMED_OUT, id="too late"),
    ],
)
def test_endpoint_that_answers_wrongly(
    shop: Stack,
    endpoint: Endpoint,
    calls: Calls,
    answer: dict[str, Any],
    switches: dict[str, str],
    reason: str,
) -> None:
    """Anything but a 200 in time is explained the same way, and nothing is left."""
    calls.emulator.set_switches(**switches)
    endpoint.answer(**answer)
    shop.program(orders(probe_timeout_seconds=0))

    _assert_refused(shop, calls, "https://receiver.test/orders", reason)


def _assert_refused(shop: Stack, calls: Calls, url: str, reason: str) -> None:
    result = shop.up()

    emulator = calls.emulator
    kept = emulator.switches()["failed_callback_kept"]
    assert (result.code, result.operations) == (1, {})
    assert sentence(result) == (
        "ens_provider.ProbeFailed: ENS could not verify the endpoint of callback "
        f"'shop-dev-orders' ({url}) {reason}" + (DELETED if kept == "true" else NOTHING_SEEN)
    )
    assert calls.take() == ["POST token 200", "POST ens-callbacks 400", *LOOK_UPS[kept]]
    assert emulator.state() == {"callbacks": [], "subscriptions": []}
    assert shop.state() == []


def test_endpoint_that_listens_later(
    shop: Stack, emulator: EmulatorProcess, late_endpoint: Endpoint
) -> None:
    """The creation is tried again, with a live line beside its resource, until it succeeds."""
    shop.program(orders(url="https://late.test/orders"))
    run = shop.start_up()
    run.command.wait_for_text("attempt 1 failed, the next follows in 2 s, for at most 300 s more")

    late_endpoint.start()
    result = run.wait()

    assert (result.code, result.operations, result.errors) == (0, {"create": 1}, ())
    [callback] = emulator.state()["callbacks"]
    assert [each["id"] for each in shop.state()] == [callback["callbackId"]]
    assert [probe["callbackId"] for probe in late_endpoint.probes] == [callback["callbackId"]]
    urn = f"{shop.urn_prefix}{CALLBACK}::orders"
    lines = [d for d in result.diagnostics if d.message.startswith("attempt ")]
    assert [(d.severity, d.urn, d.ephemeral) for d in lines] == [("info", urn, True)] * len(lines)
    warnings = [d.message for d in result.diagnostics if d.severity == "warning"]
    assert warnings == [
        f"retrying create due to on-error hook request ({number}/100)"
        for number in range(1, len(lines) + 1)
    ]


def test_budget_spent(shop: Stack, emulator: EmulatorProcess, calls: Calls) -> None:
    """When the budget is spent the reader's last line is our sentence, and nothing is left."""
    shop.program(orders(url="https://dead1.test/orders", probe_timeout_seconds=1))

    result = shop.up()

    assert (result.code, result.operations) == (1, {})
    attempt = ["POST ens-callbacks 400", *LOOK_UPS["true"]]
    assert calls.take() == ["POST token 200", *attempt, *attempt]
    told = [d for d in result.diagnostics if d.urn and not d.ephemeral]
    assert [d.severity for d in told] == ["warning", "error"]
    assert sentence(result).endswith(f"(https://dead1.test/orders) {REFUSED}{DELETED}")
    assert emulator.state()["callbacks"] == []
    assert shop.state() == []


def test_dead_endpoints_hold_nobody_up(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """What is independent of six dead endpoints comes about before one of them is tried again."""
    shop.file("thing.py", THING)
    # The URL is known late, so that the program and the plugin have work to do while others wait.
    shop.program("""
        import ens_provider as ens
        from thing import Thing

        for number in range(1, 7):
            url = f"https://dead{number}.test/"
            ens.Callback(f"dead{number}", url=url, probe_timeout_seconds=2)
        ens.Callback("independent", url=Thing("front").url)
    """)

    result = shop.up("--continue-on-error")

    assert (result.code, result.operations) == (1, {"create": 2})
    probes = calls.take_probes()
    assert sorted(probes) == sorted(
        [f"PROBE https://dead{number}.test/ -" for number in range(1, 7)] * 2
        + ["PROBE https://receiver.test/orders 200"]
    )
    first_round = probes[: probes.index("PROBE https://receiver.test/orders 200")]
    assert len(first_round) == len(set(first_round))
    assert [c["callbackName"] for c in emulator.state()["callbacks"]] == ["shop-dev-independent"]
