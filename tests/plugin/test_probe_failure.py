"""An endpoint that does not answer the creation probe: what is said, and what is left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.plugin.conftest import NOBODY
from tests.plugin.driver import Plugin, declared, refusal
from tests.plugin.probe_sentences import (
    CLOSED,
    CRASHED,
    DELETED,
    NOBODY_LISTENS,
    NONE_LEFT,
    PROBED,
    exactly_200,
)
from tests.plugin.service import CREATE, DELETE, GET, LIST, URL, Service
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess


def _refused(endpoint: Endpoint) -> None:
    endpoint.stop()


def _answering(status: int | None) -> Callable[[Endpoint], None]:
    headers = {"Location": "https://receiver.test/elsewhere"} if status == 307 else {}
    return lambda endpoint: endpoint.answer(status, headers=headers)


@pytest.mark.parametrize(
    ("breaks", "quoted", "explained"),
    [
        (
            _refused,
            "ConnectFailure: Unable to connect to the remote server",
            NOBODY_LISTENS,
        ),
        (
            _answering(None),
            f"ConnectionClosed: {CLOSED}The connection was closed unexpectedly",
            CRASHED,
        ),
        (
            _answering(201),
            "ProtocolError: The remote server returned an error: (201) Created",
            exactly_200(201),
        ),
        (
            _answering(307),
            "ProtocolError: The remote server returned an error: (307) Temporary Redirect",
            exactly_200(307),
        ),
        (
            _answering(404),
            "ProtocolError: The remote server returned an error: (404) Not Found",
            exactly_200(404),
        ),
        (
            _answering(500),
            "ProtocolError: The remote server returned an error: (500) Internal Server Error",
            exactly_200(500),
        ),
    ],
    ids=["refused", "closed", "201", "307", "404", "500"],
)
@pytest.mark.parametrize(
    "switches",
    [
        {"failed_callback_kept": kept, "probe_failure_body": body}
        for kept in ("true", "false")
        for body in ("string", "envelope")
    ],
    ids=["kept-string", "kept-envelope", "not-kept-string", "not-kept-envelope"],
)
def test_a_real_endpoint_fails_and_heals(
    plugin: Plugin,
    service: Service,
    breaks: Callable[[Endpoint], None],
    quoted: str,
    explained: str,
    switches: dict[str, str],
) -> None:
    """The status is explained, what is left behind is deleted, the next creation succeeds."""
    service.emulator.set_switches(**switches)
    kept = switches["failed_callback_kept"]
    breaks(service.endpoint)
    sentence = refusal(plugin.create, declared())
    calls = service.calls()
    # What is not shown may be hidden by a lag of the reads.
    looked_up = ["GET ens-callbacks/#1 404", "DELETE ens-callbacks/#1 404"]
    deleted = ["GET ens-callbacks/#1 200", "DELETE ens-callbacks/#1 200"]
    assert calls[0] == "POST ens-callbacks 400"
    assert calls[2:] == (deleted if kept == "true" else looked_up)
    left = DELETED.format(id="#1") if kept == "true" else NONE_LEFT
    assert service.labelled(sentence) == f"{PROBED}({quoted}): {explained}{left}"
    assert service.callbacks() == {}
    _heals(plugin, service)


def _heals(plugin: Plugin, service: Service) -> None:
    service.endpoint.start()
    service.endpoint.answer(200)
    service.emulator.clear_faults()
    service.forget_calls()
    created = plugin.create(declared())
    assert service.calls() == ["POST ens-callbacks 201", f"PROBE {URL} 200"]
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]
    assert service.key_of(created.id) == created.outputs["signature_key"]


def test_a_host_that_has_no_address(plugin: Plugin, service: Service) -> None:
    """The documented failure, word for word."""
    inputs = declared(url="https://nowhere.test/orders")
    assert service.labelled(refusal(plugin.create, inputs)) == (
        "ens_provider.ProbeFailed: ENS could not verify the endpoint of callback 'orders' "
        "(https://nowhere.test/orders) (NameResolutionFailure: The remote name could not be "
        "resolved: 'nowhere.test'): the host name has no public DNS entry that ENS can see. Create "
        "or correct the entry, and wait until it has spread. The callback that the attempt left "
        "behind (#1) was deleted."
    )
    assert service.calls() == [
        "POST ens-callbacks 400",
        "PROBE https://nowhere.test/orders -",
        "GET ens-callbacks/#1 200",
        "DELETE ens-callbacks/#1 200",
    ]
    assert service.callbacks() == {}


def test_a_certificate_that_nobody_trusts_and_an_answer_that_is_late(tmp_path: Path) -> None:
    """Real TLS with a foreign authority, and a real endpoint slower than the service waits."""
    with Endpoint(["slow.test"]) as slow, Endpoint(["odd.test"]) as untrusted:
        options = EmulatorOptions(
            resolve=[*slow.resolve, *untrusted.resolve],
            ca_file=slow.ca_file,
            probe_timeout_seconds=0.5,
        )
        slow.answer(200, delay_seconds=30)
        with EmulatorProcess(options) as emulator:
            access = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
            service = Service(emulator, slow)
            with Plugin(tmp_path, service=access) as plugin:
                late = refusal(plugin.create, declared(url="https://slow.test/"))
                odd = refusal(plugin.create, declared(url="https://odd.test/"))
            assert service.callbacks() == {}
    service.labelled(late)
    assert service.labelled(late) == (
        "ens_provider.ProbeFailed: ENS could not verify the endpoint of callback 'orders' "
        "(https://slow.test/) (Timeout: The operation has timed out): the endpoint did not answer "
        "within 30 seconds. Answer the probe before any slow work, and check for cold starts and "
        "for a firewall that drops packets. The callback that the attempt left behind (#1) was "
        "deleted."
    )
    assert service.labelled(odd) == (
        "ens_provider.ProbeFailed: ENS could not verify the endpoint of callback 'orders' "
        f"(https://odd.test/) (TrustFailure: {CLOSED}Could not establish trust relationship for the "
        "SSL/TLS secure channel): the endpoint's TLS certificate is not trusted. Serve a "
        "certificate of a public authority for exactly that host name, with its whole chain. The "
        "callback that the attempt left behind (#2) was deleted."
    )


def _no_permission(does: str, permission: str) -> str:
    return (
        f"ENS refused to {does} callback #1 (403): Insufficient privileges to complete this action. "
        f"Give the installed package the permission Event Notifications > Callbacks > {permission} "
        f"(scope event_notification_callback_{permission.lower()}) in Setup; a new token shows it "
        "after up to 5 minutes."
    )


LIST_REFUSED = (
    "ENS refused to list the callbacks (400, errorcode 10000): Status 400. Correct what it names, "
    "then run `pulumi up` again."
)
TEXT_WITHOUT_ID = (
    f"MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: Could not verify callback url `'{URL}'`. "
    "Status: ProtocolError. The remote server returned an error: (500) Internal Server Error."
)
CLEANING_UP = [
    (
        DELETE,
        403,
        ["GET ens-callbacks/#1 200", "DELETE ens-callbacks/#1 403"],
        _no_permission("delete", "Delete"),
    ),
    (GET, 403, ["GET ens-callbacks/#1 403"], _no_permission("read", "Read")),
    (LIST, 400, ["GET ens-callbacks 400"], LIST_REFUSED),
]


@pytest.mark.parametrize(
    ("route", "status", "calls", "said"), CLEANING_UP, ids=["delete", "get", "list"]
)
def test_a_clean_up_that_fails_is_told_beside_the_probe(
    plugin: Plugin, service: Service, route: str, status: int, calls: list[str], said: str
) -> None:
    """The probe's failure stays the error, and worth another attempt, which cleans up."""
    service.endpoint.answer(500)
    service.emulator.add_fault(route=route, do="status", status=status)
    if route == LIST:
        service.emulator.add_fault(route=CREATE, when="after", do="body", body=TEXT_WITHOUT_ID)
    sentence = refusal(plugin.create, declared())
    assert service.calls() == ["POST ens-callbacks 400", f"PROBE {URL} 500", *calls]
    assert service.labelled(sentence) == (
        f"{PROBED}(ProtocolError: The remote server returned an error: (500) Internal Server "
        f"Error): {exactly_200(500)}What the attempt left behind could not be deleted ({said}); "
        "the next attempt or `pulumi up` deletes it."
    )
    assert list(service.callbacks()) == ["#1"]
    service.endpoint.answer(200)
    created = plugin.create(declared())
    assert service.calls() == [
        "POST ens-callbacks 304",
        "GET ens-callbacks 200",
        "GET ens-subscriptions-by-cb/#1 200",
        "DELETE ens-callbacks/#1 200",
        "POST ens-callbacks 201",
        f"PROBE {URL} 200",
    ]
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]


