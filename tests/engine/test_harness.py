"""The harness and both engines (an official CLI, or the built one with its stand-ins) do what is asked."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import NewStack
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

THING = '''
    """A dynamic resource that waits for a file and counts its calls."""

    import os
    import time
    from pathlib import Path

    import pulumi
    from pulumi.dynamic import (
        CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult,
    )


    class ThingProvider(ResourceProvider):
        serialize_as_secret_always = False

        def create(self, props):
            Path("created").write_text(Path("created").read_text() + "." if Path("created").exists() else ".")
            while props.get("wait_for") and not Path(props["wait_for"]).exists():
                time.sleep(0.02)
            if props.get("fails") and Path("created").read_text() == ".":
                raise RuntimeError("not yet")
            return CreateResult("thing-1", {**props, "double": props["text"] * 2})

        def diff(self, id, olds, news):
            return DiffResult(changes=None, replaces=["place"] if olds["place"] != news["place"] else [])

        def update(self, id, olds, news):
            return UpdateResult({**news, "double": news["text"] * 2})

        def read(self, id, props):
            if Path("gone").exists():
                return ReadResult("", {})
            return ReadResult(id, props)

        def delete(self, id, props):
            Path("deleted").write_text(id)


    class Thing(Resource, module="trial", name="Thing"):
        double: pulumi.Output[str]

        def __init__(self, name, opts=None, **props):
            super().__init__(ThingProvider(), name, {"double": None, "place": "here", **props}, opts)
'''
PROGRAM = """
    import pulumi
    from thing import Thing

    one = Thing("one", text="a")
    pulumi.export("double", one.double)
