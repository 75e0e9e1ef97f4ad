"""Doctor tells what the account answers: token, permissions, business unit, clock and ENS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import Doctor, Found
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, ScriptedServer, dropped, reply
from tools.endpoint import Endpoint

READ_ONLY = ("event_notification_callback_read", "event_notification_subscription_read")
REFUSED = (
    "ENS refuses to give out a token (401, invalid_client): Client authentication failed. Make sure "
    "that the client ID and client secret are valid and that the package is installed and enabled"
)
SOMETHING_ELSE = "something else answers there, or a proxy answers instead."
PAGE = Reply(body=b"<html>Welcome!</html>", headers={"Content-Type": "text/html; charset=utf-8"})
LIST = "GET /platform/v1/ens-callbacks"
CONTEXT = "GET /platform/v1/tokenContext"
BLOCKED = {"message": "Your requests are temporarily blocked.", "errorcode": 50200}
STOP = (
    "Send nothing for at least 5 minutes, since asking again prolongs the block; ask Salesforce "
    "Support if it stays."
)


@pytest.fixture
def doctor(run: Commands, tmp_path: Path) -> Doctor:
    """Give doctor, with the emulator's default client in the environment."""
    return Doctor(run=run, folder=tmp_path)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Serve what is no emulator."""
    with ScriptedServer() as server:
        yield server


def _host(emulator: EmulatorProcess) -> str:
    return urlsplit(emulator.rest_url).netloc


def test_staged_secret_that_works(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """Both secrets are tried and each has its line."""
    emulator.set_client("client", client_secret="before-1", staged_secret="after-1")

    checks = doctor.checks(SFMC_CLIENT_SECRET="before-1", SFMC_CLIENT_SECRET_NEXT="after-1")

    host = _host(emulator)
    assert checks["token"] == [Found("OK", f"{host} gives one out for clientSecret")]
    assert checks["next token"] == [Found("OK", f"{host} gives one out for clientSecretNext")]


def test_staged_secret_that_does_not_work_yet(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A next secret that is refused is no failure: it may be staged."""
    emulator.set_client("client", client_secret="before-1")
    staged = {"SFMC_CLIENT_SECRET": "before-1", "SFMC_CLIENT_SECRET_NEXT": "after-1"}

    checks = doctor.checks(**staged)

    assert checks["token"][0].status == "OK"
    assert checks["next token"] == [
        Found(
            "WARNING",
            f"clientSecretNext: {REFUSED}",
            "Run doctor again 5 minutes after the staged secret was generated in Setup; if they have "
            "passed, set clientSecretNext again.",
        )
    ]
    assert doctor.code(**staged) == 0


