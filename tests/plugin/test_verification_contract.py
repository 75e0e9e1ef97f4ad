"""What each method of a verification takes and answers, beside the handshake itself."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from pulumi.output import UNKNOWN

from tests.plugin.conftest import NewPlugin
from tests.plugin.driver import (
    Plugin,
    PluginError,
    ResourceType,
    declared_verification,
    refusal,
)
from tests.plugin.service import GET, MID, OTHER_MID, VERIFY, Service

GUID = "08b67f0e-5be8-4673-97e9-682c133f778c"
OTHER = "18b67f0e-5be8-4673-97e9-682c133f778c"
KEY = "CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s="
TOKEN = "hush-hush-token"
URL = "https://receiver.test:8443/keys/{callback_id}"
SOURCE = {"verification_key_url": URL, "verification_key_token": TOKEN}
STATE = {"status": "verified", "verified_at": "2026-11-24T07:29:00Z", "mid": MID}
CREATE_ONLY = {
    "verification_key": KEY,
    "verification_key_url": URL,
    "verification_key_token": TOKEN,
    "timeout_seconds": 60,
}
NEEDS_URL = (
    "verification_key_token: it needs the URL; declare verification_key_url too, or remove the "
    "token."
)
IN_CLEAR = "it begins with http://, and a key would travel in clear; use https://."
NO_URL = "it is not https://host/path, without user information; write it so."
BRACES = "it holds white space or braces; only {callback_id} may stand in braces."
N = 6


@pytest.fixture
def verifications(plugin: Plugin) -> ResourceType:
    """Give the methods of the resource."""
    return plugin.of("CallbackVerification")


def test_inputs_become_canonical_and_defaults_are_filled_in(verifications: ResourceType) -> None:
    """The id is in lower case, keys lose white space around them, waiting takes five minutes."""
    given = {"callback_id": f" {GUID.upper()} ", "verification_key": f" {KEY}\n"}
    checked = {"callback_id": GUID, "verification_key": KEY, "timeout_seconds": 300}
    assert verifications.check(given) == (checked, [])
    assert verifications.check({"callback_id": GUID, "verification_key_url": f" {URL} "}) == (
        {"callback_id": GUID, "verification_key_url": URL, "timeout_seconds": 300},
        [],
    )


@pytest.mark.parametrize(
    "inputs",
    [
        declared_verification(GUID),
        declared_verification(GUID, verification_key=KEY, timeout_seconds=0),
        declared_verification(GUID, **SOURCE, timeout_seconds=480),
        declared_verification(GUID, verification_key_url="http://127.0.0.1:8080/{callback_id}"),
        declared_verification(GUID, verification_key_url="http://localhost/key?of={callback_id}"),
        declared_verification(GUID, verification_key_url="http://[::1]:8080/key"),
        declared_verification(GUID, verification_key_url="https://receiver.test"),
    ],
)
def test_checked_inputs_pass_a_second_check_unchanged(
    verifications: ResourceType, inputs: dict[str, Any]
) -> None:
    """Check is idempotent, with the state's inputs and without."""
    assert verifications.check(inputs) == (inputs, [])
    assert verifications.check(inputs, inputs) == (inputs, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"callback_id": None}, "callback_id: it is required and not given; declare it."),
        (
            {"callback_id": "orders"},
            "callback_id: it is not an id of ENS, which are GUIDs; copy it from the list of ids.",
        ),
        (
            {"verification_key": "hush hush"},
            "verification_key: it is not base64; give the whole key as ENS showed it.",
        ),
        ({"verification_key": 5}, "verification_key: it is a number; give a text."),
        (
            {"verification_key": KEY, "verification_key_url": URL},
            "verification_key_url: give the key or its URL, not both; remove one of the two.",
        ),
        (
            {"verification_key_token": TOKEN},
            NEEDS_URL,
        ),
        (
            {"verification_key": KEY, "verification_key_token": TOKEN},
            NEEDS_URL,
        ),
        (
            {**SOURCE, "verification_key_token": " "},
            "verification_key_token: it is empty; give a value or leave it out.",
        ),
        ({"timeout_seconds": 481}, "timeout_seconds: it is 481; give 0 to 480 seconds."),
        ({"timeout_seconds": -1}, "timeout_seconds: it is -1; give 0 to 480 seconds."),
        (
            {"timeout_seconds": 30.5},
            "timeout_seconds: it is not a whole number; give 0 to 480 seconds.",
        ),
        ({"status": "verified"}, "status: there is no input of that name; remove or correct it."),
    ],
)
def test_a_failure_names_the_input_in_its_sentence_only(
    verifications: ResourceType, changes: dict[str, Any], reason: str
) -> None:
    """The property of a failure is empty, or the engine would print the value, of a secret too."""
    _, failures = verifications.check(declared_verification(GUID) | changes)
    assert failures == [("", reason)]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://receiver.test/keys", IN_CLEAR),
        ("http://localhost.receiver.test/keys", IN_CLEAR),
        ("http://127.0.0.1.receiver.test/keys", IN_CLEAR),
        ("http://10.0.0.1/keys", IN_CLEAR),
        ("https://user@receiver.test/keys", NO_URL),
        ("https://user:hush@receiver.test/keys", NO_URL),
        ("http://127.0.0.1@receiver.test/keys", NO_URL),
        ("receiver.test/keys", NO_URL),
        ("ftp://receiver.test/keys", NO_URL),
        ("file:///keys", NO_URL),
        ("https:///keys", NO_URL),
        ("https://receiver.test/{id}", BRACES),
        ("https://receiver.test/{callback_id", BRACES),
        ("https://receiver.test/{{callback_id}}", BRACES),
        ("https://receiver.test/my keys", BRACES),
        ("https://receiver.test:port/", "it is not a URL; write https://host/path."),
        ("https://receiver.test:99999/", "it is not a URL; write https://host/path."),
        ("https://[::1/", "it is not a URL; write https://host/path."),
        (" ", "it is empty; give a value or leave it out."),
        (7, "it is a number; give a text."),
    ],
)
def test_an_address_that_no_token_may_be_sent_to(
    verifications: ResourceType, url: object, reason: str
) -> None:
    """It alone is refused, with what to write instead, before anything is sent."""
    inputs = declared_verification(GUID, verification_key_url=url, verification_key_token=TOKEN)
    _, failures = verifications.check(inputs)
    assert failures == [("", f"verification_key_url: {reason}")]


