"""The functions that look things up, against a running emulator, by the SDK's own mocks."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest
from pulumi.output import Unknown
from pulumi.runtime import mocks

import ens_provider as ens
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tests.plugin.service import LIST, MID, OTHER_MID, Service
from tests.unit.resources.mock_engine import Engine, run
from tools.endpoint import Endpoint
from tools.engine.environment import REPOSITORY, EngineFolders, child_environment

URL = "https://receiver.test/orders"
OTHER_URL = "https://receiver.test/other"
SENT = "TransactionalSendEvents.EmailSent"
OPEN = "EngagementEvents.EmailOpen"
NOWHERE = "08b67f0e-5be8-4673-97e9-682c133f778c"
NO_ADDRESS = (
    "The stack configuration ens:subdomain is not set, and ENS cannot be called without it. Set "
    "SFMC_SUBDOMAIN in the environment, or run `pulumi config set ens:subdomain`: the part of your "
    "REST base URI before .rest.marketingcloudapis.com."
)
NONE_OF_THAT = (
    "Business unit 1234567 has not exactly one callback of the {by} '{value}', but none. Correct "
    "it, or use the credentials of the callback's business unit."
)
NOBODY = ens.GetCallbackResult(
    id="", callback_name="", url="", max_batch_size=0, status="", status_reason=""
)
LISTED = "GET ens-callbacks 200"


@pytest.fixture(scope="module")
def service_of_module() -> Iterator[Service]:
    """Run an emulator whose probes find an endpoint."""
    with Endpoint() as endpoint:
        options = EmulatorOptions(resolve=endpoint.resolve, ca_file=endpoint.ca_file)
        with EmulatorProcess(options) as emulator:
            yield Service(emulator, endpoint)


@pytest.fixture
def service(service_of_module: Service) -> Service:
    """Give an empty account."""
    service_of_module.emulator.reset()
    return Service(service_of_module.emulator, service_of_module.endpoint)


@pytest.fixture(autouse=True)
def _no_configuration(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begin without credentials in the environment and in the stack."""
    for name in ("SUBDOMAIN", "CLIENT_ID", "CLIENT_SECRET", "ACCOUNT_ID", "AUTH_URL", "REST_URL"):
        monkeypatch.delenv(f"SFMC_{name}", raising=False)
    assert engine.registered == []
    yield
    pulumi.runtime.set_all_config({})


@pytest.fixture
def preview(engine: Engine) -> None:
    """Run as a preview does; what the engine shows goes to the logger `engine`."""
    logger = logging.getLogger("engine")
    mocks.set_mocks(engine, project="shop", stack="dev", preview=True, logger=logger)


