"""Verifying a callback with the key that its receiver hands out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import (
    Plugin,
    PluginError,
    ResourceType,
    declared,
    declared_verification,
    refusal,
)
from tests.plugin.key_host import KeyHost
from tests.plugin.service import MID, VERIFY, Service
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess

TOKEN = "hush-hush-token"
OTHER = "08b67f0e-5be8-4673-97e9-682c133f778c"
PATH = "/keys/orders"
ORDERS = "Callback 'orders' (id orders, https://receiver.test/orders)"
WAYS = (
    "A callback has to be verified within 4 hours of its creation, and there are three ways: the "
    "receiver verifies itself when it is probed, verification_key_url (and verification_key_token) "
    "says where the receiver hands out the key that the probe brought, or verification_key is that "
    "key."
)
NO_KEY = (
    "ens_provider.UnexpectedAnswerError: The receiver answered 200 at {place} with {what}, when "
    "asked for the verification key of callback orders. It has to answer "
    '{{"callbackId": …, "verificationKey": …}}: correct verification_key_url.'
)
VERIFIED = ["POST ens-verify 200"]
LOOKED = ["GET ens-callbacks/orders 200"]
SPENT = ["POST ens-verify 400", *LOOKED]


@pytest.fixture(scope="session")
def host_of_session() -> Iterator[KeyHost]:
    """Serve the receiver's keys."""
    with KeyHost() as host:
        yield host


@pytest.fixture
def host(host_of_session: KeyHost) -> KeyHost:
    """Give a receiver that holds no key and was asked nothing."""
    host_of_session.clear()
    return host_of_session


@pytest.fixture(scope="session")
def trusting_plugin(
    emulator_of_session: EmulatorProcess,
    host_of_session: KeyHost,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Plugin]:
    """Run a plugin that trusts the receiver's certificate, as `REQUESTS_CA_BUNDLE` tells it."""
    emulator = emulator_of_session
    service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
    trusted = {"REQUESTS_CA_BUNDLE": host_of_session.ca_file}
    folder = tmp_path_factory.mktemp("trusting-plugin")
    with Plugin(folder, service=service, extra=trusted) as plugin:
        yield plugin


@pytest.fixture
def verifications(trusting_plugin: Plugin, service: Service) -> ResourceType:
    """Give the methods of the resource, of a plugin that has a token."""
    gone = {"callback_name": "-", "url": "https://receiver.test/-", "mid": MID}
    trusting_plugin.delete("00000000-0000-4000-8000-000000000000", gone)
    service.forget_calls()
    return trusting_plugin.of("CallbackVerification")


@pytest.fixture
def orders(service: Service) -> str:
    """Give a callback that nobody has verified."""
    return service.create("orders")


def _from(host: KeyHost, callback_id: str, **changes: Any) -> dict[str, Any]:
    given = {"verification_key_url": host.url(), "verification_key_token": TOKEN, **changes}
    kept = {name: value for name, value in given.items() if value is not None}
    return declared_verification(callback_id, **kept)


def _hand_out(host: KeyHost, service: Service, callback_id: str, **more: object) -> None:
    body: dict[str, object] = {"verificationKey": service.verification_key_of(callback_id), **more}
    host.answer(f"/keys/{callback_id}", 200, body)


def _asked(host: KeyHost, service: Service) -> list[str]:
    asked, host.asked = host.asked, []
    return [service.labelled(request) for request in asked]


def _waits(because: str) -> str:
    return (
        f"ens_provider.NotYetVerified: {ORDERS} is not verified yet (status 'unverified'). "
        f"{because} {WAYS}"
    )