def test_every_input_may_be_unknown(verifications: ResourceType) -> None:
    """What a preview does not know yet passes the check as unknown."""
    names = {"callback_id", "verification_key_url", "verification_key_token", "timeout_seconds"}
    for unknown in (names, {"callback_id", "verification_key", "timeout_seconds"}):
        inputs, failures = verifications.check(dict.fromkeys(unknown, UNKNOWN))
        assert failures == []
        kinds = {name for name, value in inputs.items() if type(value) is type(UNKNOWN)}
        assert kinds == unknown


@pytest.mark.parametrize(
    "given",
    [
        {"verification_key": UNKNOWN, "verification_key_url": UNKNOWN},
        {"verification_key": KEY, "verification_key_url": UNKNOWN},
        {"verification_key": UNKNOWN, "verification_key_url": URL},
        {"verification_key_token": UNKNOWN},
        {"verification_key_token": TOKEN, "verification_key_url": UNKNOWN},
    ],
    ids=["both", "url", "key", "token", "url-of-token"],
)
def test_what_is_not_known_yet_is_not_judged(
    verifications: ResourceType, given: dict[str, Any]
) -> None:
    """It may turn out not to be given: then the program is right."""
    assert verifications.check(declared_verification(GUID, **given))[1] == []


def test_create_only_inputs_keep_what_the_state_has(verifications: ResourceType) -> None:
    """Changed, added or removed later they are no difference, nor checked against each other."""
    olds = declared_verification(GUID, verification_key=KEY)
    for program in (
        declared_verification(GUID),
        declared_verification(GUID, **SOURCE, timeout_seconds=1),
        declared_verification(GUID, verification_key="not base64!", timeout_seconds=9999),
    ):
        assert verifications.check(program, olds) == (olds, [])
    added = declared_verification(GUID, **CREATE_ONLY)
    state = declared_verification(GUID)
    assert verifications.check(added, state) == (state, [])