@pytest.fixture
def access(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Give an account to which the environment leads, the token at hand."""
    for name, value in service.access().variables().items():
        monkeypatch.setenv(name, value)
    ens.get_callbacks()
    service.forget_calls()
    return service


def _two(service: Service) -> tuple[str, str]:
    orders = service.create("orders", max_batch_size=500)
    service.verify(orders)
    return orders, service.create("other", name="other", url=OTHER_URL)


def _shown(id_: str, name: str = "orders", **fields: Any) -> ens.GetCallbackResult:
    values = {"url": URL, "max_batch_size": 500, "status": "verified", "status_reason": "none"}
    return ens.GetCallbackResult(id=id_, callback_name=name, **{**values, **fields})


def _other(id_: str) -> ens.GetCallbackResult:
    return _shown(id_, "other", url=OTHER_URL, max_batch_size=1000, status="unverified")


def _known(make: Callable[[], pulumi.Output[Any]]) -> Any:
    """Return the value of an output, which is no secret; `Unknown` for one that is unknown."""
    seen: list[Any] = []

    async def look(output: pulumi.Output[Any]) -> None:
        assert not await output.is_secret()
        value = await output.future(with_unknowns=True)
        seen.append(value if await output.is_known() else Unknown)

    def program() -> Any:
        return look(make())

    run(program)
    [value] = seen
    return value


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(Exception) as refusal:  # noqa: PT011 -- class and sentence are asserted
        call()
    return f"{refusal.type.__module__}.{refusal.type.__name__}: {refusal.value}"


def test_all_callbacks(access: Service) -> None:
    """One list, asked for anew each time, without keys."""
    assert ens.get_callbacks() == []
    orders, other = _two(access)
    assert ens.get_callbacks() == [_shown(orders), _other(other)]
    assert access.calls() == [LISTED, LISTED]


def test_all_callbacks_as_an_output(access: Service) -> None:
    """The same, for what takes outputs."""
    orders, other = _two(access)
    assert _known(ens.get_callbacks_output) == [_shown(orders), _other(other)]
    assert access.calls() == [LISTED]


@pytest.mark.parametrize(
    ("given", "call"),
    [
        ({"name": "orders"}, LISTED),
        ({"url": URL}, LISTED),
        ({"url": "https://RECEIVER.test/orders"}, LISTED),
        ({"id": "{orders}"}, "GET ens-callbacks/orders 200"),
        ({"id": " {ORDERS} "}, "GET ens-callbacks/orders 200"),
    ],
    ids=["name", "url", "url-spelled-otherwise", "id", "id-spelled-otherwise"],
)
@pytest.mark.parametrize("form", ["plain", "output"])
def test_one_callback(access: Service, given: dict[str, str], call: str, form: str) -> None:
    """By its name, its URL in any spelling, or its id: one call."""
    orders, _ = _two(access)
    ids = {"orders": orders, "ORDERS": orders.upper()}
    asked: dict[str, Any] = {by: value.format(**ids) for by, value in given.items()}
    if form == "plain":
        assert ens.get_callback(**asked) == _shown(orders)
    else:
        outputs: dict[str, Any] = {by: pulumi.Output.from_input(v) for by, v in asked.items()}
        assert _known(lambda: ens.get_callback_output(**outputs)) == _shown(orders)
    assert access.calls() == [call]


def test_a_callback_whose_url_is_spelled_otherwise(access: Service) -> None:
    """The result has the service's spelling."""
    spelled = "https://Receiver.TEST/orders"
    old = access.create("old", url=spelled)
    found = ens.get_callback(url=URL)
    assert (found.id, found.url) == (old, spelled)


@pytest.mark.parametrize(
    ("by", "value"),
    [("name", "Orders"), ("url", "https://receiver.test/Orders"), ("id", NOWHERE)],
)
@pytest.mark.parametrize("form", ["plain", "output"])
def test_a_callback_that_is_not_there(access: Service, by: str, value: str, form: str) -> None:
    """Case matters in names and paths; the sentence says whose unit was asked."""
    _two(access)
    asked: dict[str, Any] = {by: value}
    plain = lambda: ens.get_callback(**asked)  # noqa: E731 -- one of two forms
    output = lambda: _known(lambda: ens.get_callback_output(**asked))  # noqa: E731 -- the other
    sentence = _refused(plain if form == "plain" else output)
    assert sentence == f"ens_provider.NotFoundError: {NONE_OF_THAT.format(by=by, value=value)}"


def test_several_callbacks_of_one_name(access: Service) -> None:
    """Where the service allows that, each is named, and none is chosen."""
    access.emulator.set_switches(duplicate_match="url")
    access.create("first")
    access.create("second", url=OTHER_URL)
    sentence = access.labelled(_refused(lambda: ens.get_callback(name="orders")))
    assert sentence == (
        "ens_provider.NotFoundError: Business unit 1234567 has not exactly one callback of the name "
        f"'orders', but 2: callback 'orders' (id first, {URL}), callback 'orders' (id second, "
        f"{OTHER_URL}). Correct it, or use the credentials of the callback's business unit."
    )


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "orders", "url": URL}, {"name": "a", "url": URL, "id": NOWHERE}],
    ids=["none", "two", "three"],
)
@pytest.mark.parametrize("form", ["plain", "output"])
def test_not_exactly_one_argument(access: Service, given: dict[str, Any], form: str) -> None:
    """It is refused without a call."""
    plain = lambda: ens.get_callback(**given)  # noqa: E731 -- one of two forms
    output = lambda: _known(lambda: ens.get_callback_output(**given))  # noqa: E731 -- the other
    sentence = _refused(plain if form == "plain" else output)
    assert sentence == "builtins.ValueError: get_callback takes exactly one of name, url and id"
    assert access.calls() == []


@pytest.mark.parametrize("given", [{}, {"name": "orders", "url": URL}], ids=["none", "two"])
def test_not_exactly_one_argument_in_a_preview(preview: None, given: dict[str, Any]) -> None:
    """Nor does it wait for credentials: the program is wrong anyhow."""
    assert preview is None
    sentence = "builtins.ValueError: get_callback takes exactly one of name, url and id"
    assert _refused(lambda: ens.get_callback(**given)) == sentence
    assert _refused(lambda: ens.get_callback_output(**given)) == sentence