def test_one_request_for_the_key_and_one_with_it(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """The id stands in the address, the token in the header; nothing else is read."""
    _hand_out(host, service, orders, callbackId=orders)
    inputs = _from(host, orders)
    created = verifications.create(inputs)
    assert _asked(host, service) == [f"GET {PATH} Bearer {TOKEN}"]
    assert service.calls() == VERIFIED
    assert service.callbacks()["orders"]["verified"]
    known = {"status": "verified", "mid": MID, "verified_at": created.outputs["verified_at"]}
    assert created.outputs == {**inputs, **known}
    assert created.secrets == {"verification_key_token"}


@pytest.mark.parametrize(
    "more",
    [{}, {"callbackId": None}, {"callbackId": 7}, {"other": [1, {"a": None}]}],
    ids=["key-alone", "null-id", "id-that-is-none", "unknown-fields"],
)
def test_what_else_the_receiver_says_does_not_matter(
    verifications: ResourceType,
    service: Service,
    host: KeyHost,
    orders: str,
    more: dict[str, object],
) -> None:
    """The key is enough."""
    _hand_out(host, service, orders, **more)
    verifications.create(_from(host, orders))
    assert service.calls() == VERIFIED


def test_an_id_in_capitals_and_a_key_with_white_space(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """Both are what they are otherwise."""
    key = f" {service.verification_key_of(orders)}\n"
    host.answer(f"/keys/{orders}", 200, {"callbackId": orders.upper(), "verificationKey": key})
    verifications.create(_from(host, orders))
    assert service.calls() == VERIFIED


def test_without_a_token_no_header_is_sent(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """The address alone may be the secret."""
    _hand_out(host, service, orders)
    verifications.create(_from(host, orders, verification_key_token=None))
    assert _asked(host, service) == [f"GET {PATH} -"]


def test_the_id_is_filled_in_wherever_it_stands(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """In the path and in the query, as often as it stands there."""
    key: dict[str, object] = {"verificationKey": service.verification_key_of(orders)}
    host.answer(f"/{orders}/key?of={orders}&code=hush", 200, key)
    url = host.url("/{callback_id}/key?of={callback_id}&code=hush")
    verifications.create(_from(host, orders, verification_key_url=url))
    assert _asked(host, service) == [f"GET /orders/key?of=orders&code=hush Bearer {TOKEN}"]
    assert service.calls() == VERIFIED


def test_a_key_that_the_receiver_does_not_hold_yet_is_waited_for(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """Each attempt asks once and looks once; the query of the address is not shown."""
    inputs = _from(host, orders, verification_key_url=host.url("/keys/{callback_id}?code=hush"))
    because = (
        "The receiver answered 404 when asked for the verification key of callback orders at "
        f"{host.url(PATH)}: it does not hold that key (yet)."
    )
    for _ in range(2):
        assert service.labelled(refusal(verifications.create, inputs)) == _waits(because)
        assert _asked(host, service) == [f"GET {PATH}?code=hush Bearer {TOKEN}"]
        assert service.calls() == LOOKED
    key: dict[str, object] = {"verificationKey": service.verification_key_of(orders)}
    host.answer(f"/keys/{orders}?code=hush", 200, key)
    created = verifications.create(inputs)
    assert service.calls() == VERIFIED
    assert created.outputs["unverified_status"] == "unverified"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_receiver_that_fails_is_waited_for(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, status: int
) -> None:
    """What it says is not repeated: it may say anything."""
    host.answer(f"/keys/{orders}", status, b"hush")
    because = (
        f"The receiver answered {status} when asked for the verification key of callback orders "
        f"at {host.url(PATH)}: look into its log."
    )
    assert service.labelled(refusal(verifications.create, _from(host, orders))) == _waits(because)
    assert _asked(host, service) == [f"GET {PATH} Bearer {TOKEN}"]
    assert service.calls() == LOOKED


def test_a_receiver_that_hangs_up_is_waited_for(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """It may be starting."""
    host.answer(f"/keys/{orders}", None)
    because = (
        f"No complete answer came from {host.address} when asked to hand out the verification key "
        "of callback orders: it closed the connection. Run `pulumi up --refresh`."
    )
    assert service.labelled(refusal(verifications.create, _from(host, orders))) == _waits(because)
    assert service.calls() == LOOKED


def test_a_receiver_that_does_not_listen_is_waited_for(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """It may not be up yet."""
    address = service.nobody()
    url = f"https://{address}/keys/{{callback_id}}?code=hush"
    inputs = _from(host, orders, verification_key_url=url)
    because = (
        f"{address} could not be reached to hand out the verification key of callback orders: it "
        "refused the connection. Nothing was sent. Check the network, the proxy and the address of "
        "the receiver, then run the command again."
    )
    assert service.labelled(refusal(verifications.create, inputs)) == _waits(because)
    assert service.calls() == LOOKED


@pytest.mark.parametrize("answer", ["404", "silence"])
def test_a_callback_that_somebody_else_verified_needs_no_key_of_the_receiver(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, answer: str
) -> None:
    """What the key is for has come about already."""
    host.answer(f"/keys/{orders}", 404 if answer == "404" else None)
    service.verify(orders)
    created = verifications.create(_from(host, orders))
    assert service.calls() == LOOKED
    assert created.outputs["status"] == "verified"


def test_a_key_that_has_worked_already_is_a_success(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """The receiver hands it out, ENS refuses it, and one look shows why."""
    _hand_out(host, service, orders)
    service.verify(orders)
    verifications.create(_from(host, orders))
    assert service.calls() == SPENT


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_the_receiver_does_not_take_is_an_error(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, status: int
) -> None:
    """Waiting would not help; ENS is not asked, and the token is not shown."""
    host.answer(f"/keys/{orders}", status, TOKEN.encode())
    assert service.labelled(refusal(verifications.create, _from(host, orders))) == (
        f"ens_provider.AuthenticationError: The receiver answered {status} when asked for the "
        f"verification key of callback orders at {host.url(PATH)}: correct verification_key_token."
    )
    assert service.calls() == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, status: int
) -> None:
    """The token must not travel to where somebody else's answer points."""
    _hand_out(host, service, orders)
    path = f"/moved/{orders}"
    host.answer(path, status, headers={"Location": host.url(f"/keys/{orders}")})
    inputs = _from(host, orders, verification_key_url=host.url("/moved/{callback_id}"))
    assert service.labelled(refusal(verifications.create, inputs)) == (
        f"ens_provider.UnexpectedAnswerError: The receiver answered {status} when asked for the "
        f"verification key of callback orders at {host.url('/moved/orders')}: verification_key_url "
        "has to answer 200 there, without a redirect: correct it."
    )
    assert _asked(host, service) == [f"GET /moved/orders Bearer {TOKEN}"]
    assert service.calls() == []


@pytest.mark.parametrize("status", [204, 400, 418])
def test_any_other_answer_is_an_error(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, status: int
) -> None:
    """It is no receiver that hands out keys."""
    host.answer(f"/keys/{orders}", status)
    sentence = service.labelled(refusal(verifications.create, _from(host, orders)))
    assert sentence == (
        f"ens_provider.UnexpectedAnswerError: The receiver answered {status} when asked for the "
        f"verification key of callback orders at {host.url(PATH)}: verification_key_url has to "
        "answer 200 there, without a redirect: correct it."
    )
    assert service.calls() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hush",
        b"[]",
        b'["hush"]',
        b'"hush"',
        b"{}",
        b'{"verificationKey": ""}',
        b'{"verificationKey": " "}',
        b'{"verificationKey": null}',
        b'{"verificationKey": 7}',
        b'{"verificationKey": ["hush"]}',
        b'{"verification_key": "hush"}',
        b'\xff{"verificationKey": "hush"}',
        b"[" * 100_000,
        b'{"verificationKey": "hush", "filler": "' + b"x" * (64 * 1024) + b'"}',
    ],
    ids=[
        *("empty", "text", "array", "array-of-key", "string", "no-key", "empty-key", "blank-key"),
        *("null-key", "number", "key-in-array", "misspelled", "not-utf8", "deep", "too-long"),
    ],
)
def test_an_answer_without_a_key_is_an_error(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str, body: bytes
) -> None:
    """Nothing of it is shown, and ENS is not asked."""
    host.answer(f"/keys/{orders}", 200, body)
    inputs = _from(host, orders, verification_key_url=host.url("/keys/{callback_id}"))
    sentence = service.labelled(refusal(verifications.create, inputs))
    assert sentence == NO_KEY.format(place=host.url(PATH), what="no verificationKey")
    assert service.calls() == []


def test_the_key_of_another_callback_is_not_used(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """A receiver that hands out its newest key, whichever it is for, is found out."""
    _hand_out(host, service, orders, callbackId=OTHER)
    sentence = service.labelled(refusal(verifications.create, _from(host, orders)))
    assert sentence == NO_KEY.format(place=host.url(PATH), what="the key of another callback")
    assert service.calls() == []


def test_a_wrong_key_is_refused_after_two_minutes(
    verifications: ResourceType, service: Service, host: KeyHost, orders: str
) -> None:
    """Each attempt asks the receiver anew: it may get another key meanwhile."""
    host.answer(f"/keys/{orders}", 200, {"verificationKey": "hush"})
    inputs = _from(host, orders)
    told = (
        f"ENS refused the verification key of {ORDERS.replace('C', 'c', 1)} with 404 (Not Found), "
        "and shows the callback as not verified (status 'unverified')"
    )
    sentence = service.labelled(refusal(verifications.create, inputs))
    lag = "; what it shows can lag two minutes behind. A verification key "
    assert sentence.startswith(f"ens_provider.NotYetVerified: {told}{lag}")
    service.emulator.move_clock(121)
    sentence = service.labelled(refusal(verifications.create, inputs))
    assert sentence.startswith(f"ens_provider.VerificationRefused: {told}. A verification key ")
    assert _asked(host, service) == [f"GET {PATH} Bearer {TOKEN}"] * 2
    _hand_out(host, service, orders)
    verifications.create(inputs)
    assert service.callbacks()["orders"]["verified"]


def test_a_certificate_that_is_not_trusted_gets_no_request(
    plugin: Plugin, service: Service, host: KeyHost, orders: str
) -> None:
    """Without `REQUESTS_CA_BUNDLE` the same receiver is refused, and the token stays here."""
    _hand_out(host, service, orders)
    because = (
        f"{host.address} could not be reached to hand out the verification key of callback orders: "
        "its TLS certificate is not trusted (REQUESTS_CA_BUNDLE names further authorities). Nothing was sent. Check the network, the proxy and "
        "the address of the receiver, then run the command again."
    )
    create = plugin.of("CallbackVerification").create
    assert service.labelled(refusal(create, _from(host, orders))) == _waits(because)
    assert _asked(host, service) == []
    assert service.calls() == LOOKED


def test_a_ca_bundle_that_cannot_be_read_is_an_error(
    new_plugin: NewPlugin, service: Service, host: KeyHost, orders: str
) -> None:
    """It names the variable; waiting would not help."""
    plugin = new_plugin(extra={"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"})
    create = plugin.of("CallbackVerification").create
    assert service.labelled(refusal(create, _from(host, orders))) == (
        "ens_provider.ConfigurationError: The CA bundle that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE "
        "names cannot be used to hand out the verification key of callback orders. Nothing was "
        "sent. Correct it."
    )
    assert service.calls() == []


@pytest.mark.parametrize("debug", ["", "1"], ids=["plain", "debugging"])
def test_neither_the_token_nor_the_key_is_shown(
    new_plugin: NewPlugin, service: Service, host: KeyHost, orders: str, debug: str
) -> None:
    """Whatever the receiver answers, and where ENS quotes the key that came from it."""
    trusted = {"REQUESTS_CA_BUNDLE": host.ca_file, "ENS_PROVIDER_DEBUG": debug}
    plugin = new_plugin(extra=trusted)
    key = service.verification_key_of(orders)
    said = []
    for status in (401, 404, 503, 302, 200):
        host.answer(f"/keys/{orders}", status, {"error": TOKEN, "key": key})
        said.append(_said(plugin, _from(host, orders)))
    _hand_out(host, service, orders)
    for status in (400, 403, 404, 418):
        service.emulator.clear_faults()
        quoted = {"message": f"{key} is wrong", "errorcode": key}
        service.emulator.add_fault(
            route=VERIFY, do="status", status=status, body=quoted, times=None
        )
        said.append(_said(plugin, _from(host, orders)))
    for text in (*said, plugin.log_text()):
        assert TOKEN not in text
        assert key not in text


def _said(plugin: Plugin, inputs: dict[str, Any]) -> str:
    with pytest.raises(PluginError) as error:
        plugin.of("CallbackVerification").create(inputs)
    assert "ens_provider." in str(error.value)
    return str(error.value)


def test_a_receiver_of_this_machine_needs_no_certificate(
    plugin: Plugin, service: Service, orders: str
) -> None:
    """Over loopback the key travels in plain http."""
    with KeyHost(over_tls=False) as host:
        _hand_out(host, service, orders)
        plugin.of("CallbackVerification").create(_from(host, orders))
        assert host.url().startswith("http://127.0.0.1:")
    assert service.calls() == VERIFIED


def test_the_receiver_of_this_package_end_to_end(
    new_plugin: NewPlugin, endpoint_of_session: Endpoint
) -> None:
    """Its command keeps the key of the probe and hands it out to the holder of the token."""
    with ReceiverProcess(ReceiverProcessOptions(host_names=("receiver.test",))) as receiver:
        options = EmulatorOptions(resolve=receiver.resolve, ca_file=receiver.ca_file)
        with EmulatorProcess(options) as emulator:
            service = Service(emulator, endpoint_of_session)
            trusted = {"REQUESTS_CA_BUNDLE": receiver.ca_file}
            plugin = new_plugin(service=service.access(), extra=trusted)
            callback = plugin.create(declared())
            service.label(callback.id, "orders")
            source = {
                "verification_key_url": receiver.verification_key_url,
                "verification_key_token": receiver.token,
            }
            inputs, failures = plugin.of("CallbackVerification").check(
                declared_verification(callback.id, **source)
            )
            assert failures == []
            created = plugin.of("CallbackVerification").create(inputs)
            assert service.calls() == [
                "POST token 200",
                "POST ens-callbacks 201",
                "PROBE https://receiver.test/orders 200",
                "POST ens-verify 200",
            ]
            assert service.callbacks()["orders"]["verified"]
            assert created.outputs["status"] == "verified"
