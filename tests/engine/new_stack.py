"""A new stack `dev`: made once by `pulumi stack init` in each process of tests, then copied.

Deriving the key of its passphrase is slow on purpose, and some three hundred tests begin with it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tools.engine.cli import PulumiCLI
    from tools.engine.environment import EngineFolders

_SETTINGS = "Pulumi.dev.yaml"
_made: dict[tuple[str, str], _Files] = {}


@dataclass(frozen=True, kw_only=True)
class _Files:
    """What `stack init` leaves: the stack's settings, and of the backend folders and files by path."""

    settings: bytes
    folders: tuple[str, ...]
    backend: dict[str, bytes]


def begin_stack(cli: PulumiCLI, *, project: str, folders: EngineFolders) -> None:
    """Create the stack `dev` of the project in the CLI's folder, and select it."""
    passphrase = cli.environment.get("PULUMI_CONFIG_PASSPHRASE", "")
    has_own_backend = cli.environment["PULUMI_BACKEND_URL"] != folders.backend.resolve().as_uri()
    files = _made.get((project, passphrase))
    if files is None or has_own_backend:
        cli.run("stack", "init", "dev", check=True)
        if not has_own_backend:
            _made[project, passphrase] = _left_by_init(cli.cwd, folders.backend)
        return
    (cli.cwd / _SETTINGS).write_bytes(files.settings)
    for name in files.folders:
        (folders.backend / name).mkdir(parents=True, exist_ok=True)
    for name, content in files.backend.items():
        (folders.backend / name).write_bytes(content)
    _select(cli, project=project, folders=folders)


def _left_by_init(project: Path, backend: Path) -> _Files:
    there = {path.relative_to(backend).as_posix(): path for path in sorted(backend.rglob("*"))}
    return _Files(
        settings=(project / _SETTINGS).read_bytes(),
        folders=tuple(name for name, path in there.items() if path.is_dir()),
        backend={name: path.read_bytes() for name, path in there.items() if path.is_file()},
    )


def _select(cli: PulumiCLI, *, project: str, folders: EngineFolders) -> None:
    """Write down which stack is selected, where the engine does: by the path of the project."""
    digest = hashlib.sha1(str(cli.cwd.resolve() / "Pulumi.yaml").encode()).hexdigest()
    selected = folders.home / "workspaces" / f"{project}-{digest}-workspace.json"
    selected.parent.mkdir(parents=True, exist_ok=True)
    backend = cli.environment["PULUMI_BACKEND_URL"]
    content = {"stacks": {backend: f"organization/{project}/dev"}}
    selected.write_text(json.dumps(content), encoding="utf-8")