@pytest.mark.parametrize(
    "call",
    [lambda: ens.get_callback(id="../tokenContext"), lambda: ens.get_subscriptions("orders")],
    ids=["callback", "subscriptions"],
)
def test_an_id_that_is_none(access: Service, call: Callable[[], object]) -> None:
    """It is refused without a call."""
    assert _refused(call) == (
        "builtins.ValueError: it is not an id of ENS, which are GUIDs; copy it from the list of ids"
    )
    assert access.calls() == []


@pytest.mark.parametrize("form", ["plain", "output"])
@pytest.mark.parametrize("blank_filters", ["empty_list", "absent", "blank_item"])
def test_the_subscriptions_of_a_callback(access: Service, form: str, blank_filters: str) -> None:
    """One list; types and filters are sorted, and blank filters are none."""
    access.emulator.set_switches(blank_filters=blank_filters)
    orders, _ = _two(access)
    body = {"callbackId": orders, "subscriptionName": "mails"}
    types, filters = [SENT, OPEN], ["b=2", "a=1"]
    sent = {**body, "eventCategoryTypes": types, "filters": filters}
    [mails] = access.send("POST", "ens-subscriptions", [sent])
    letters = access.subscribe(orders, "letters")
    pause = {"subscriptionId": letters, "eventCategoryTypes": [SENT], "status": "paused"}
    access.send("PUT", "ens-subscriptions", [{**pause, "statusReason": "for the move"}])
    if form == "plain":
        found = ens.get_subscriptions(orders.upper())
    else:
        given = pulumi.Output.from_input(orders)
        found = _known(lambda: ens.get_subscriptions_output(given))
    assert access.calls() == ["GET ens-subscriptions-by-cb/orders 200"]
    assert found == [
        ens.GetSubscriptionResult(
            id=mails["subscriptionId"],
            callback_id=orders,
            subscription_name="mails",
            event_category_types=[OPEN, SENT],
            filters=["a=1", "b=2"],
            status="active",
            status_reason="",
        ),
        ens.GetSubscriptionResult(
            id=letters,
            callback_id=orders,
            subscription_name="letters",
            event_category_types=[SENT],
            filters=[],
            status="paused",
            status_reason="for the move",
        ),
    ]


def test_no_subscriptions(access: Service) -> None:
    """Neither of a callback without any, nor of none."""
    _, other = _two(access)
    assert ens.get_subscriptions(other) == []
    assert ens.get_subscriptions(NOWHERE) == []


@pytest.mark.parametrize("id_", ["unknown", "in-part"])
def test_what_is_asked_for_is_not_known_yet(access: Service, preview: None, id_: str) -> None:
    """The result is unknown as well, and nothing is called."""
    assert preview is None
    unknown: Any = {
        "unknown": pulumi.UNKNOWN,
        "in-part": pulumi.Output.all("0", pulumi.UNKNOWN).apply("".join),
    }[id_]
    for call in (
        lambda: ens.get_callback_output(id=unknown),
        lambda: ens.get_callback_output(name=unknown),
        lambda: ens.get_subscriptions_output(unknown),
    ):
        assert _known(call) is Unknown
    assert access.calls() == []


def test_a_preview_with_credentials_looks(access: Service, preview: None) -> None:
    """What is there already can be known."""
    assert preview is None
    orders, _ = _two(access)
    assert _known(lambda: ens.get_callback_output(name="orders")) == _shown(orders)
    assert ens.get_callback(name="orders") == _shown(orders)


FUNCTIONS: list[Any] = [
    pytest.param("get_callbacks", ens.get_callbacks, [], id="callbacks"),
    pytest.param("get_callback", lambda: ens.get_callback(name="orders"), NOBODY, id="callback"),
    pytest.param(
        "get_subscriptions", lambda: ens.get_subscriptions(NOWHERE), [], id="subscriptions"
    ),
]
OUTPUTS: list[Any] = [
    pytest.param("get_callbacks_output", ens.get_callbacks_output, id="callbacks"),
    pytest.param(
        "get_callback_output", lambda: ens.get_callback_output(name="orders"), id="callback"
    ),
    pytest.param(
        "get_subscriptions_output",
        lambda: ens.get_subscriptions_output(NOWHERE),
        id="subscriptions",
    ),
]


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "engine"]


@pytest.mark.parametrize(("name", "function", "empty"), FUNCTIONS)
def test_a_preview_without_credentials_goes_on(
    preview: None,
    caplog: pytest.LogCaptureFixture,
    name: str,
    function: Callable[[], object],
    empty: object,
) -> None:
    """With an empty answer, and a warning that says why."""
    assert preview is None
    assert function() == empty
    assert _warnings(caplog) == [f"{name}() finds nothing out in this preview: {NO_ADDRESS}"]


