"""Doctor tells what is configured and where it was found, and never a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from ens_provider.emulator.process import EmulatorProcess
from tests.cli.conftest import Commands
from tests.cli.doctor_bench import UNSET, Doctor, Found

STACK = (
    "is not used: the environment variable SFMC_CLIENT_ID counts, and values are taken in groups"
)


@pytest.fixture
def doctor(run: Commands, tmp_path: Path) -> Doctor:
    """Give doctor, with the emulator's default client in the environment."""
    return Doctor(run=run, folder=tmp_path)


def test_id_from_the_environment_and_secret_from_the_stack(doctor: Doctor) -> None:
    """An id never meets a secret of another place: that is said, and what to set."""
    doctor.project()
    doctor.pulumi(
        "v3.259.0", configuration={"ens:clientSecret": {"value": "secret", "secret": True}}
    )

    checks = doctor.checks(SFMC_CLIENT_SECRET="")

    assert checks["credentials"] == [
        Found(
            "FAILED",
            "clientSecret is missing; clientId (environment variable SFMC_CLIENT_ID); clientSecret "
            "(stack configuration ens:clientSecret) is not used: the environment variable "
            "SFMC_CLIENT_ID counts, and values are taken in groups from one place",
            "Set SFMC_CLIENT_SECRET in the environment, or run `pulumi config set --secret "
            "ens:clientSecret`; client id and secret are taken from one place together.",
        )
    ]
    assert checks["values"] == [Found("SKIPPED", "because clientSecret is missing")]
    assert doctor.code(SFMC_CLIENT_SECRET="") == 2


def test_everything_from_the_stack(doctor: Doctor, emulator: EmulatorProcess) -> None:
    """What only the stack holds is named by its key."""
    doctor.project()
    held = {
        "ens:authUrl": {"value": emulator.auth_url},
        "ens:restUrl": {"value": emulator.rest_url},
        "ens:clientId": {"value": "client"},
        "ens:clientSecret": {"value": "secret"},
        "ens:accountId": {"value": "1234567"},
    }
    doctor.pulumi("v3.259.0", configuration=held)

    checks = doctor.checks(**UNSET)

    assert checks["address"][0].found == (
        "authUrl (stack configuration ens:authUrl) and restUrl (stack configuration ens:restUrl)"
    )
    assert checks["credentials"][0].found == (
        "clientId (stack configuration ens:clientId) and clientSecret (stack configuration "
        "ens:clientSecret)"
    )
    assert checks["account id"][0].found == "accountId (stack configuration ens:accountId)"
    assert doctor.code(**UNSET) == 0


def test_what_is_shadowed(doctor: Doctor) -> None:
    """What does not count is named with the reason, and is no failure."""
    doctor.project()
    held = {"ens:clientId": {"value": "other"}, "ens:accountId": {"value": "7654321"}}
    doctor.pulumi("v3.259.0", configuration=held)

    checks = doctor.checks("--stack", "dev", SFMC_SUBDOMAIN="mc-other")

    assert checks["address"][0] == Found(
        "OK",
        "authUrl (environment variable SFMC_AUTH_URL) and restUrl (environment variable "
        "SFMC_REST_URL); subdomain (environment variable SFMC_SUBDOMAIN) is not used: authUrl and "
        "restUrl count before the subdomain",
    )
    assert f"clientId (stack configuration ens:clientId) {STACK}" in checks["credentials"][0].found
    assert checks["account id"][0].found.startswith(
        "accountId (environment variable SFMC_ACCOUNT_ID); accountId (stack configuration "
        "ens:accountId) is not used: "
    )


def test_calls_at_a_time(doctor: Doctor) -> None:
    """Their number is looked at where it is set, and fails for a preview, too, if it is none."""
    doctor.project()
    doctor.pulumi("v3.259.0", configuration={"ens:parallel": {"value": "16"}})
    doctor_says = doctor.checks("--for", "preview", "--stack", "dev")
    refused = doctor.checks("--for", "preview", SFMC_PARALLEL="2")

    assert doctor_says["parallel"] == [Found("OK", "parallel (stack configuration ens:parallel)")]
    assert refused["parallel"] == [
        Found(
            "FAILED",
            "The environment variable SFMC_PARALLEL is no whole number from 4 to 32",
            "Give how many calls the plugin may serve at a time, or remove it: 4 are served in any "
            "case, and `pulumi up --parallel` is for fewer.",
        )
    ]
    assert doctor.code("--for", "preview", SFMC_PARALLEL="2") == 2
    assert "parallel" not in doctor.checks("--for", "preview")


