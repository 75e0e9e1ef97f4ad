"""Records a state of all resources as the present version writes it.

Run once for each version, before its release, with `python -m tests.engine.recorded_state.record`:
it writes `{version}-all-resources.json` beside this file, and the files of earlier versions stay
as they are. A file holds the program, and the state that it left (`pulumi stack export
--show-secrets`). Ids are numbered and addresses are fixed, so that nothing of the machine is in
it; keys are those of an emulator that is gone.

A later version that needs another program (a new resource, a new input) changes `PROGRAM` and
records anew; the earlier files keep the program that they were written by.
"""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import trustme

from ens_provider import __version__
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tests.engine.harness import Stack
from tests.engine.outside import Outside
from tools.endpoint import Endpoint
from tools.engine.environment import ServiceAccess
from tools.engine.obtain import obtain_engine

FOLDER = Path(__file__).parent
RECEIVER = "https://hooks.test"

CALLBACKS = """\
import os
import pulumi
import ens_provider as ens

plain = ens.Callback("plain", url="https://hooks.test/plain")
tuned = ens.Callback(
    "tuned",
    url="https://receiver.test/tuned",
    callback_name="Tuned by hand",
    max_batch_size=500,
    auth_id="33333333-3333-4333-8333-333333333333",
    force_destroy=True,
    on_existing="rotate",
    probe_timeout_seconds=60,
)
"""
PROGRAM = f"""\
{CALLBACKS}
adopted = ens.Callback(
    "adopted",
    url="https://receiver.test/adopted",
    callback_name="Adopted",
    adopt_id=os.environ["ADOPTED_CALLBACK"],
    known_signature_key=os.environ["ADOPTED_KEY"],
)
plain_verified = ens.CallbackVerification(
    "plain",
    callback_id=plain,
    verification_key_url=os.environ["VERIFICATION_KEY_URL"],
    verification_key_token=os.environ["RECEIVER_TOKEN"],
)
tuned_verified = ens.CallbackVerification(
    "tuned", callback_id=tuned, verification_key=os.environ["TUNED_KEY"], timeout_seconds=0
)
adopted_verified = ens.CallbackVerification("adopted", callback_id=adopted)
key = ens.SignatureKey("plain", callback_id=plain_verified, version="3")
ens.SignatureKey("tuned", callback_id=tuned, keep_previous=1)
ens.Subscription(
    "sent", callback_id=plain_verified, event_category_types=[ens.EventType.EMAIL_SENT]
)
ens.Subscription(
    "filtered",
    callback_id=plain_verified,
    subscription_name="Filtered",
    event_category_types=["EngagementEvents.EmailOpen", ens.EventType.EMAIL_SENT],
    filters={{"definitionKey": "welcome"}},
)
ens.Subscription(
    "paused",
    callback_id=tuned_verified,
    event_category_types=[ens.EventType.EMAIL_SENT],
    paused=True,
    pause_reason="moving house",
)
ens.Subscription(
    "adopted",
    callback_id=adopted_verified,
    subscription_name="welcome",
    event_category_types=[ens.EventType.EMAIL_SENT],
    adopt_id=os.environ["ADOPTED_SUBSCRIPTION"],
)
pulumi.export("key", key.key)
pulumi.export("fingerprint", key.fingerprint)
"""

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def record() -> Path:
    """Write the recording of the present version and return its path."""
    with ExitStack() as running:
        authority = trustme.CA()
        endpoint = running.enter_context(Endpoint(("receiver.test",), authority=authority))
        receiver = running.enter_context(
            ReceiverProcess(
                ReceiverProcessOptions(host_names=("hooks.test",), token="receiver-token")
            )
        )
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        trusted = folder / "trusted.pem"
        trusted.write_text(
            "".join(Path(each.ca_file).read_text("utf-8") for each in (endpoint, receiver)), "utf-8"
        )
        options = EmulatorOptions(resolve=[*endpoint.resolve, *receiver.resolve], ca_file=trusted)
        emulator = running.enter_context(EmulatorProcess(options))
        state = _made(folder, emulator, endpoint, receiver)
    text = json.dumps({"program": PROGRAM, "state": state}, indent=1, sort_keys=True)
    text = text.replace(receiver.local_url, RECEIVER)
    path = FOLDER / f"{__version__}-all-resources.json"
    path.write_text(f"{_with_numbered_ids(text)}\n", "utf-8")
    return path


def _made(
    folder: Path, emulator: EmulatorProcess, endpoint: Endpoint, receiver: ReceiverProcess
) -> dict[str, Any]:
    service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
    stack = Stack(folder / "stack", pulumi=obtain_engine(), service=service, project="shop")
    outside = Outside(emulator)
    live = outside.create_callback("Adopted", url="https://receiver.test/adopted")
    outside.verify(live["callbackId"])
    stack.with_environment(
        REQUESTS_CA_BUNDLE=receiver.ca_file,
        VERIFICATION_KEY_URL=receiver.verification_key_url,
        RECEIVER_TOKEN=receiver.token,
        ADOPTED_CALLBACK=live["callbackId"],
        ADOPTED_KEY=live["signatureKey"],
        ADOPTED_SUBSCRIPTION=outside.subscribe(live["callbackId"]),
    )
    try:
        _up(stack, CALLBACKS)
        stack.with_environment(TUNED_KEY=endpoint.probes[-1]["verificationKey"])
        for version in ("1", "2", "3"):
            _up(stack, PROGRAM.replace('version="3"', f'version="{version}"'))
        return _portable(stack.export(show_secrets=True))
    finally:
        stack.close()


def _portable(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out where in which files the program ran."""
    for resource in state["deployment"]["resources"]:
        for name in ("sourcePosition", "stackTrace"):
            resource.pop(name, None)
    return state


def _up(stack: Stack, program: str) -> None:
    stack.program(program)
    result = stack.up()
    if result.code != 0:
        raise RuntimeError(f"The state was not recorded: {result.text}")


def _with_numbered_ids(text: str) -> str:
    numbered: dict[str, str] = {}
    return _GUID.sub(
        lambda match: numbered.setdefault(match[0], f"{len(numbered):08d}-0000-4000-8000-{0:012d}"),
        text,
    )


if __name__ == "__main__":
    print(record())  # noqa: T201 -- a command speaks to a person