"""
PROGRAM_LINES = 'from thing import Thing\nThing("one", text="a")\n'
WAITING = 'from thing import Thing\nThing("one", text="a", wait_for="go")\n'


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    """Give a stack whose project holds the trial resource beside its program."""
    stack = new_stack()
    stack.file("thing.py", THING)
    return stack


def test_life_of_a_resource(stack: Stack) -> None:
    """A program edited in steps is created, left alone, updated, replaced, refreshed and destroyed."""
    stack.program(PROGRAM)
    previewed = stack.preview()
    created = stack.up()
    assert (previewed.code, previewed.operations) == (0, {"create": 1})
    assert (created.code, created.operations) == (0, {"create": 1})
    assert stack.outputs() == {"double": "aa"}
    assert [(r["id"], r["outputs"]["double"]) for r in stack.state()] == [("thing-1", "aa")]

    assert stack.up().operations == {}

    stack.program(PROGRAM.replace('text="a"', 'text="b"'))
    updated = stack.up()
    assert updated.operations == {"update": 1}
    assert updated.steps[0].diffs == ("text",)
    assert updated.steps[0].urn == ("urn:pulumi:dev::trial::pulumi-python:dynamic/trial:Thing::one")

    stack.program(PROGRAM.replace('text="a"', 'text="b", place="there"'))
    replaced = stack.up()
    assert replaced.operations == {"replace": 1}
    assert [(s.op, s.name) for s in replaced.steps] == [
        ("create-replacement", "one"),
        ("replace", "one"),
        ("delete-replaced", "one"),
    ]

    assert stack.refresh().operations == {}
    stack.file("gone", "")
    assert stack.refresh().operations == {"delete": 1}
    assert stack.state() == []

    assert stack.up().operations == {"create": 1}
    destroyed = stack.destroy()
    assert (destroyed.code, destroyed.operations) == (0, {"delete": 1})
    assert stack.state() == []


def test_error_hook_tries_a_create_again(stack: Stack) -> None:
    """An asynchronous error hook in the program makes the engine create once more."""
    stack.program("""
        import asyncio

        import pulumi
        from thing import Thing

        async def again(args):
            await asyncio.sleep(0)
            return "not yet" in args.errors[0]

        hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook("again", again)])
        Thing("one", text="a", fails=True, opts=pulumi.ResourceOptions(hooks=hooks))
    """)

    result = stack.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert (stack.folder / "created").read_text() == ".."
    assert [d.message for d in result.diagnostics if d.severity == "warning"] == [
        "retrying create due to on-error hook request (1/100)"
    ]


def test_failed_create_is_a_failed_step(stack: Stack) -> None:
    """A create that fails is recorded as failed, is no operation and leaves no resource."""
    stack.program('from thing import Thing\nThing("one", text="a", fails=True)\n')

    result = stack.up()

    assert result.code != 0
    assert result.operations == {}
    assert [(s.op, s.name, s.failed) for s in result.steps] == [("create", "one", True)]
    assert "RuntimeError: not yet" in result.errors[0]
    assert stack.state() == []


def test_secret_configuration_stays_secret(stack: Stack) -> None:
    """A secret value reaches the program as a secret, and is printed only if asked for."""
    stack.config("ens:clientSecret", "-tiger-", secret=True)
    stack.config("ens:accountId", "0042")
    stack.program("""
        import pulumi

        config = pulumi.Config("ens")
        pulumi.export("secret", config.require_secret("clientSecret"))
        pulumi.export("plain", config.require("accountId"))
    """)

    result = stack.up()

    assert result.code == 0
    assert "tiger" not in result.text
    assert "tiger" not in (stack.folder / "Pulumi.dev.yaml").read_text()
    assert stack.outputs() == {"secret": "[secret]", "plain": "0042"}
    assert stack.outputs(show_secrets=True) == {"secret": "-tiger-", "plain": "0042"}


def test_exception_in_the_program_is_told_once(stack: Stack) -> None:
    """An exception fails the run with one traceback, which begins in the program."""
    stack.program("""
        def broken():
            raise ValueError("no such thing")

        broken()
    """)

    result = stack.up()

    assert result.code != 0
    assert result.text.count("Traceback (most recent call last):") == 1
    assert result.text.count("ValueError: no such thing") == 1
    [error] = result.errors
    head, _, rest = error.partition("\n")
    assert head == "Program failed with an unhandled exception:"
    assert rest.splitlines()[1].endswith('__main__.py", line 5, in <module>')


def test_program_sees_its_surroundings(stack: Stack) -> None:
    """The program runs as __main__, in its own folder, in the test's interpreter, knowing its stack."""
    stack.program("""
        import os
        import sys

        import pulumi

        pulumi.export("name", __name__)
        pulumi.export("folder", os.getcwd())
        pulumi.export("python", sys.prefix)
        pulumi.export("root", str(pulumi.get_root_directory()))
        pulumi.export("stack", f"{pulumi.get_project()}/{pulumi.get_stack()}")
    """)

    assert stack.up().code == 0

    folder = str(stack.folder.resolve())
    assert stack.outputs() == {
        "name": "__main__",
        "folder": folder,
        "python": sys.prefix,
        "root": folder,
        "stack": "trial/dev",
    }