def test_stack_that_cannot_be_read(doctor: Doctor) -> None:
    """What `pulumi config` says is told, and everything that hangs on it is skipped."""
    doctor.project()
    doctor.pulumi("v3.259.0", error="error: no stack selected; please use `pulumi stack select`")

    checks = doctor.checks(**UNSET)

    assert checks["configuration"] == [
        Found(
            "FAILED",
            "The configuration of the selected stack cannot be read by `pulumi config` (no stack "
            "selected; please use `pulumi stack select`)",
            "Select the stack and give its passphrase as for `pulumi up`, or set the SFMC_ variables "
            "in the environment.",
        )
    ]
    skipped = [name for name, found in checks.items() if found[0].status == "SKIPPED"]
    assert skipped == [
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
    assert doctor.code(**UNSET) == 2


def test_next_secret_alone(doctor: Doctor) -> None:
    """A staged secret without a first one is not enough: it is only tried after it."""
    [check] = doctor.checks(SFMC_CLIENT_SECRET="", SFMC_CLIENT_SECRET_NEXT="secret")["credentials"]

    assert (check.status, check.found) == (
        "FAILED",
        (
            "clientSecret is missing; clientId (environment variable SFMC_CLIENT_ID) and "
            "clientSecretNext (environment variable SFMC_CLIENT_SECRET_NEXT)"
        ),
    )


def test_one_address_of_two(doctor: Doctor) -> None:
    """An address without the other one is told what goes with it."""
    [check] = doctor.checks(SFMC_REST_URL="")["address"]

    assert check == Found(
        "FAILED",
        "restUrl is missing; authUrl (environment variable SFMC_AUTH_URL)",
        "Set SFMC_REST_URL in the environment, or run `pulumi config set ens:restUrl`; authUrl and "
        "restUrl go together.",
    )


@pytest.mark.parametrize("purpose", ["preview", "up", "drift"])
def test_account_id_that_is_no_number(purpose: str, doctor: Doctor) -> None:
    """A MID that is none fails for every purpose: previews compare it, too."""
    checks = doctor.checks("--for", purpose, SFMC_ACCOUNT_ID="emea")

    assert checks["account id"] == [
        Found(
            "FAILED",
            "The environment variable SFMC_ACCOUNT_ID is not a MID: a business unit's MID is a number",
            "Take it from Setup > Company Settings > Account Settings.",
        )
    ]
    assert checks["values"] == [Found("SKIPPED", "because accountId cannot be used")]
    assert doctor.code("--for", purpose, SFMC_ACCOUNT_ID="emea") == 2


def test_secret_with_a_line_end(doctor: Doctor) -> None:
    """A value that cannot be one is told by its key; a preview goes on without it."""
    wrong = {"SFMC_CLIENT_SECRET": "secret\n"}
    found = (
        "ENS cannot be used: clientSecret holds a blank, a line end or another character that "
        "cannot be seen"
    )

    assert doctor.checks(**wrong)["values"] == [Found("FAILED", found, "Set it again without.")]
    assert doctor.code(**wrong) == 2
    assert doctor.checks("--for", "preview", **wrong)["values"] == [
        Found("WARNING", f"{found}; a preview does not need it", "Set it again without.")
    ]
    assert doctor.code("--for", "preview", **wrong) == 0


def test_whole_host_as_subdomain(doctor: Doctor) -> None:
    """A sentence without an advice of its own gets one."""
    whole = {"SFMC_AUTH_URL": "", "SFMC_REST_URL": "", "SFMC_SUBDOMAIN": "mc1.rest.example.com"}

    assert doctor.checks(**whole)["values"] == [
        Found(
            "FAILED",
            "The environment variable SFMC_SUBDOMAIN is not a subdomain: give only the part before "
            ".rest.marketingcloudapis.com, in lower-case letters, digits and hyphens",
            "Correct it where it is set.",
        )
    ]
