"""Where the demo plays: an emulator, a receiver, and the project's own program under the CLI."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tools.engine.cli import CommandResult, PulumiCLI, RunningCommand
from tools.engine.environment import (
    REPOSITORY,
    EngineFolders,
    ServiceAccess,
    child_environment,
)
from tools.engine.processes import end_processes_of, plugins_of

HOST = "receiver.test"
_ARRIVAL_SECONDS = 30.0
_POLL_SECONDS = 0.02
PROGRAM = ("__main__.py", "receiver_key.py", "Pulumi.yaml", "requirements.txt")
_VERIFY_SCOPE = "event_notification_callback_update"
_WITH_ID = {"ens-callbacks", "ens-subscriptions", "ens-subscriptions-by-cb"}


class DemoError(Exception):
    """Something did not go as the demo says it does."""


class Stage:
    """An emulator, a receiver and a stack in a temporary folder. A context manager.

    Args:
        engine: Path of the CLI.

    Attributes:
        emulator: Stands in for the service.
        receiver: Answers probes and deliveries; its host is `HOST`.
        cli: The CLI, in the folder of the present project.
    """

    cli: PulumiCLI

    def __init__(self, engine: Path) -> None:
        self._engine = engine
        self._exits = ExitStack()
        self._calls: Counter[str] = Counter()

    def __enter__(self) -> Stage:  # noqa: PYI034 -- Self needs Python 3.11
        with ExitStack() as exits:
            self._set_up(exits)
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def title(self, text: str) -> None:
        """Print the heading of a scene."""
        print(f"\n=== {text}", flush=True)

    def say(self, text: str) -> None:
        """Print a line of explanation."""
        print(f"--- {text}", flush=True)

    def pulumi(self, *arguments: str, fails: bool = False) -> CommandResult:
        """Run a command of the CLI, show it with its output, and hold it to success or failure."""
        self._show_command("pulumi", *arguments)
        result = self.cli.run(*arguments, echo=_print_line)
        expected = "a failure" if fails else "success"
        self.expect(bool(result.code) == fails, f"pulumi {arguments[0]} ends with {expected}")
        return result

    def start(self, *arguments: str) -> RunningCommand:
        """Start a command of the CLI and show it with its output as it comes."""
        self._show_command("pulumi", *arguments)
        return self.cli.start(*arguments, echo=_print_line)

    def send(self, *arguments: str, reaches: bool = True) -> None:
        """Let events happen with `python -m ens_provider send`, and hold it to its success."""
        code = self.command("send", *arguments)
        expected = "arrive" if reaches else "reach nobody"
        self.expect((code == 0) == reaches, f"the events {expected}")

    def command(self, *arguments: str) -> int:
        """Run `python -m ens_provider` in the project, show it with its output; return its code."""
        self._show_command("python -m ens_provider", *arguments)
        done = subprocess.run(
            [sys.executable, "-m", "ens_provider", *arguments],
            cwd=self.cli.cwd,
            env={
                **self.cli.environment,
                "PATH": f"{self.cli.binary.parent}{os.pathsep}{self.cli.environment['PATH']}",
                "ENS_EMULATOR_URL": self.emulator.rest_url,
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=_ARRIVAL_SECONDS,
        )
        for line in (done.stdout + done.stderr).splitlines(keepends=True):
            _print_line(line)
        return done.returncode

    def new_project(self, name: str) -> None:
        """Go on in a new project of that name, which has no program and no stack yet."""
        folder = self.cli.cwd.parent / name
        folder.mkdir()
        options = "{name: python, options: {toolchain: pip, virtualenv: .venv}}"
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {options}\n", "utf-8")
        (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
        self.cli = replace(self.cli, cwd=folder)

    @contextmanager
    def receiver_verifying_itself(self) -> Iterator[None]:
        """Run the receiver with `--verify-self` in the block, as a package that can do no more."""
        self.say("the receiver starts again, with credentials that may verify and nothing else")
        secret = secrets.token_urlsafe(24)
        self.emulator.set_client("receiver", client_secret=secret, scopes=[_VERIFY_SCOPE])
        before = self.receiver.options
        access = ServiceAccess(
            auth_url=self.emulator.auth_url,
            rest_url=self.emulator.rest_url,
            client_id="receiver",
            client_secret=secret,
        )
        self._restart_receiver(replace(before, verify_self=True, environment=access.variables()))
        try:
            yield
        finally:
            self._restart_receiver(before)

    def state(self) -> str:
        """Return the whole state of the stack, secrets in clear."""
        return self.cli.run("stack", "export", "--show-secrets", check=True).stdout

    def config(self, key: str, value: str) -> None:
        """Set a value of the stack's configuration."""
        self.pulumi("config", "set", key, value)

    def expect(self, condition: object, claim: str) -> None:
        """Hold the demo to a claim.

        Raises:
            DemoError: It does not hold.
        """
        if not condition:
            raise DemoError(f"it is not so that {claim}.")
        self.say(f"shown: {claim}")

    def callbacks(self) -> list[dict[str, Any]]:
        """Return the callbacks that the service holds."""
        return self.emulator.state()["callbacks"]

    def subscription_names(self) -> list[str]:
        """Return the names of the subscriptions that the service holds, sorted."""
        return sorted(each["subscriptionName"] for each in self.emulator.state()["subscriptions"])

    def take_accepted(self) -> int:
        """Return how many events the receiver has accepted since the last time."""
        received = self.receiver.received()
        self.receiver.clear_received()
        return sum(len(each["events"]) for each in received if each["status"] == 200)  # noqa: PLR2004 -- accepted

    def knows_key(self) -> bool:
        """Tell whether the stack's fingerprint is that of the key that the service signs with."""
        printed = self.cli.run("stack", "output", "signature_key_fingerprint").stdout.strip()
        key = str(self.callbacks()[0]["signatureKey"])
        return printed == hashlib.sha256(key.encode()).hexdigest()[:16]

    def take_calls(self) -> list[str]:
        """Return the calls since the last time, ids shortened to `ID`, and show them."""
        calls = self._look_at_calls()
        self.say(f"calls to the service: {', '.join(calls) if calls else 'none'}")
        return calls

    def show_end(self) -> None:
        """Show what the service holds at the end, and all calls that were made."""
        self._look_at_calls()
        self.say(f"the service holds: {json.dumps(self.emulator.state())}")
        for call, count in sorted(self._calls.items()):
            print(f"    {count:3} x {call}", flush=True)

    def _look_at_calls(self) -> list[str]:
        calls = self.emulator.calls()
        self.emulator.clear_calls()
        self._calls.update(_call_text(call) for call in calls)
        # Deliveries are the service's own doing; they are counted at the end.
        return [_call_text(call) for call in calls if call["kind"] != "delivery"]

    def wait_until_held(self) -> None:
        """Wait until a call has arrived at a scripted fault that holds it.

        Raises:
            DemoError: None arrives within 30 s.
        """
        until = time.monotonic() + _ARRIVAL_SECONDS
        while not any(fault["held"] for fault in self.emulator.faults()):
            if time.monotonic() > until:
                raise DemoError("the call that was to be held did not arrive")
            time.sleep(_POLL_SECONDS)

    def kill_engine(self, command: RunningCommand) -> None:
        """Kill the CLI and its plugin with -9."""
        command.kill()
        for plugin in plugins_of(self._folders):
            plugin.kill()
            plugin.wait()

    def _set_up(self, exits: ExitStack) -> None:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="ens-demo-")))
        self.receiver = exits.enter_context(
            ReceiverProcess(ReceiverProcessOptions(host_names=[HOST]))
        )
        options = EmulatorOptions(ca_file=self.receiver.ca_file, resolve=self.receiver.resolve)
        self.emulator = exits.enter_context(EmulatorProcess(options))
        self._folders = EngineFolders.below(folder)
        exits.callback(end_processes_of, self._folders)
        self.cli = PulumiCLI(
            binary=self._engine,
            cwd=_project(folder / "project"),
            environment=child_environment(
                self._folders,
                service=ServiceAccess(
                    auth_url=self.emulator.auth_url, rest_url=self.emulator.rest_url
                ),
                # The receiver's certificate is its own; a public one needs no such line.
                extra={"REQUESTS_CA_BUNDLE": self.receiver.ca_file},
            ),
        )

    def _restart_receiver(self, options: ReceiverProcessOptions) -> None:
        self.receiver.stop()
        self.receiver.options = options
        self.receiver.start()

    def _show_command(self, command: str, *arguments: str) -> None:
        shown = ("[secret]" if text == self.receiver.token else text for text in arguments)
        print(f"\n$ {command} {' '.join(shown)}", flush=True)


def _project(folder: Path) -> Path:
    """Copy the program that users copy into a folder, beside this interpreter's environment."""
    folder.mkdir()
    for name in PROGRAM:
        shutil.copy(REPOSITORY / name, folder / name)
    # The program asks for `.venv`; this is the one that the demo itself runs in.
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


def _call_text(call: dict[str, Any]) -> str:
    path = str(call["path"]).replace("/platform/v1/", "")
    head, slash, tail = path.rpartition("/")
    if head in _WITH_ID and tail:
        path = f"{head}{slash}ID"
    kind = call["method"] if call["kind"] == "request" else call["kind"]
    return f"{kind} {path} {call['status']}"


def _print_line(line: str) -> None:
    sys.stdout.write(f"    {line}" if line.strip() else os.linesep)
    sys.stdout.flush()
