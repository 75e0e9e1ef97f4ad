"""Doctor finds what is wrong, says what to do, and goes on to the end whatever it finds."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import BEGINNING, CONFIGURED, UNSET, Doctor
from tests.engine.outside import Outside

READ_ONLY = ("event_notification_callback_read", "event_notification_subscription_read")


@pytest.fixture
def doctor(run: Commands, tmp_path: Path) -> Doctor:
    """Give doctor, with the emulator's default client in the environment."""
    return Doctor(run=run, folder=tmp_path)


def _host(emulator: EmulatorProcess) -> str:
    return urlsplit(emulator.rest_url).netloc


def test_everything_is_fine(doctor: Doctor, emulator: EmulatorProcess, outside: Outside) -> None:
    """Each check is a line; ENS is asked for a token, the business unit and the callbacks, once."""
    outside.create_callback()
    emulator.clear_calls()

    ended = doctor()

    assert ended.stdout == (
        f"{BEGINNING}{CONFIGURED}"
        f"OK       token          {_host(emulator)} gives one out for clientSecret\n"
        "OK       permissions    all 8 that `pulumi up` needs\n"
        "OK       business unit  1234567, as accountId says\n"
        "OK       clock          within 60 s of that of ENS\n"
        f"OK       ENS            {_host(emulator)} shows 1 callback in business unit 1234567\n"
        "Ready for `pulumi up`.\n"
    )
    assert (ended.code, ended.stderr) == (0, "")
    assert [(call["method"], call["path"]) for call in emulator.calls()] == [
        ("POST", "/v2/token"),
        ("GET", "/platform/v1/tokenContext"),
        ("GET", "/platform/v1/ens-callbacks"),
    ]


