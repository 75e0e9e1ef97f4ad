"""Runs the jobs of `examples/github-actions` on this machine, in git checkouts of the example."""

from __future__ import annotations

import itertools
import shutil
import socketserver
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.engine.harness import RunResult
from tests.repo.workflows import EXAMPLE, filled, only_job, pulumi_step
from tools.engine.cli import PulumiCLI
from tools.engine.environment import EngineFolders, child_environment
from tools.engine.events import Events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.outside import Outside

# The commands of `pulumi/actions`, as its Automation API calls the CLI.
_COMMANDS = {"preview": ["preview"], "up": ["up", "--yes", "--skip-preview"]}
# Inputs that add a flag where they are true.
_SWITCHES = {
    "diff": "--diff",
    "expect-no-changes": "--expect-no-changes",
    "refresh": "--refresh",
}
# Inputs that are about GitHub or about which CLI is installed: no part of the command line.
_ELSEWHERE = ("comment-on-pr", "comment-on-summary", "edit-pr-comment", "pulumi-version")


def command_line(step: Mapping[str, Any], values: Mapping[str, str]) -> list[str]:
    """Return the arguments of `pulumi` that a step with `pulumi/actions` comes to.

    Args:
        step: The step; an input that is not known here is an error.
        values: What its expressions stand for, `{"vars.PULUMI_STACK": "prod"}`.

    Raises:
        ValueError: The step has an input whose flag is not known.
    """
    inputs = {name: filled(value, values) for name, value in step["with"].items()}
    arguments = [*_COMMANDS[inputs.pop("command")], "--stack", inputs.pop("stack-name")]
    for name, value in inputs.items():
        if name in _SWITCHES:
            arguments += [_SWITCHES[name]] if value == "true" else []
        elif name not in _ELSEWHERE:
            raise ValueError(f"no flag is known for the input {name!r} of pulumi/actions")
    return arguments


class Repository:
    """A git repository that holds the example, with checkouts of its branches.

    Args:
        folder: An empty folder; `main` is checked out in `main`.
    """

    def __init__(self, folder: Path) -> None:
        self.main = folder / "main"
        shutil.copytree(EXAMPLE, self.main)
        self._git("init", "--quiet", "--initial-branch=main")
        self._furnish(self.main)
        self.commit(self.main)

    def branch(self, name: str) -> Path:
        """Check a new branch out of `main`, beside it; return the checkout."""
        checkout = self.main.parent / name
        self._git("worktree", "add", "--quiet", "-b", name, str(checkout))
        self._furnish(checkout)
        return checkout

    def commit(self, checkout: Path) -> None:
        """Commit all that `.gitignore` does not leave out."""
        self._git("add", "--all", cwd=checkout)
        self._git("commit", "--quiet", "--message=Change it", cwd=checkout)

    def merge(self, name: str) -> None:
        """Merge a branch into `main`."""
        self._git("merge", "--quiet", "--no-edit", name)

    def _furnish(self, checkout: Path) -> None:
        # The jobs fill it with pip; this is the one that the tests run in.
        (checkout / ".venv").symlink_to(sys.prefix, target_is_directory=True)

    def _git(self, *arguments: str, cwd: Path | None = None) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        subprocess.run(["git", *who, *arguments], cwd=cwd or self.main, check=True)


class Runner:
    """Runs a workflow's `pulumi` as its job would, in a checkout.

    Args:
        folder: Where the backend, the engine's own things and the event logs lie.
        pulumi: Path of the CLI.
        stored: What the settings of the hosted repository hold for each environment, by the
            expression that reads it: `{"drift": {"vars.SFMC_CLIENT_ID": "reader"}}`.
    """

    def __init__(
        self, folder: Path, *, pulumi: Path, stored: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._folders = EngineFolders.below(folder)
        self._logs = folder
        self._pulumi = pulumi
        self._stored = stored
        self._numbers = itertools.count(1)

    def init(self, checkout: Path, stack: str) -> None:
        """Create the stack, as a person does once."""
        environment = child_environment(self._folders, service=None)
        cli = PulumiCLI(binary=self._pulumi, cwd=checkout, environment=environment)
        cli.run("stack", "init", stack, check=True)

    def run(
        self, name: str, checkout: Path, *more: str, outside: Mapping[str, str] | None = None
    ) -> RunResult:
        """Run the `pulumi` of a workflow.

        Args:
            name: The workflow.
            checkout: Where it runs.
            more: Further arguments, `--json` for instance.
            outside: Variables beside those of the step: where the service or a proxy is.
        """
        step, values = pulumi_step(name), self._stored[only_job(name)["environment"]]
        given = {key: filled(value, values) for key, value in step["env"].items()}
        environment = child_environment(
            self._folders, service=None, extra={**given, **(outside or {})}
        )
        log = self._logs / f"events-{next(self._numbers)}.json"
        cli = PulumiCLI(binary=self._pulumi, cwd=checkout, environment=environment)
        arguments = (*command_line(step, values), *more, "--event-log", str(log))
        return RunResult(command=cli.run(*arguments), events=Events.read(log))


@dataclass(frozen=True)
class World:
    """The repository, its jobs, the service and somebody else in the same account."""

    repository: Repository
    runner: Runner
    emulator: EmulatorProcess
    calls: Calls
    outside: Outside

    def run(self, name: str) -> RunResult:
        """Run a workflow on `main`, with the service in the place of the stack's subdomain."""
        service = {
            "SFMC_AUTH_URL": self.emulator.auth_url,
            "SFMC_REST_URL": self.emulator.rest_url,
        }
        return self.runner.run(name, self.repository.main, outside=service)


class Trap:
    """A proxy that lets nothing through and keeps what it was asked for. A context manager."""

    def __init__(self) -> None:
        caught: list[str] = []

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                caught.append(self.rfile.readline(1000).decode("latin-1").strip())

        self.caught = caught
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Trap:  # noqa: PYI034 -- Self needs Python 3.11
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def variables(self) -> dict[str, str]:
        """Return what sends every call beyond this machine here."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": url, "HTTP_PROXY": url, "ALL_PROXY": url}
