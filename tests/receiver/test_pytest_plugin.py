"""The fixtures for users' tests, in runs of pytest of their own, as strict as pytest can be."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

STRICT = ("-W", "error", "--strict-config", "--strict-markers", "-p", "no:cacheprovider")
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR")

USED = """
import pytest
import trustme

from ens_provider.emulator.process import EmulatorError
from ens_provider.emulator.samples.catalogue import sample_event

URL = "https://receiver.test/orders"
SENT = sample_event("TransactionalSendEvents.EmailSent")


def test_events_arrive(ens_emulator, ens_receiver):
    callback = ens_emulator.live_callback(URL)
    assert ens_receiver.verification_key(callback.callback_id)
    ens_receiver.put_keys(callback.callback_id, [callback.signature_key])
    [delivery] = ens_emulator.send_events([SENT])["deliveries"]
    assert (delivery["url"], delivery["status"]) == (URL, 200)
    [received] = ens_receiver.received()
    assert received["events"] == [SENT]


def test_nothing_is_left(ens_emulator, ens_receiver):
    assert ens_emulator.state() == {"callbacks": [], "subscriptions": []}
    assert ens_receiver.received() == []
    callback = ens_emulator.live_callback(URL, event_types=["EngagementEvents.EmailOpen"])
    [miss] = ens_emulator.send_events([SENT])["unmatched"]
    assert miss["events"] == 1
    opened = sample_event("EngagementEvents.EmailOpen")
    [delivery] = ens_emulator.send_events([opened])["deliveries"]
    assert delivery["status"] == 503
    [received] = ens_receiver.received()
    assert received["reason"] == "There is no signature key to check the signature with."


def test_one_process_for_all(ens_emulator, ens_emulator_process):
    assert ens_emulator is ens_emulator_process


@pytest.fixture(scope="session")
def ens_resolve(ens_resolve):
    [receiver] = ens_resolve
    address = receiver.partition("=")[2]
    return [receiver, f"shop.test={address}"]


@pytest.fixture(scope="session")
def ens_ca_files(ens_ca_files, tmp_path_factory):
    other = tmp_path_factory.mktemp("ca") / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    return [other, *ens_ca_files]


def test_name_of_the_user(ens_emulator):
    with pytest.raises(EmulatorError, match="TrustFailure"):
        ens_emulator.live_callback("https://shop.test/orders")
    assert ens_emulator.live_callback("https://receiver.test/orders", name="other")


def test_name_of_nobody(ens_emulator):
    with pytest.raises(EmulatorError, match="NameResolutionFailure"):
        ens_emulator.live_callback("https://unknown.test/orders")
"""
WITHOUT_EXTRAS = """
import sys

sys.modules["aiohttp"] = sys.modules["trustme"] = None


def test_emulator(ens_emulator):
    pass


def test_receiver(ens_receiver):
    pass
"""


def pytest_in(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest on a file in a folder, with the environment of nobody but the test."""
    path = folder / "test_of_a_user.py"
    path.write_text(text, encoding="utf-8")
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # An installation that is older than the plugin's entry point does not load it by itself.
    command = [sys.executable, "-m", "pytest", "-p", "ens_provider.pytest_plugin", *STRICT]
    return subprocess.run(
        [*command, *arguments, path.name],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_fixtures_are_used(tmp_path: Path) -> None:
    """Events reach the receiver of the fixtures, and each test finds both as new.

    Overridden fixtures lead a further name to a server and add an authority to the one that is
    trusted; names of nobody lead nowhere. Nothing warns.
    """
    done = pytest_in(tmp_path, USED)

    assert done.returncode == 0, done.stdout
    assert re.search(r"^=+ 5 passed in ", done.stdout, re.MULTILINE)


def test_missing_extras(tmp_path: Path) -> None:
    """Each fixture says in one sentence, without a traceback, what is to be installed for it."""
    done = pytest_in(tmp_path, WITHOUT_EXTRAS)

    assert done.returncode == 1
    assert re.search(r"^=+ 2 errors in ", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stdout
    assert (
        "\nThe fixture ens_emulator needs what is not installed ('aiohttp'): "
        "pip install 'pulumi-sfmc-ens[emulator]'\n"
    ) in done.stdout
    assert (
        "\nThe fixture ens_receiver needs what is not installed ('trustme'): "
        "pip install 'pulumi-sfmc-ens[receiver]'\n"
    ) in done.stdout


def test_plugin_costs_nothing_unused() -> None:
    """Importing the plugin imports the bare package and pytest, and nothing else of ours."""
    program = (
        "import sys, ens_provider.pytest_plugin; "
        "print(*[name for name in sys.modules if name.startswith('ens_provider')])"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert sorted(done.stdout.split()) == [
        "ens_provider",
        "ens_provider._version",
        "ens_provider.pytest_plugin",
    ]