def test_a_leftover_that_reads_do_not_show_yet_is_deleted(plugin: Plugin, service: Service) -> None:
    """Reads lag: it goes all the same, so that another name or URL finds nothing in its way."""
    service.emulator.set_switches(propagation_seconds=60)
    service.endpoint.answer(500)
    sentence = service.labelled(refusal(plugin.create, declared()))
    assert sentence == (
        f"{PROBED}(ProtocolError: The remote server returned an error: (500) Internal Server "
        f"Error): {exactly_200(500)}{DELETED.format(id='#1')}"
    )
    assert service.calls() == [
        "POST ens-callbacks 400",
        f"PROBE {URL} 500",
        "GET ens-callbacks/#1 404",
        "DELETE ens-callbacks/#1 200",
    ]
    assert service.callbacks() == {}
    service.endpoint.answer(200)
    created = plugin.create(declared(callback_name="renamed"))
    assert [c["callbackId"] for c in service.callbacks().values()] == [created.id]


def test_what_reads_do_not_show_is_deleted_for_the_declared_url_only(
    plugin: Plugin, service: Service
) -> None:
    """A text about another URL names an id that is not ours, and nothing is deleted."""
    text = TEXT_WITHOUT_ID.replace("Could not", f"CallbackId is {NOBODY}. Could not")
    other = text.replace(URL, "https://receiver.test/other")
    service.emulator.add_fault(
        route=CREATE, do="status", status=400, body=other, headers={"Content-Type": "text/plain"}
    )
    sentence = refusal(plugin.create, declared())
    assert sentence.endswith(NONE_LEFT)
    assert service.calls() == ["POST ens-callbacks 400", "GET ens-callbacks/#1 404"]


def test_an_endpoint_that_verifies_itself_in_the_probe_is_known_to_the_service(
    plugin: Plugin, service: Service
) -> None:
    """A callback is there while it is probed, and nothing is verified by this provider."""
    service.endpoint.hook = lambda probe: service.send("POST", "ens-verify", probe)
    created = plugin.create(declared())
    [callback] = service.callbacks().values()
    assert callback["verified"]
    assert callback["callbackId"] == created.id
