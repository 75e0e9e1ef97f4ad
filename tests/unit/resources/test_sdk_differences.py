"""What older versions of the SDK do not do by themselves, tried on a server as the plugin's is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

import grpc
import pulumi
import pytest
from pulumi.runtime import mocks

from ens_provider.lifecycle.errors import ProbeFailed
from ens_provider.resources.sdk_differences import (
    answering_with_traceback,
    leave_untracked,
    sdk_version,
    takes_error_hooks,
)
from tests.unit.resources.mock_engine import Engine

OLD = (3, 259)
NEW = (3, 260)
SENTENCE = "ENS could not call https://receiver.test/orders. Start the endpoint."


def fail(_: bytes) -> bytes:
    """Fail as a provider's method does."""
    raise ProbeFailed(SENTENCE) from None


class Servicer:
    """Calls a method as the plugin of an old SDK does."""

    def __init__(self, method: Callable[[bytes], bytes]) -> None:
        """Take the method."""
        self.method = method

    def Create(self, request: bytes, context: grpc.ServicerContext) -> bytes:  # noqa: N802, the name is the protocol's
        """Answer a call; the context stays here."""
        return self.method(request)


@contextmanager
def served(method: Callable[[bytes], bytes]) -> Iterator[Callable[[bytes], bytes]]:
    """Serve a method over gRPC and give the call of it."""
    server = grpc.server(ThreadPoolExecutor(1))
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        Servicer(method).Create
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("plugin", {"Create": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary("/plugin/Create")
        yield call
    server.stop(None).wait()


def test_error_has_its_class_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The engine gets the traceback with the class, and nothing is written beside it."""
    with (
        served(answering_with_traceback(fail, sdk=OLD)) as call,
        pytest.raises(grpc.RpcError) as raised,
    ):
        call(b"")

    assert raised.value.code() == grpc.StatusCode.UNKNOWN
    lines = str(raised.value.details()).splitlines()
    assert (lines[0], lines[-1]) == (
        "Traceback (most recent call last):",
        f"ens_provider.ProbeFailed: {SENTENCE}",
    )
    assert caplog.text == ""


def test_answer_is_untouched() -> None:
    """What a method returns is what the call answers."""
    with served(answering_with_traceback(bytes.upper, sdk=OLD)) as call:
        assert call(b"orders") == b"ORDERS"


def test_called_without_a_plugin() -> None:
    """Called directly, a method raises what it raises."""
    with pytest.raises(ProbeFailed, match=r"^ENS could not call"):
        answering_with_traceback(fail, sdk=OLD)(b"")


def test_sdk_that_does_it_is_left_alone() -> None:
    """From 3.260 on the SDK answers itself, so that what a method raises passes as it is."""
    with (
        served(answering_with_traceback(fail, sdk=NEW)) as call,
        pytest.raises(grpc.RpcError) as raised,
    ):
        call(b"")

    # What gRPC itself says of an exception that nobody catches.
    assert raised.value.details() == f"Exception calling application: {SENTENCE}"


def test_mocks_take_error_hooks_from_3_260_on(engine: Engine) -> None:
    """Under the SDK's mocks, a program has hooks where these can be registered."""
    assert takes_error_hooks() == (sdk_version() >= NEW)


def test_real_engine_takes_error_hooks(engine: Engine) -> None:
    """A monitor that can register an error hook is asked for it."""

    class Monitor(mocks.MockMonitor):
        def RegisterErrorHook(self, request: Any) -> Any:  # noqa: N802, the protocol's name
            raise NotImplementedError

    mocks.set_mocks(engine, monitor=Monitor(engine))

    assert takes_error_hooks()


def test_output_without_a_list_to_be_left_out_of_is_not_touched() -> None:
    """An output of an older SDK takes any name for one of its value's, which fails later."""
    asked: list[str] = []

    class Lifting:
        def __getattr__(self, name: str) -> Callable[[], None]:
            asked.append(name)
            return lambda: None

    leave_untracked(cast("pulumi.Output[str]", Lifting()))
    leave_untracked(None)

    assert asked == []
