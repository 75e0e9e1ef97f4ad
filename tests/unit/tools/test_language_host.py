"""What the stand-in for the language host answers by itself, and what it hands over."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    plugin_pb2,
    resource_pb2,
    resource_pb2_grpc,
)

from tools.engine.standin.install import install_standins

# Loading the real one takes a quarter of a second, for each host of each run.
NO_SDK = "raise AssertionError('the SDK is loaded')\n"


@contextmanager
def host(
    folder: Path, *, sdk: str | None = None, engine: str = "127.0.0.1:1"
) -> Iterator[grpc.Channel]:
    """Run the host from a folder, and give a channel to it; `sdk` is the text of another SDK."""
    install_standins(folder)
    environment = {"PULUMI_PYTHON_CMD": sys.executable, "PATH": "/usr/bin:/bin"}
    if sdk is not None:
        other = folder / "other"
        (other / "pulumi").mkdir(parents=True)
        (other / "pulumi" / "__init__.py").write_text(sdk, encoding="utf-8")
        environment["PYTHONPATH"] = str(other)
    command = [str(folder / "pulumi-language-python"), engine]
    with (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        process.kill()
        process.communicate()


class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """As much of an engine as a program without resources needs."""

    def Log(self, request: Any, context: Any) -> Any:  # noqa: N802, the protocol's
        """Hear what is logged."""
        return empty_pb2.Empty()

    def SetRootResource(self, request: Any, context: Any) -> Any:  # noqa: N802, the same
        """Hear which resource is the stack."""
        return engine_pb2.SetRootResourceResponse()

    def SupportsFeature(self, request: Any, context: Any) -> Any:  # noqa: N802, the same
        """Have no feature."""
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: N802, the same
        """Register the stack."""
        return resource_pb2.RegisterResourceResponse(
            urn="urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"
        )

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802, the same
        """Take the stack's outputs."""
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[str]:
    """Give the address of an engine."""
    server = grpc.server(ThreadPoolExecutor(4))
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


def test_the_questions_of_every_run_need_no_sdk(tmp_path: Path) -> None:
    """A host that is started for a question or two answers without loading the SDK."""
    with host(tmp_path, sdk=NO_SDK) as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)

        about = stub.About(language_pb2.AboutRequest())
        info = stub.GetPluginInfo(empty_pb2.Empty())
        packages = stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest())
        plugins = stub.GetRequiredPlugins(language_pb2.GetRequiredPluginsRequest())
        # What the engine says at the end.
        cancelled = stub.Cancel(empty_pb2.Empty())

    assert about == language_pb2.AboutResponse(
        executable=sys.executable, version=platform.python_version()
    )
    assert info == plugin_pb2.PluginInfo()
    assert packages == language_pb2.GetRequiredPackagesResponse()
    assert plugins == language_pb2.GetRequiredPluginsResponse()
    assert cancelled == empty_pb2.Empty()


def test_a_long_path_of_an_interpreter(tmp_path: Path) -> None:
    """A path whose length takes two bytes on the wire arrives whole."""
    deep = tmp_path / ("d" * 150)
    deep.mkdir()
    python = deep / "python"
    python.symlink_to(sys.executable)
    script = "import language_host, sys; sys.stdout.buffer.write(language_host.about())"
    install_standins(tmp_path)

    written = subprocess.run(
        [str(python), "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    ).stdout

    assert language_pb2.AboutResponse.FromString(written).executable == str(python)


def test_a_method_that_nobody_has_is_not_implemented(tmp_path: Path) -> None:
    """The engine tries its connections with one, before anything is loaded."""
    with host(tmp_path, sdk=NO_SDK) as channel:
        has: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/nobody.Nothing/Has")

        with pytest.raises(grpc.RpcError) as refused:
            has(b"", timeout=30)

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_all_else_is_handed_over(tmp_path: Path) -> None:
    """The host of programs is loaded for the rest, and refuses what it has not, either."""
    with host(tmp_path) as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)

        with pytest.raises(grpc.RpcError) as refused:
            stub.Template(language_pb2.TemplateRequest())
        assert stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("cancelled", [True, False])
def test_a_run_that_was_called_off_before_it_began(
    tmp_path: Path, engine: str, *, cancelled: bool
) -> None:
    """Its program runs no line, and the engine is told that the run bailed out."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "__main__.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n", "utf-8")
    info = language_pb2.ProgramInfo(
        root_directory=str(program), program_directory=str(program), entry_point="."
    )
    with host(tmp_path, engine=engine) as channel:
        stub = language_pb2_grpc.LanguageRuntimeStub(channel)
        if cancelled:
            stub.Cancel(empty_pb2.Empty())

        ended = stub.Run(
            language_pb2.RunRequest(
                info=info, project="p", stack="s", parallel=1, monitor_address=engine
            )
        )

    assert ended == language_pb2.RunResponse(bail=cancelled)
    assert (tmp_path / "ran").exists() is not cancelled


def test_interpreter_without_the_sdk(tmp_path: Path) -> None:
    """It is named with the way to put it right."""
    install_standins(tmp_path)
    bare = [sys.executable, "-I", "-S", str(tmp_path / "language_host.py")]

    ended = subprocess.run(bare, capture_output=True, check=False, text=True)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"{sys.executable} cannot import the Pulumi SDK (No module named 'grpc'): install the "
        "project's requirements.txt into it, or name another interpreter in PULUMI_PYTHON_CMD.\n"
    )


def test_an_sdk_that_is_not_whole(tmp_path: Path) -> None:
    """The run that needs it ends with the same sentence."""
    broken = "raise ImportError('half of it is gone')\n"
    with host(tmp_path, sdk=broken) as channel, pytest.raises(grpc.RpcError) as ended:
        language_pb2_grpc.LanguageRuntimeStub(channel).Run(language_pb2.RunRequest(), timeout=60)

    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    assert (tmp_path / "stderr").read_text(encoding="utf-8") == (
        f"{sys.executable} cannot import the Pulumi SDK (half of it is gone): install the "
        "project's requirements.txt into it, or name another interpreter in PULUMI_PYTHON_CMD.\n"
    )