def test_virtualenv_option_chooses_the_interpreter(stack: Stack) -> None:
    """With `virtualenv` in Pulumi.yaml, program and plugin run in that environment."""
    other = stack.folder / "other"
    (other / "bin").mkdir(parents=True)
    (other / "bin" / "python").symlink_to(sys.executable)
    (other / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\n")
    packages = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    (other / packages).mkdir(parents=True)
    (other / packages / "ours.pth").write_text(
        "\n".join(path for path in sys.path if path.endswith("site-packages"))
    )
    stack.file(
        "Pulumi.yaml",
        "name: trial\nruntime:\n  name: python\n  options:\n    virtualenv: other\n",
    )
    stack.program('import sys, pulumi\npulumi.export("python", sys.prefix)\n' + PROGRAM_LINES)

    result = stack.up()

    assert (result.code, result.operations) == (0, {"create": 1})
    assert stack.outputs() == {"python": str(other.resolve())}


def test_programs_of_another_cli_are_ignored(new_stack: NewStack, tmp_path: Path) -> None:
    """Language host and launcher are those beside the engine, whatever PATH holds."""
    other = tmp_path / "other"
    other.mkdir()
    for name in ("pulumi-language-python", "pulumi-resource-pulumi-python"):
        (other / name).write_text("#!/bin/sh\nexit 1\n")
        (other / name).chmod(0o755)
    stack = new_stack(extra={"PATH": f"{other}{os.pathsep}{os.environ['PATH']}"})
    stack.file("thing.py", THING)
    stack.program(PROGRAM)

    result = stack.up()

    assert (result.code, result.operations) == (0, {"create": 1})


def test_interrupted_run_records_what_was_under_way(stack: Stack) -> None:
    """After one interrupt the engine waits for the running create and keeps its resource."""
    result = _interrupted(stack)

    assert result.code != 0
    assert [r["id"] for r in stack.state()] == ["thing-1"]


def test_interrupted_standin_is_quiet(stack: Stack, pulumi: Path) -> None:
    """An interrupted program prints no traceback under the stand-in (the official host prints one)."""
    if not (pulumi.parent / "language_host.py").exists():
        pytest.skip("an official CLI is used")

    assert "Traceback" not in _interrupted(stack).text


def _interrupted(stack: Stack) -> RunResult:
    stack.program(WAITING)
    run = stack.start_up()
    run.command.wait_for_text("Thing one creating")
    run.interrupt()
    run.command.wait_for_text("cancel")
    stack.file("go", "")
    return run.wait()


def _wait_until_create_is_called(stack: Stack) -> None:
    """The engine has written its state by then: a kill in the midst of that spoils the file."""
    end = time.monotonic() + 20
    while not (stack.folder / "created").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_killed_cli_leaves_plugin_and_lock(stack: Stack) -> None:
    """After kill -9 of the CLI the plugin lives on and the stack is locked until `pulumi cancel`."""
    stack.program(WAITING)
    run = stack.start_up()
    plugin = run.plugin()
    _wait_until_create_is_called(stack)

    run.kill_cli()

    assert plugin.is_running()
    plugin.kill()
    plugin.wait()
    stack.file("go", "")
    assert "locked" in stack.up().text
    assert stack.cancel().code == 0
    assert stack.up().operations == {"create": 1}


def test_killed_plugin_fails_the_run(stack: Stack) -> None:
    """After kill -9 of the plugin the create fails, and the next run creates."""
    stack.program(WAITING)
    run = stack.start_up()
    run.command.wait_for_text("Thing one creating")

    run.kill_plugin()
    result = run.wait()

    assert (result.code != 0, result.operations) == (True, {})
    stack.file("go", "")
    assert stack.up().operations == {"create": 1}


def test_state_survives_export_and_import(stack: Stack) -> None:
    """An exported state that is edited and imported again is the stack's state."""
    stack.program(PROGRAM)
    stack.up()
    exported = stack.export()
    for resource in exported["deployment"]["resources"]:
        if resource["type"] == "pulumi-python:dynamic/trial:Thing":
            resource["id"] = "thing-2"

    stack.import_state(exported)

    assert [r["id"] for r in stack.state()] == ["thing-2"]
    assert stack.destroy().operations == {"delete": 1}
    assert (stack.folder / "deleted").read_text() == "thing-2"


def test_closed_stack_leaves_no_process(tmp_path: Path, new_stack: NewStack) -> None:
    """Closing ends the CLI, the language host and the plugin of a run that is under way."""
    stack = new_stack()
    stack.file("thing.py", THING)
    stack.program(WAITING)
    run = stack.start_up()
    run.command.wait_for_text("Thing one creating")
    plugin, cli = run.plugin(), psutil.Process(run.command.pid)
    family = [cli, *cli.children(recursive=True)]
    assert plugin in family

    stack.close()

    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
