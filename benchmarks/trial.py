"""One stack on one engine, and how long each command of its life takes."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.memory import PeakMemory
from benchmarks.programs import OURS, Shape
from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from tools.endpoint import Endpoint
from tools.engine.cli import PulumiCLI
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment
from tools.engine.processes import end_processes_of

PHASES = ("up", "no change", "preview", "refresh", "update all", "destroy")
"""The life of a stack, in the order in which it is measured."""

_COMMANDS = {
    "up": ("up", "--yes", "--skip-preview"),
    "no change": ("up", "--yes", "--skip-preview", "--expect-no-changes"),
    "preview": ("preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
    "update all": ("up", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
_LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What one command took.

    Attributes:
        wall_seconds: From its start to its end.
        cpu_seconds: Of the CLI and all that it starts: plugin and program.
        service_cpu_seconds: Of the emulator and of the endpoint that it probes.
        calls: Requests that reached the emulator.
        peak_bytes: Most memory of the CLI, the plugin and the program together.
    """

    wall_seconds: float
    cpu_seconds: float
    service_cpu_seconds: float
    calls: int
    peak_bytes: int


class Trial:
    """A stack of one shape and side, brought up and destroyed as often as is asked for.

    Args:
        folder: An empty folder.
        pulumi: Path of the CLI.
        shape: What the program declares.
        side: `FLOOR` or `OURS`.
        service: The emulator; None for the floor.
    """

    def __init__(
        self,
        folder: Path,
        *,
        pulumi: Path,
        shape: Shape,
        side: str,
        service: EmulatorProcess | None,
        variables: dict[str, str] | None = None,
    ) -> None:
        self._shape = shape
        self._side = side
        self._service = service
        self._project = folder / "project"
        self._project.mkdir()
        (self._project / "Pulumi.yaml").write_text("name: benchmark\nruntime: python\n", "utf-8")
        self._folders = EngineFolders.below(folder)
        access = None
        if service is not None:
            access = ServiceAccess(auth_url=service.auth_url, rest_url=service.rest_url)
        environment = child_environment(self._folders, service=access, extra=variables)
        self._cli = PulumiCLI(binary=pulumi, cwd=self._project, environment=environment)
        self._cli.run("stack", "init", "dev", check=True)

    def run(self, phases: Sequence[str] = PHASES) -> dict[str, Timing]:
        """Go once through these phases; return what each took."""
        return {phase: self._measure(phase) for phase in phases}

    def close(self) -> None:
        """End what an interrupted command left behind."""
        end_processes_of(self._folders)

    def _measure(self, phase: str) -> Timing:
        revision = 2 if phase == "update all" else 1
        if phase != "destroy":
            program = self._shape.program(self._side, revision=revision)
            (self._project / "__main__.py").write_text(program, "utf-8")
        if self._service is not None:
            self._service.clear_calls()
        cpu, service_cpu = _children_cpu_seconds(), self._service_cpu_seconds()
        begun = time.monotonic()
        command = self._cli.start(*_COMMANDS[phase])
        with PeakMemory(command.pid) as memory:
            result = command.wait(timeout_seconds=_LONGEST_SECONDS)
        wall = time.monotonic() - begun
        if result.code:
            raise RuntimeError(f"pulumi {phase} of {self._shape} failed:\n{result.text}")
        return Timing(
            wall_seconds=wall,
            cpu_seconds=_children_cpu_seconds() - cpu,
            service_cpu_seconds=self._service_cpu_seconds() - service_cpu,
            calls=self._calls(),
            peak_bytes=memory.peak_bytes,
        )

    def _calls(self) -> int:
        if self._service is None:
            return 0
        return sum(call["kind"] == "request" for call in self._service.calls())

    def _service_cpu_seconds(self) -> float:
        if self._service is None:
            return 0.0
        times = psutil.Process(self._service.pid).cpu_times()
        # The endpoint that is probed lives in this process.
        return times.user + times.system + time.process_time()


@contextmanager
def trial(
    *,
    pulumi: Path,
    shape: Shape,
    side: str,
    latency_ms: int = 0,
    variables: dict[str, str] | None = None,
) -> Iterator[Trial]:
    """Give a trial in a temporary folder, with an emulator of its own where it needs one.

    Args:
        pulumi: Path of the CLI.
        shape: What the program declares.
        side: `FLOOR` or `OURS`.
        latency_ms: How late the emulator answers each request.
        variables: Further environment variables of the CLI.
    """
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="ens-benchmark-")))
        service = exits.enter_context(_service(latency_ms)) if side == OURS else None
        made = Trial(
            folder, pulumi=pulumi, shape=shape, side=side, service=service, variables=variables
        )
        exits.callback(made.close)
        yield made


@contextmanager
def _service(latency_ms: int) -> Iterator[EmulatorProcess]:
    with Endpoint() as endpoint:
        options = EmulatorOptions(
            resolve=endpoint.resolve,
            ca_file=endpoint.ca_file,
            latency_ms=latency_ms,
            # Nobody verifies here, so that only what is measured is called.
            switches={"subscribe_unverified": "accepted"},
        )
        with EmulatorProcess(options) as emulator:
            yield emulator


def _children_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