def test_secret_that_was_rotated(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """Where only the next secret works, everything does, and the old one is to be replaced."""
    emulator.set_client("client", client_secret="after-1")
    rotated = {"SFMC_CLIENT_SECRET": "before-1", "SFMC_CLIENT_SECRET_NEXT": "after-1"}

    checks = doctor.checks(**rotated)

    assert checks["token"] == [
        Found(
            "WARNING",
            f"clientSecret: {REFUSED}",
            "Move clientSecretNext to clientSecret, and let clientSecretNext go: until then every run "
            "asks for its token twice.",
        )
    ]
    assert checks["next token"][0].status == checks["ENS"][0].status == "OK"
    assert doctor.code(**rotated) == 0


def test_secret_that_expired(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A secret that worked until it expired is refused, and its staged one is used."""
    emulator.set_client(
        "client",
        client_secret="before-1",
        staged_secret="after-1",
        secret_expires_in_seconds=60,
    )
    both = {"SFMC_CLIENT_SECRET": "before-1", "SFMC_CLIENT_SECRET_NEXT": "after-1"}

    assert doctor.checks(**both)["token"][0].status == "OK"
    emulator.move_clock(60)
    assert doctor.checks(**both)["token"][0].found == f"clientSecret: {REFUSED}"
    assert doctor.checks(**both)["next token"][0].status == "OK"


def test_both_secrets_refused(doctor: Doctor) -> None:
    """Where neither works, each has a line that fails."""
    wrong = {"SFMC_CLIENT_SECRET": "before", "SFMC_CLIENT_SECRET_NEXT": "after"}

    checks = doctor.checks(**wrong)

    assert [checks["token"][0].status, checks["next token"][0].status] == ["FAILED", "FAILED"]
    assert checks["next token"][0].remedy == (
        "Set clientSecretNext again: it is mistyped, has expired (180 days after it was generated), or "
        "was replaced by a staged secret that was activated. Setup > Apps > Installed Packages has the "
        "dates, and shows whether the package is enabled."
    )
    assert doctor.code(**wrong) == 3


def test_unknown_client(doctor: Doctor) -> None:
    """A client that ENS does not know is not told to set its secret again."""
    [check] = doctor.checks(SFMC_CLIENT_ID="nobody")["token"]

    assert check.found.startswith("clientSecret: ENS refuses to give out a token (401, invalid_cli")
    assert check.remedy == "Check clientId, and that authUrl or subdomain is of the same account."


@pytest.mark.parametrize("purpose", ["up", "drift"])
def test_no_account_id(purpose: str, doctor: Doctor) -> None:
    """The business unit of the package is named, with the way to say that it is meant."""
    [check] = doctor.checks("--for", purpose, SFMC_ACCOUNT_ID="")["business unit"]

    assert check == Found(
        "WARNING",
        "1234567, which owns the package; accountId is not set",
        "Set SFMC_ACCOUNT_ID=1234567 in the environment, or run `pulumi config set ens:accountId "
        "1234567`: then resources of another business unit are refused in every preview, and one "
        "call is saved.",
    )


def test_further_business_unit(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """With a prefix, the variables that are named begin with it."""
    emea = {
        "SFMC_EMEA_AUTH_URL": emulator.auth_url,
        "SFMC_EMEA_REST_URL": emulator.rest_url,
        "SFMC_EMEA_CLIENT_ID": "client",
        "SFMC_EMEA_CLIENT_SECRET": "secret",
    }

    checks = doctor.checks("--env-prefix", "SFMC_EMEA_", **emea)

    assert checks["business unit"][0].remedy.startswith(
        "Set SFMC_EMEA_ACCOUNT_ID=1234567 in the environment: then resources"
    )


def test_token_of_another_unit(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A token that belongs elsewhere than accountId says fails, with both MIDs."""
    context = {"enterprise": {"id": 1}, "organization": {"id": 7654321}, "user": {"id": 1}}
    fault = {"route": CONTEXT, "do": "body", "when": "after", "times": None}
    emulator.add_fault(**fault, body=context)

    checks = doctor.checks()

    assert checks["business unit"] == [
        Found(
            "FAILED",
            "accountId is 1234567, but the token is of 7654321",
            "Set SFMC_ACCOUNT_ID=7654321 in the environment, or run `pulumi config set ens:accountId "
            "7654321`, if that is the one you mean; otherwise give the package access to the other "
            "one in Setup.",
        )
    ]
    assert checks["ENS"][0].found.endswith("shows 0 callbacks in business unit 7654321")
    assert doctor.code() == 3


def test_read_only_package_for_drift(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """Two permissions suffice to look for drift."""
    emulator.set_client("reader", client_secret="of-reader", scopes=READ_ONLY)

    checks = doctor.checks(
        "--for", "drift", SFMC_CLIENT_ID="reader", SFMC_CLIENT_SECRET="of-reader"
    )

    assert checks["permissions"] == [
        Found("OK", "all 2 that `pulumi preview --refresh --expect-no-changes` needs")
    ]
    assert checks["ENS"][0].status == "OK"


def test_package_that_can_write_for_drift(doctor: Doctor) -> None:
    """A job that only looks is told what its credentials could do."""
    assert doctor.checks("--for", "drift")["permissions"] == [
        Found(
            "WARNING",
            "6 more than `pulumi preview --refresh --expect-no-changes` needs: whoever has these "
            "credentials can create callback, update callback, verify callback, regenerate signature "
            "key, delete callback, create subscription, update subscription, delete subscription",
            "Give what only looks a package of its own, with Callbacks > Read and Subscriptions > "
            "Read alone.",
        )
    ]
    assert doctor.code("--for", "drift") == 0


def test_no_permission_to_list(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A 403 of the list names the permission, too."""
    emulator.set_client(
        "writer", client_secret="of-writer", scopes=["event_notification_callback_create"]
    )

    checks = doctor.checks(SFMC_CLIENT_ID="writer", SFMC_CLIENT_SECRET="of-writer")

    assert checks["ENS"] == [
        Found(
            "FAILED",
            "ENS refuses to list the callbacks (403): Insufficient privileges to complete this action",
            "Tick Event Notifications > Callbacks > Read (scope event_notification_callback_read) for "
            "the installed package in Setup; tokens show it after up to 5 minutes.",
        )
    ]
    assert len(checks["permissions"]) == 7


def test_list_that_is_empty_by_404(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A list without callbacks that answers 404 is one."""
    emulator.set_switches(empty_list="404")

    assert doctor.checks()["ENS"][0].found.endswith("shows 0 callbacks in business unit 1234567")


@pytest.mark.parametrize(
    ("seconds", "status", "off", "code"),
    [(30, "OK", "", 0), (120, "WARNING", "2 minutes", 0), (420, "FAILED", "7 minutes", 2)],
)
def test_clock_that_is_behind(
    seconds: float, status: str, off: str, code: int, doctor: Doctor, emulator: EmulatorProcess
) -> None:
    """A clock that differs by more than a minute is told of, and one by more than five fails."""
    emulator.move_clock(seconds)

    ended = doctor()

    [line] = [line for line in ended.stdout.splitlines() if " clock  " in line]
    found = (
        f"this machine's is about {off} behind that of ENS" if off else "within 60 s of that of ENS"
    )
    assert line == f"{status:<7}  clock          {found}"
    assert ended.code == code


def test_limit_of_requests(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A 429 is told with the time that the service asks for; doctor does not wait for it."""
    body = {"message": "Rate limit exceeded", "errorcode": 50100, "retryAfter": 50}
    emulator.add_fault(
        route=LIST, do="status", status=429, body=body, headers={"Retry-After": "50"}
    )

    assert doctor.checks()["ENS"] == [
        Found(
            "FAILED",
            "ENS limits the requests of this client (429, errorcode 50100): Rate limit exceeded",
            "Run doctor again in 50 s.",
        )
    ]


def test_limit_of_tokens(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """Tokens are counted over 20 minutes; the next secret is not tried meanwhile."""
    body = {"message": "Rate limit exceeded", "errorcode": 50100}
    emulator.add_fault(route=TOKEN_ROUTE, do="status", status=429, body=body)
    emulator.clear_calls()

    checks = doctor.checks(SFMC_CLIENT_SECRET_NEXT="staged")

    assert checks["token"][0].remedy == "Run doctor again in 20 minutes."
    assert checks["next token"] == [
        Found("SKIPPED", "because the token route does not answer as it should")
    ]
    assert len(emulator.calls()) == 1


def test_blocked_client(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """After errorcode 50200 nothing more is sent."""
    emulator.add_fault(route=CONTEXT, do="status", status=429, body=BLOCKED, times=None)
    emulator.clear_calls()

    checks = doctor.checks()

    blocked = "ENS blocks this client (429, errorcode 50200): Your requests are temporarily blocked"
    assert checks["business unit"] == [Found("FAILED", blocked, STOP)]
    assert checks["ENS"] == [Found("FAILED", blocked, STOP)]
    assert [call["path"] for call in emulator.calls()] == ["/v2/token", "/platform/v1/tokenContext"]
    assert doctor.code() == 4


@pytest.mark.parametrize(
    ("route", "name"), [(TOKEN_ROUTE, "token"), (CONTEXT, "business unit"), (LIST, "ENS")]
)
def test_service_that_fails(
    route: str, name: str, doctor: Doctor, emulator: EmulatorProcess
) -> None:
    """A 500 is for ENS to mend, and is asked for once."""
    body = {"message": "Internal error", "errorcode": 0}
    emulator.add_fault(route=route, do="status", status=500, body=body, times=None)
    emulator.clear_calls()

    checks = doctor.checks()

    assert checks[name] == [
        Found(
            "FAILED",
            f"{_host(emulator)} answers 500: Internal error",
            "That is for ENS to mend: run doctor again later.",
        )
    ]
    assert len([call for call in emulator.calls() if call["status"] == 500]) == 1
    assert doctor.code() == 4


@pytest.mark.parametrize(
    ("route", "name", "setting"),
    [(TOKEN_ROUTE, "token", "authUrl"), (LIST, "ENS", "restUrl")],
)
def test_host_that_redirects(
    route: str, name: str, setting: str, doctor: Doctor, emulator: EmulatorProcess
) -> None:
    """Where a redirect leads is told by host alone: the rest may repeat what was asked."""
    headers = {"Location": "https://login.example.com:8443/sign-in?client_secret=secret"}
    emulator.add_fault(route=route, do="status", status=302, headers=headers, times=None)

    checks = doctor.checks()

    assert checks[name] == [
        Found(
            "FAILED",
            f"{_host(emulator)} redirects (302) to https://login.example.com:8443",
            f"Set {setting} or subdomain to the address that answers itself: redirects are not "
            "followed.",
        )
    ]
    assert doctor.code() == 4


@pytest.mark.parametrize("status", [200, 401, 404])
def test_page_for_people(status: int, doctor: Doctor, server: ScriptedServer) -> None:
    """A page in HTML is no answer of ENS, whatever its status."""
    server.on(TOKEN_ROUTE, Reply(status=status, body=PAGE.body, headers=PAGE.headers))

    [check] = doctor.checks(SFMC_AUTH_URL=server.url)["token"]

    assert check == Found(
        "FAILED",
        f"{urlsplit(server.url).netloc} answers {status} with text/html, which is no answer of ENS",
        f"Check authUrl or subdomain: {SOMETHING_ELSE}",
    )


def test_page_in_place_of_callbacks(doctor: Doctor, server: ScriptedServer) -> None:
    """The same at the other address."""
    server.on(LIST, PAGE)
    server.on(CONTEXT, PAGE)

    checks = doctor.checks(SFMC_REST_URL=server.url)

    page = Found(
        "FAILED",
        f"{urlsplit(server.url).netloc} answers 200 with text/html, which is no answer of ENS",
        f"Check restUrl or subdomain: {SOMETHING_ELSE}",
    )
    assert checks["business unit"] == checks["ENS"] == [page]
    assert doctor.code(SFMC_REST_URL=server.url) == 1


def test_connection_that_breaks(doctor: Doctor, server: ScriptedServer) -> None:
    """A connection that is closed without an answer is told as that."""
    server.on(TOKEN_ROUTE, dropped())

    assert doctor.checks(SFMC_AUTH_URL=server.url)["token"] == [
        Found(
            "FAILED",
            f"{urlsplit(server.url).netloc} did not answer: it closed the connection",
            "Run doctor again; check the network and the proxy.",
        )
    ]
    assert doctor.code(SFMC_AUTH_URL=server.url) == 1


def test_name_that_nobody_has(doctor: Doctor) -> None:
    """A name that cannot be resolved is likely mistyped."""
    assert doctor.checks(SFMC_AUTH_URL="https://mc-typo.invalid")["token"] == [
        Found(
            "FAILED",
            "mc-typo.invalid cannot be reached: its name could not be resolved",
            "Check the spelling of authUrl or subdomain, and how this machine resolves names.",
        )
    ]


def test_certificate_that_is_not_trusted(doctor: Doctor, endpoint: Endpoint) -> None:
    """A certificate of an unknown authority leads to the variable for authorities."""
    port = endpoint.resolve[0].rpartition(":")[2]

    assert doctor.checks(SFMC_AUTH_URL=f"https://localhost:{port}")["token"] == [
        Found(
            "FAILED",
            f"localhost:{port} cannot be reached: its TLS certificate is not trusted "
            "(REQUESTS_CA_BUNDLE names further authorities)",
            "Put the authority that signed it, a company's proxy for instance, into that file.",
        )
    ]


def test_scopes_that_are_not_told(doctor: Doctor, server: ScriptedServer) -> None:
    """Where the token does not tell its permissions, they are not made up."""
    server.on(TOKEN_ROUTE, reply({"access_token": "t-1", "expires_in": 1079}))
    server.on(CONTEXT, reply({"organization": {"id": 1234567}}))
    server.on(LIST, reply([]))

    checks = doctor.checks(SFMC_AUTH_URL=server.url, SFMC_REST_URL=server.url)

    assert checks["permissions"] == [
        Found(
            "WARNING",
            "the service does not tell which permissions the token has",
            "Compare Setup > Apps > Installed Packages with the table of permissions in "
            "docs/configuration.md.",
        )
    ]
    assert checks["ENS"][0].status == "OK"