def test_create_only_inputs_of_a_replacement_are_those_of_the_program(
    verifications: ResourceType,
) -> None:
    """The second check of a replacement comes without a state."""
    program = declared_verification(OTHER, **SOURCE, timeout_seconds=0)
    assert verifications.check(program) == (program, [])


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({}, []),
        ({"callback_id": GUID.upper()}, []),
        ({"callback_id": OTHER}, ["callback_id"]),
        ({"callback_id": UNKNOWN}, ["callback_id"]),
        ({"verification_key": UNKNOWN}, []),
        (CREATE_ONLY, []),
    ],
)
def test_what_replaces_a_verification(
    verifications: ResourceType, change: dict[str, Any], replaces: list[str]
) -> None:
    """Only another callback, or one that is not known yet, does."""
    news = declared_verification(GUID) | change
    assert verifications.diff(GUID, declared_verification(GUID, **STATE), news) == replaces


def test_an_update_takes_the_inputs_over_and_calls_nothing(
    verifications: ResourceType, service: Service
) -> None:
    """The complete bag comes back; a key that the state holds stays a secret."""
    inputs = declared_verification(GUID, **CREATE_ONLY)
    olds = {**inputs, **STATE, "unverified_status": "created"}
    updated = verifications.update(GUID, olds, inputs)
    assert updated.outputs == olds
    assert updated.secrets == {"verification_key", "verification_key_token"}
    assert service.calls() == []


def test_a_deletion_calls_nothing(verifications: ResourceType, service: Service) -> None:
    """A verification goes with its callback: ENS has nothing that would take it back."""
    orders = service.create("orders")
    service.verify(orders)
    service.forget_calls()
    verifications.delete(orders, declared_verification(orders, **STATE))
    assert service.calls() == []
    assert service.callbacks()["orders"]["verified"]


def test_a_deletion_needs_no_service(new_plugin: NewPlugin) -> None:
    """Not even credentials."""
    plugin = new_plugin(service=None).of("CallbackVerification")
    plugin.delete(GUID, declared_verification(GUID, **STATE))


def _preview(verifications: ResourceType) -> None:
    """Ask what a preview asks: about a new, an unchanged, a changed and a replaced one."""
    inputs = declared_verification(GUID, verification_key=KEY)
    state = {**inputs, **STATE}
    assert verifications.check(inputs) == (inputs, [])
    assert verifications.check({"callback_id": UNKNOWN, **SOURCE})[1] == []
    assert verifications.check(declared_verification(GUID), inputs) == (inputs, [])
    assert verifications.diff(GUID, state, inputs) == []
    moved = {**inputs, "callback_id": OTHER}
    assert verifications.check(moved, inputs) == (moved, [])
    assert verifications.diff(GUID, state, moved) == ["callback_id"]
    assert verifications.diff(GUID, state, {**inputs, "callback_id": UNKNOWN}) == ["callback_id"]


@pytest.mark.parametrize(
    "environment",
    [{}, {"SFMC_CLIENT_ID": "client"}, {"SFMC_SUBDOMAIN": "not a subdomain"}],
    ids=["nothing", "half", "malformed"],
)
def test_a_preview_needs_no_configuration(
    new_plugin: NewPlugin, environment: dict[str, str]
) -> None:
    """What is missing or wrong is an error of the first call that needs it."""
    _preview(new_plugin(service=None, extra=environment).of("CallbackVerification"))


def test_a_preview_needs_no_service(new_plugin: NewPlugin, service: Service) -> None:
    """Nobody listens at the address."""
    nobody = service.nobody()
    access = replace(service.access(), auth_url=f"http://{nobody}", rest_url=f"http://{nobody}")
    _preview(new_plugin(service=access).of("CallbackVerification"))


def test_a_preview_with_everything_at_hand_makes_no_call(
    new_plugin: NewPlugin, service: Service
) -> None:
    """Not even for a token, and none to the receiver."""
    _preview(new_plugin(service=service.access(None)).of("CallbackVerification"))
    assert service.calls() == []


def test_without_credentials_a_creation_says_what_is_missing(
    new_plugin: NewPlugin, service: Service
) -> None:
    """The receiver is not asked for a key that could not be used."""
    create = new_plugin(service=None).of("CallbackVerification").create
    address = service.nobody()
    source = {"verification_key_url": f"https://{address}/keys"}
    assert refusal(create, declared_verification(GUID, **source)).startswith(
        "ens_provider.ConfigurationError: The stack configuration ens:subdomain is not set, and "
        "ENS cannot be called without it. "
    )