@pytest.mark.parametrize(("name", "function"), OUTPUTS)
def test_an_output_of_a_preview_without_credentials_is_unknown(
    preview: None,
    caplog: pytest.LogCaptureFixture,
    name: str,
    function: Callable[[], pulumi.Output[Any]],
) -> None:
    """So that what depends on it is announced as it is: not known yet."""
    assert preview is None
    assert _known(function) is Unknown
    assert _warnings(caplog) == [f"{name}() finds nothing out in this preview: {NO_ADDRESS}"]


@pytest.mark.parametrize(
    "function", [parameters.values[1] for parameters in [*FUNCTIONS, *OUTPUTS]]
)
def test_an_update_without_credentials_fails(function: Callable[[], object]) -> None:
    """It would act on nothing instead of on what is there."""
    assert _refused(function) == f"ens_provider.ConfigurationError: {NO_ADDRESS}"


def test_the_stacks_configuration_counts(service: Service) -> None:
    """As it does for the resources."""
    orders, _ = _two(service)
    config = {
        "ens:authUrl": service.emulator.auth_url,
        "ens:restUrl": service.emulator.rest_url,
        "ens:clientId": "client",
        "ens:clientSecret": "secret",
        "ens:accountId": MID,
    }
    pulumi.runtime.set_all_config(config, ["ens:clientSecret"])
    assert ens.get_callback(name="orders") == _shown(orders)


def test_another_business_unit(access: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is in the configured unit is found."""
    _two(access)
    monkeypatch.setenv("SFMC_ACCOUNT_ID", OTHER_MID)
    assert ens.get_callbacks() == []
    assert "Business unit 7654321 has not exactly one" in _refused(
        lambda: ens.get_callback(name="orders")
    )


def test_no_key_and_no_secret_is_shown(
    access: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in results, nor in errors, nor in logs."""
    caplog.set_level(logging.DEBUG)
    orders, _ = _two(access)
    shown = [repr(ens.get_callbacks()), _refused(lambda: ens.get_callback(name="nobody"))]
    access.emulator.add_fault(
        route=LIST, do="status", status=403, body={"message": "You sent secret."}
    )
    shown.append(_refused(ens.get_callbacks))
    monkeypatch.setenv("SFMC_CLIENT_SECRET", "another-s3cr3t")
    shown.append(_refused(ens.get_callbacks))
    shown.append(caplog.text)
    secrets = [access.key_of(orders), access.verification_key_of(orders), "another-s3cr3t"]
    assert "ens_provider.AuthenticationError: " in shown[3]
    assert [secret for secret in secrets if secret in "\n".join(shown)] == []
    assert "You sent secret" not in shown[2]


PLAIN = """
import ens_provider as ens
print([found.callback_name for found in ens.get_callbacks()])
print(ens.get_callback(name="orders").max_batch_size)
print(ens.get_subscriptions(ens.get_callback(url="https://RECEIVER.test/orders").id))
"""
PLAIN_OUTPUTS = """
import asyncio
import ens_provider as ens

async def program():
    found = await ens.get_callback_output(name="orders").future()
    print(found.max_batch_size, await ens.get_subscriptions_output(found.id).future())

asyncio.run(program())
"""


@pytest.mark.parametrize(
    ("script", "printed"),
    [(PLAIN, "['orders', 'other']\n500\n[]\n"), (PLAIN_OUTPUTS, "500 []\n")],
    ids=["plain", "outputs"],
)
def test_plain_python_can_call_them(
    service: Service, tmp_path: Any, script: str, printed: str
) -> None:
    """Without an engine, with the environment's credentials, and without a warning."""
    _two(service)
    environment = child_environment(EngineFolders.below(tmp_path), service=service.access())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")


@pytest.mark.timeout(60)
def test_lookups_do_not_hold_up_the_program(access: Service) -> None:
    """The output forms look in threads: another one is answered while the first one is held."""
    orders, _ = _two(access)
    order: list[str] = []

    async def program() -> None:
        late = ens.get_callbacks_output().apply(lambda _: order.append("late"))
        await asyncio.to_thread(access.wait_until_held)
        await ens.get_callback_output(id=orders).apply(lambda _: order.append("soon")).future()
        access.emulator.clear_faults()
        await late.future()

    with access.held(LIST):
        run(program)
    assert order == ["soon", "late"]
