"""What a program and the plugin load: nothing that their run does not need."""

from __future__ import annotations

import json
import subprocess
import sys

# Each costs milliseconds in each of the two processes of every run.
COSTLY = {
    "difflib",
    "ens_provider.api.client",
    "ens_provider.lifecycle.callback_creation",
    "ens_provider.lifecycle.rotation",
    "ens_provider.lifecycle.subscription_creation",
    "ens_provider.lifecycle.verification",
    "importlib.metadata",
    "requests",
    "urllib3",
}

PROGRAM = """
import pulumi, pulumi.dynamic
import json, sys
before = set(sys.modules)
import ens_provider
for name in ens_provider.__all__:
    getattr(ens_provider, name)
"""
NO_CHANGE = """
import pulumi, pulumi.dynamic
import json, sys
before = set(sys.modules)
import ens_provider
from pulumi.dynamic import Config, ConfigureRequest
account = {
    "ens:restUrl": "http://127.0.0.1:1",
    "ens:authUrl": "http://127.0.0.1:1",
    "ens:clientId": "client",
    "ens:clientSecret": "secret",
}
provider = ens_provider.CallbackProvider()
provider.configure(ConfigureRequest(Config(account, "shop")))
given = {"url": "https://receiver.test/orders", "callback_name": "orders"}
inputs = provider.check({}, given).inputs
outputs = {**inputs, "mid": "1234567", "changed_at": "2026-08-22T09:00:00Z"}
provider.check(inputs, given)
assert provider.diff("0e51415d-ece8-4cb5-ac9d-a43e306af167", outputs, inputs).replaces == []
"""
CALL = """
try:
    provider.create(inputs)
except ens_provider.UnreachableError:
    pass
else:
    raise AssertionError
"""


def _loaded(code: str) -> set[str]:
    """Return those of the costly modules that a process loads which runs this."""
    shown = "print(json.dumps(sorted(set(sys.modules) - before)))"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{shown}"],
        capture_output=True,
        check=True,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        timeout=60,
    )
    return COSTLY & set(json.loads(run.stdout))


def test_program_loads_no_http_client() -> None:
    """All public names together bring nothing that only calls, or only slips of the pen, need."""
    assert _loaded(PROGRAM) == set()


def test_plugin_without_a_change_loads_no_http_client() -> None:
    """What the engine asks for in a preview, and in an `up` without a change, sends nothing."""
    assert _loaded(NO_CHANGE) == set()


def test_first_call_loads_it() -> None:
    """A creation needs rules and HTTP client, which are loaded then."""
    needed = {"ens_provider.api.client", "ens_provider.lifecycle.callback_creation", "requests"}
    assert needed <= _loaded(NO_CHANGE + CALL)