def test_a_difference_of_business_units_stops_a_preview(new_plugin: NewPlugin) -> None:
    """Diff compares a configured unit without a call or credentials."""
    plugin = new_plugin(service=None, extra={"SFMC_ACCOUNT_ID": OTHER_MID})
    diff = plugin.of("CallbackVerification").diff
    inputs = declared_verification(GUID)
    assert refusal(diff, GUID, {**inputs, **STATE}, inputs) == (
        f"ens_provider.WrongBusinessUnit: The callback {GUID} belongs to business unit 1234567, "
        "but the credentials are for business unit 7654321; nothing was changed. Use the "
        "credentials of 1234567 (client id, secret and accountId), or destroy the resource there "
        "before you move it."
    )


def _pending(service: Service) -> list[dict[str, Any]]:
    found = []
    for number in range(N):
        name = f"orders-{number}"
        callback_id = service.create(name, name, f"https://receiver.test/{number}")
        key = service.verification_key_of(callback_id)
        found.append(declared_verification(callback_id, verification_key=key))
    service.forget_calls()
    return found


@pytest.mark.parametrize("account_id", [MID, None])
def test_verifying_n_callbacks_takes_n_calls(
    new_plugin: NewPlugin, service: Service, account_id: str | None
) -> None:
    """And one token; nothing is read, also when four threads verify at once."""
    pending = _pending(service)
    create = new_plugin(service=service.access(account_id)).of("CallbackVerification").create
    with ThreadPoolExecutor(4) as threads:
        created = list(threads.map(create, pending))
    first = ["POST token 200"] + ["GET tokenContext 200"] * (account_id is None)
    assert service.calls() == [*first, *["POST ens-verify 200"] * N]
    assert [each.id for each in created] == [inputs["callback_id"] for inputs in pending]


def test_a_refresh_of_n_verifications_is_one_list(
    verifications: ResourceType, service: Service
) -> None:
    """Four threads that read at once share it."""
    bags = [verifications.create(inputs) for inputs in _pending(service)]
    service.emulator.move_clock(121)
    service.forget_calls()
    with ThreadPoolExecutor(4) as threads:
        read = threads.map(lambda bag: verifications.read(bag.id, bag.outputs)[0], bags)
        assert list(read) == bags
    assert service.calls() == ["GET ens-callbacks 200"]


def _said(create: Any, inputs: dict[str, Any]) -> str:
    with pytest.raises(PluginError) as error:
        create(inputs)
    return str(error.value)


@pytest.mark.parametrize("debug", ["", "1"], ids=["plain", "debugging"])
def test_no_error_holds_a_key(new_plugin: NewPlugin, service: Service, debug: str) -> None:
    """Whatever the service answers, also where it quotes the key and the debug log is asked for."""
    plugin = new_plugin(extra={"ENS_PROVIDER_DEBUG": debug})
    orders = service.create("orders")
    key = service.verification_key_of(orders)
    inputs = declared_verification(orders, verification_key=key)
    for status in (400, 401, 403, 404, 409, 418, 302):
        service.emulator.clear_faults()
        body = {"message": f"no {key} here, {json.dumps(key)}", "errorcode": key}
        fault: dict[str, Any] = {"do": "status", "status": status, "body": body}
        service.emulator.add_fault(route=VERIFY, times=None, **fault)
        said = _said(plugin.of("CallbackVerification").create, inputs)
        assert "ens_provider." in said
        assert key not in said
    service.emulator.add_fault(route=GET, do="body", when="after", body=key, times=None)
    assert key not in _said(plugin.of("CallbackVerification").create, inputs)
    assert key not in plugin.log_text()


@pytest.mark.parametrize("debug", ["", "1"], ids=["plain", "debugging"])
def test_no_mistake_of_our_own_shows_a_key(
    new_plugin: NewPlugin, service: Service, debug: str
) -> None:
    """The values of a bag that cannot be used are not quoted."""
    plugin = new_plugin(extra={"ENS_PROVIDER_DEBUG": debug})
    broken = declared_verification(GUID, **CREATE_ONLY) | {**STATE, "verified_at": "yesterday"}
    with pytest.raises(PluginError) as error:
        plugin.of("CallbackVerification").read(GUID, broken)
    for text in (str(error.value), plugin.log_text()):
        assert KEY not in text
        assert TOKEN not in text
    assert "ens_provider.InternalError" in str(error.value)
