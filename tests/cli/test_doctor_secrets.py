"""Nothing that doctor prints holds a secret, whatever is broken and whatever the service says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import Doctor
from tests.unit.api.scripted_server import TOKEN_ROUTE, Reply, ScriptedServer, reply

SECRET = "s3cret-of-the-client"
NEXT = "s3cret-that-is-staged"
TOKEN = "t0ken.of-the.client"
LIST = "GET /platform/v1/ens-callbacks"
CONTEXT = "GET /platform/v1/tokenContext"
GIVEN = reply({"access_token": TOKEN, "expires_in": 1079, "scope": "email_read"})
TOLD = {"message": f"{SECRET} {NEXT}", "error": "invalid_client"}
ROUTES: dict[str, dict[str, Reply]] = {
    "refused": {TOKEN_ROUTE: reply(TOLD, status=401)},
    "failed": {TOKEN_ROUTE: reply(TOLD, status=500)},
    "limited": {TOKEN_ROUTE: reply(TOLD, status=429)},
    "redirected": {
        TOKEN_ROUTE: Reply(status=302, headers={"Location": f"https://x.test/{SECRET}?{NEXT}"})
    },
    "given out in vain": {
        TOKEN_ROUTE: GIVEN,
        CONTEXT: reply({"message": TOKEN}, status=401),
        LIST: reply({"message": f"{TOKEN} {SECRET}"}, status=403),
    },
    "unreadable": {TOKEN_ROUTE: GIVEN, CONTEXT: reply(TOKEN), LIST: reply([{"x": TOKEN}])},
    "of a page": {TOKEN_ROUTE: Reply(body=f"<html>{SECRET}{NEXT}</html>".encode())},
}
BROKEN = {
    "nothing is broken": {},
    "no id": {"SFMC_CLIENT_ID": ""},
    "a blank in a secret": {"SFMC_CLIENT_SECRET": f"{SECRET} x", "SFMC_CLIENT_SECRET_NEXT": NEXT},
    "a secret in place of the id": {"SFMC_CLIENT_ID": SECRET},
    "both secrets are wrong": {"SFMC_CLIENT_SECRET": f"{SECRET}x", "SFMC_CLIENT_SECRET_NEXT": NEXT},
    "nobody at the address": {"SFMC_AUTH_URL": "https://nowhere.invalid"},
    "a secret in the address": {"SFMC_AUTH_URL": f"https://user:{SECRET}@nowhere.invalid"},
    "another secret in the address": {"SFMC_REST_URL": f"https://nowhere.invalid?{SECRET}"},
    "a secret in place of the MID": {"SFMC_ACCOUNT_ID": SECRET},
    "a secret in place of the subdomain": {
        "SFMC_AUTH_URL": "",
        "SFMC_REST_URL": "",
        "SFMC_SUBDOMAIN": f"{SECRET}.",
    },
}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Serve what is no emulator."""
    with ScriptedServer() as server:
        yield server


def _require_silence(doctor: Doctor, **variables: str) -> None:
    """Run doctor in every way and search what it prints."""
    for purpose in ("preview", "up", "drift"):
        for arguments in (("--for", purpose), ("--for", purpose, "--json")):
            ended = doctor(*arguments, **variables)
            printed = ended.stdout + ended.stderr
            assert len(printed) > 200
            assert [each for each in (SECRET, NEXT, TOKEN) if each in printed] == []


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_configuration(
    broken: str, run: Commands, emulator: EmulatorProcess, tmp_path: Path
) -> None:
    """No secret stands in the report of a configuration that is broken in some way."""
    emulator.set_client("client", client_secret=SECRET)
    variables = {"SFMC_CLIENT_SECRET": SECRET, "SFMC_CLIENT_SECRET_NEXT": SECRET, **BROKEN[broken]}

    _require_silence(Doctor(run=run, folder=tmp_path), **variables)


@pytest.mark.parametrize("routes", ROUTES)
def test_service_that_repeats_secrets(routes: str, server: ScriptedServer, tmp_path: Path) -> None:
    """What the service says is shown without the secrets that it repeats."""
    for route, answer in ROUTES[routes].items():
        server.on(route, answer)
    variables = {
        "SFMC_AUTH_URL": server.url,
        "SFMC_REST_URL": server.url,
        "SFMC_CLIENT_ID": "client",
        "SFMC_CLIENT_SECRET": SECRET,
        "SFMC_CLIENT_SECRET_NEXT": NEXT,
    }

    _require_silence(Doctor(run=Commands(), folder=tmp_path), **variables)
    assert server.asked
