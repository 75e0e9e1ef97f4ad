"""Runs a project's program under the SDK's mocks and prints what it declares.

Reads `{"project", "folder", "config", "answers"}` in JSON, prints JSON. A process of its own: the SDK
knows one program for each.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc


class Answers(mocks.Mocks):
    """Answers each resource with its inputs, and with the outputs that were given for it."""

    def __init__(self, given: dict[str, dict[str, Any]]) -> None:
        self._given = given

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Answer no function: none is called."""
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Return id and outputs."""
        given = dict(self._given.get(f"{args.typ}::{args.name}", {}))
        return given.pop("id", f"{args.name}-id"), {**args.inputs, **given}


class Monitor(mocks.MockMonitor):
    """Takes down what is registered, with what it depends on and what of it is secret."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self.resources_declared: list[dict[str, Any]] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 -- the base's name
        """Take a resource down."""
        if request.custom:
            inputs = json_format.MessageToDict(request.object)
            declared = {
                "name": f"{request.type}::{request.name}",
                "inputs": {key: _plain(each) for key, each in inputs.items()},
                "secrets": [key for key, each in inputs.items() if _holds_secret(each)],
                "depends_on": sorted({_name_in(urn) for urn in request.dependencies}),
            }
            self.resources_declared.append(declared)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call] # the SDK's


def _name_in(urn: str) -> str:
    """Return `type::name` of a URN, whatever its parents are."""
    kinds, name = urn.split("::")[2:]
    return f"{kinds.rpartition('$')[2]}::{name}"


def _plain(value: Any) -> Any:
    """Return a value without the SDK's marks: archives as their files, files as their paths."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(rpc._special_sig_key)
    if kind == rpc._special_secret_sig:
        return _plain(value["value"])
    if kind == rpc._special_asset_sig:
        return value["path"]
    if kind == rpc._special_archive_sig:
        return _plain(value["assets"])
    return {key: _plain(each) for key, each in value.items()}


def _holds_secret(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_secret, value))
    if not isinstance(value, dict):
        return False
    return value.get(rpc._special_sig_key) == rpc._special_secret_sig or any(
        map(_holds_secret, value.values())
    )


def main() -> None:
    """Run it."""
    given = json.load(sys.stdin)
    os.chdir(given["folder"])
    monitor = Monitor(Answers(given["answers"]))
    asyncio.set_event_loop(asyncio.new_event_loop())
    mocks.set_mocks(
        monitor.mocks, project=given["project"], stack="dev", preview=False, monitor=monitor
    )
    pulumi.runtime.set_all_config(given["config"])

    exports: dict[str, tuple[Any, bool]] = {}

    @pulumi.runtime.test
    def declare() -> pulumi.Output[Any]:
        names = runpy.run_path("__main__.py", run_name="__main__")
        exported = names["pulumi"].runtime.get_root_resource().outputs
        return pulumi.Output.all(**exported).apply(exports.update)

    declare()
    json.dump({"resources": monitor.resources_declared, "exports": exports}, sys.stdout)


if __name__ == "__main__":
    main()