def test_nothing_configured(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """What is missing is named with the ways to set it, and nobody is asked for anything."""
    ended = doctor(**UNSET)

    assert ended.stdout == (
        f"{BEGINNING}"
        "FAILED   address        subdomain is missing\n"
        "                        -> Set SFMC_SUBDOMAIN in the environment, or run `pulumi config set "
        "ens:subdomain`; it is the part of your REST base URI before .rest.marketingcloudapis.com.\n"
        "FAILED   credentials    clientId and clientSecret are missing\n"
        "                        -> Set SFMC_CLIENT_ID in the environment, or run `pulumi config set "
        "ens:clientId`. Set SFMC_CLIENT_SECRET in the environment, or run `pulumi config set --secret "
        "ens:clientSecret`; client id and secret are taken from one place together.\n"
        "OK       account id     accountId is not set\n"
        "SKIPPED  values         because subdomain, clientId and clientSecret are missing\n"
        "SKIPPED  token          because the configuration does not suffice\n"
        "SKIPPED  permissions    because the configuration does not suffice\n"
        "SKIPPED  business unit  because the configuration does not suffice\n"
        "SKIPPED  clock          because the configuration does not suffice\n"
        "SKIPPED  ENS            because the configuration does not suffice\n"
        "Not ready for `pulumi up`: address, credentials.\n"
    )
    assert (ended.code, ended.stderr) == (2, "")
    assert emulator.calls() == []


def test_nothing_configured_for_a_preview(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """A preview needs nothing of it, and calls nobody."""
    ended = doctor("--for", "preview", **UNSET)

    assert ended.stdout == (
        f"{BEGINNING}"
        "OK       address        subdomain is missing; a preview does not need it\n"
        "OK       credentials    clientId and clientSecret are missing; a preview does not need it\n"
        "OK       account id     accountId is not set\n"
        "SKIPPED  values         because subdomain, clientId and clientSecret are missing\n"
        "SKIPPED  token          because a preview does not call ENS\n"
        "SKIPPED  permissions    because a preview does not call ENS\n"
        "SKIPPED  business unit  because a preview does not call ENS\n"
        "SKIPPED  clock          because a preview does not call ENS\n"
        "SKIPPED  ENS            because a preview does not call ENS\n"
        "Ready for `pulumi preview`.\n"
    )
    assert ended.code == 0
    assert emulator.calls() == []


def test_wrong_secret(doctor: Doctor) -> None:
    """The sentence of the service stands beside what to do, and the rest is skipped."""
    ended = doctor(SFMC_CLIENT_SECRET="mistyped")

    assert ended.stdout == (
        f"{BEGINNING}{CONFIGURED}"
        "FAILED   token          clientSecret: ENS refuses to give out a token (401, invalid_client): "
        "Client authentication failed. Make sure that the client ID and client secret are valid and "
        "that the package is installed and enabled\n"
        "                        -> Set clientSecret again: it is mistyped, has expired (180 days "
        "after it was generated), or was replaced by a staged secret that was activated. Setup > Apps > "
        "Installed Packages has the dates, and shows whether the package is enabled.\n"
        "SKIPPED  permissions    because there is no token\n"
        "SKIPPED  business unit  because there is no token\n"
        "SKIPPED  clock          because there is no token\n"
        "SKIPPED  ENS            because there is no token\n"
        "Not ready for `pulumi up`: token.\n"
    )
    assert ended.code == 3


def test_read_only_package_for_up(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """Each missing permission stands with the checkbox in Setup and what needs it."""
    emulator.set_client("reader", client_secret="of-reader", scopes=READ_ONLY)

    ended = doctor(SFMC_CLIENT_ID="reader", SFMC_CLIENT_SECRET="of-reader")

    lines = ended.stdout.removeprefix(BEGINNING + CONFIGURED).splitlines()
    setup = "                        -> Tick it in Setup > Apps > Installed Packages (scope"
    assert lines[1:13] == [
        (
            "FAILED   permissions    Event Notifications > Callbacks > Create is missing, needed to "
            "create callback"
        ),
        f"{setup} event_notification_callback_create); tokens show it after up to 5 minutes.",
        (
            "FAILED   permissions    Event Notifications > Callbacks > Update is missing, needed to "
            "update callback, verify callback, regenerate signature key"
        ),
        f"{setup} event_notification_callback_update); tokens show it after up to 5 minutes.",
        (
            "FAILED   permissions    Event Notifications > Callbacks > Delete is missing, needed to "
            "delete callback"
        ),
        f"{setup} event_notification_callback_delete); tokens show it after up to 5 minutes.",
        (
            "FAILED   permissions    Event Notifications > Subscriptions > Create is missing, needed to "
            "create subscription"
        ),
        f"{setup} event_notification_subscription_create); tokens show it after up to 5 minutes.",
        (
            "FAILED   permissions    Event Notifications > Subscriptions > Update is missing, needed to "
            "update subscription"
        ),
        f"{setup} event_notification_subscription_update); tokens show it after up to 5 minutes.",
        (
            "FAILED   permissions    Event Notifications > Subscriptions > Delete is missing, needed to "
            "delete subscription"
        ),
        f"{setup} event_notification_subscription_delete); tokens show it after up to 5 minutes.",
    ]
    assert lines[-1] == "Not ready for `pulumi up`: permissions."
    assert ended.code == 3


def test_account_of_somebody_else(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """An accountId that the package has no access to is told from a wrong secret, and both are named."""
    ended = doctor(SFMC_ACCOUNT_ID="999")

    assert ended.stdout == (
        f"{BEGINNING}{CONFIGURED}"
        f"OK       token          {_host(emulator)} gives one out for clientSecret\n"
        "OK       permissions    all 8 that `pulumi up` needs\n"
        "FAILED   business unit  accountId is 999, for which ENS gives out no token (400, "
        "invalid_request: account_id is not a business unit of this client); without accountId the "
        "token is of 1234567\n"
        "                        -> Set SFMC_ACCOUNT_ID=1234567 in the environment, or run `pulumi "
        "config set ens:accountId 1234567`, if that is the one you mean; otherwise give the package "
        "access to the other one in Setup.\n"
        "OK       clock          within 60 s of that of ENS\n"
        f"OK       ENS            {_host(emulator)} shows 0 callbacks in business unit 1234567\n"
        "Not ready for `pulumi up`: business unit.\n"
    )
    assert ended.code == 3


def test_nobody_answers(doctor: Doctor) -> None:
    """A refused connection is told with the host, and ends with 1."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{held.getsockname()[1]}"
        ended = doctor(SFMC_AUTH_URL=f"http://{host}")

    assert ended.stdout == (
        f"{BEGINNING}{CONFIGURED}"
        f"FAILED   token          {host} cannot be reached: it refused the connection\n"
        "                        -> Check authUrl or subdomain, the network and the proxy.\n"
        "SKIPPED  permissions    because there is no token\n"
        "SKIPPED  business unit  because there is no token\n"
        "SKIPPED  clock          because there is no token\n"
        "SKIPPED  ENS            because there is no token\n"
        "Not ready for `pulumi up`: token.\n"
    )
    assert ended.code == 1


def test_json(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """The document holds every check, the purpose and the exit code."""
    ended = doctor("--json", "--for", "drift", SFMC_CLIENT_ID="nobody")

    document = ended.json
    assert ended.code == document["exit_code"] == 3
    assert document["purpose"] == "drift"
    assert document.keys() == {"checks", "purpose", "exit_code"}
    assert [check["name"] for check in document["checks"]] == [
        "pulumi",
        "sdk",
        "python",
        "address",
        "credentials",
        "account id",
        "values",
        "token",
        "permissions",
        "business unit",
        "clock",
        "ENS",
    ]
    assert document["checks"][7] == {
        "name": "token",
        "status": "FAILED",
        "found": "clientSecret: ENS refuses to give out a token (401, invalid_client): Invalid client "
        "ID. Use the client ID in Marketing Cloud Installed Packages",
        "remedy": "Check clientId, and that authUrl or subdomain is of the same account.",
    }


def test_narrow_window(doctor: Doctor) -> None:
    """In a window lines are broken between words, under what they belong to; the mark is a word."""
    ended = doctor("--for", "preview", COLUMNS="60", SFMC_CLIENT_SECRET="")

    lines = ended.stdout.splitlines()
    assert max(len(line) for line in lines) <= 60
    assert lines[3:9] == [
        "OK       address        authUrl (environment variable",
        "                        SFMC_AUTH_URL) and restUrl",
        "                        (environment variable SFMC_REST_URL)",
        "OK       credentials    clientSecret is missing; clientId",
        "                        (environment variable",
        "                        SFMC_CLIENT_ID); a preview does not",
    ]
