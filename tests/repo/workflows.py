"""The workflows of `examples/github-actions`, read as GitHub reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped] # a dependency of the SDK, without types of its own

from tests.repo.files import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXAMPLE = REPOSITORY / "examples" / "github-actions"
WORKFLOWS = ("apply", "drift", "preview")
_FOLDER = EXAMPLE / ".github" / "workflows"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def text_of_workflow(name: str) -> str:
    """Return the text of one of `WORKFLOWS`."""
    return (_FOLDER / f"{name}.yml").read_text(encoding="utf-8")


def workflow(name: str) -> dict[str, Any]:
    """Return one of `WORKFLOWS`, with `on` under its name."""
    read: dict[Any, Any] = yaml.safe_load(text_of_workflow(name))
    # YAML 1.1 takes the word `on` for a truth value.
    return {"on" if key is True else key: value for key, value in read.items()}


def only_job(name: str) -> dict[str, Any]:
    """Return the one job of a workflow."""
    [job] = workflow(name)["jobs"].values()
    found: dict[str, Any] = job
    return found


def pulumi_step(name: str) -> dict[str, Any]:
    """Return the one step of a workflow that runs `pulumi/actions`."""
    steps = only_job(name)["steps"]
    [step] = [each for each in steps if each.get("uses", "").startswith("pulumi/actions@")]
    found: dict[str, Any] = step
    return found


def expressions(node: object) -> Iterator[str]:
    """Yield each `${{ … }}` below a node of a workflow, without its braces."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from expressions(each)
    elif isinstance(node, str):
        yield from _EXPRESSION.findall(node)


def filled(text: object, values: Mapping[str, str]) -> str:
    """Return a value of a workflow as an action gets it: a text, its expressions filled in.

    Raises:
        KeyError: An expression has no value in `values`.
    """
    plain = str(text).lower() if isinstance(text, bool) else str(text)
    return _EXPRESSION.sub(lambda match: values[match[1]], plain)
