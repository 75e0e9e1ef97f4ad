"""What the program of an example declares, as the SDK's mocks show it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.repo.files import REPOSITORY
from tools.engine.environment import EngineFolders, child_environment

# `make` puts the providers there, apart from what the engine finds.
PROVIDERS = Path(sys.prefix, "providers")

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource.

    Attributes:
        inputs: Its inputs, secrets unwrapped, an archive as `{name: path}`.
        secrets: The inputs that are secrets, or hold one.
        depends_on: What it waits for, each as `type::name`.
    """

    inputs: Mapping[str, Any] = field(repr=False)
    secrets: frozenset[str]
    depends_on: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Program:
    """All that a program declares.

    Attributes:
        resources: By `type::name`, in order.
        exports: The stack's outputs.
    """

    resources: Mapping[str, Declared]
    exports: Mapping[str, Any]

    def __getitem__(self, name: str) -> Declared:
        return self.resources[name]

    def all_before(self, name: str) -> set[str]:
        """Return what is there before a resource is made, over any number of steps."""
        direct = self[name].depends_on
        return {*direct, *(before for each in direct for before in self.all_before(each))}


def declared(
    project: str, config: Mapping[str, str], answers: Mapping[str, Mapping[str, Any]], home: Path
) -> Program:
    """Run the program of an example; nothing is made, and nothing is called.

    Args:
        project: The folder of the example, and the name of its project in `Pulumi.yaml`, as
            `folder:name`.
        config: The stack's configuration, with the defaults of `Pulumi.yaml`.
        answers: By `type::name`, the outputs of a resource beside its inputs, and its `id`.
        home: A folder for whatever the SDK keeps.
    """
    folder, _, name = project.partition(":")
    given = {
        "project": name,
        "folder": str(REPOSITORY / "examples" / folder),
        "config": dict(config),
        "answers": dict(answers),
    }
    assert PROVIDERS.is_dir(), f"{PROVIDERS} is missing: `make` sets it up"
    modules = os.pathsep.join([str(REPOSITORY), str(PROVIDERS)])
    done = subprocess.run(
        [sys.executable, "-m", "tests.examples.mock_program"],
        input=json.dumps(given),
        cwd=REPOSITORY,
        env=child_environment(
            EngineFolders.below(home), service=None, extra={"PYTHONPATH": modules}
        ),
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    return Program(
        resources={
            each["name"]: Declared(
                inputs=each["inputs"],
                secrets=frozenset(each["secrets"]),
                depends_on=frozenset(each["depends_on"]),
            )
            for each in printed["resources"]
        },
        exports=printed["exports"],
    )
