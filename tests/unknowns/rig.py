"""The processes that a story needs: emulator, endpoint, receiver, and what forks plugins."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from ens_provider.emulator.process import EmulatorOptions, EmulatorProcess
from ens_provider.receiver.process import ReceiverProcess, ReceiverProcessOptions
from tests.faults.plugin_host import PluginHost
from tests.unknowns.run import Run
from tools.endpoint import Endpoint
from tools.engine.environment import EngineFolders, ServiceAccess, child_environment

RECEIVER_HOST = "hooks.test"


class Rig:
    """Everything that runs beside a story; stories use it one after the other. A context manager.

    Attributes:
        endpoint: Answers the probes of `receiver.test` as it is told.
        receiver: The real receiver, `hooks.test`.
        emulator: Stands in for the service; its probes find both.
    """

    def __init__(self) -> None:
        self._exits = ExitStack()

    def __enter__(self) -> Rig:  # noqa: PYI034 -- Self needs Python 3.11
        with ExitStack() as exits:
            self._folder = Path(exits.enter_context(TemporaryDirectory(prefix="ens-unknowns-")))
            self.endpoint = exits.enter_context(Endpoint())
            options = ReceiverProcessOptions(host_names=(RECEIVER_HOST,))
            self.receiver = exits.enter_context(ReceiverProcess(options))
            self.emulator = exits.enter_context(EmulatorProcess(self._emulator_options()))
            self._host = exits.enter_context(PluginHost(self._environment()))
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def clear(self) -> None:
        """Give an empty account, an endpoint that answers 200, and a receiver without deliveries."""
        self.emulator.reset()
        self.emulator.clear_faults()
        self.endpoint.answer(200)
        self.endpoint.hook = None
        self.endpoint.received.clear()
        self.receiver.clear_received()

    def run(self) -> Run:
        """Start a plugin process."""
        return Run(*self._host.start(self._folder / "plugin.log", {}))

    def _emulator_options(self) -> EmulatorOptions:
        trusted = self._folder / "trusted.pem"
        files = (self.endpoint.ca_file, self.receiver.ca_file)
        trusted.write_text("".join(Path(file).read_text("utf-8") for file in files), "utf-8")
        resolve = [*self.endpoint.resolve, *self.receiver.resolve]
        return EmulatorOptions(resolve=resolve, ca_file=trusted)

    def _environment(self) -> dict[str, str]:
        emulator = self.emulator
        service = ServiceAccess(auth_url=emulator.auth_url, rest_url=emulator.rest_url)
        extra = {"REQUESTS_CA_BUNDLE": self.receiver.ca_file, "PULUMI_PROJECT": "shop"}
        folders = EngineFolders.below(self._folder)
        return child_environment(folders, service=service, extra=extra)
