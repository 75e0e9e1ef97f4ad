"""The Python program that declares what the import file holds."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ens_provider.cli.exit_codes import CommandError
from ens_provider.cli.importing.files import IMPORT_FILE
from ens_provider.cli.importing.names import VERIFIED_SUFFIX
from ens_provider.cli.importing.plan import (
    Plan,
    PlannedCallback,
    PlannedProvider,
    placeholder,
)
from ens_provider.lifecycle.event_types import EventType
from ens_provider.lifecycle.subscription import ACTIVE
from ens_provider.lifecycle.subscription_inputs import canonical_filters
from ens_provider.resources.import_document import ImportEntry

_LINE_LENGTH = 100
_HEAD = '''\
"""The callbacks and subscriptions of business unit {mid}, as they were found there.

Import them before the first `pulumi up`. It takes them for somebody else's otherwise: it fails at
callbacks that have subscriptions, and makes those without anew.

    {command}
"""

'''
# An import records no dependencies. Measured on the engine: without parents, a `pulumi destroy`
# between the import and the first `pulumi up` deletes callbacks and subscriptions side by side, and
# fails halfway with the service's 409; with them, children always go first.
_PARENTS = """
# The import keeps no dependencies before the first `pulumi up`. As children of their callbacks,
# verifications and subscriptions are deleted before them from the beginning.
"""
_PROVIDER = """
# Its credentials come from the environment: {prefix}CLIENT_ID and so on.
"""
_NO_KEY = """\
# Its signature key is not known: ENS shows a key once. Before the import, write it into {file}
# in the place of {placeholder},
# or make a new one, which voids the present one at once:
# ens.SignatureKey("{name}", callback_id={target})
"""
_NOT_VERIFIED = """\
# ENS shows it as not verified (status {status!r}). Once it is, declare its verification:
# ens.CallbackVerification("{name}", callback_id={variable})
"""


def import_command(file: str) -> str:
    """Return the command that imports a file."""
    # No code, since the engine knows no schema to generate it from; no protection, which the program
    # does not declare; no preview, which would show all of it twice.
    return f"pulumi import --file {file} --generate-code=false --protect=false --yes --skip-preview"


def program_text(plan: Plan) -> str:
    """Return the program, not formatted yet."""
    mid = "".join(char for char in plan.mid if char.isalnum())
    parts = [_HEAD.format(mid=mid, command=import_command(IMPORT_FILE))]
    if plan.provider is not None or _has_children(plan):
        parts.append("import pulumi\n\n")
    parts.append("import ens_provider as ens\n")
    parts += _provider(plan.provider)
    parts.append(_PARENTS if _has_children(plan) else "")
    parts += [part for each in plan.callbacks for part in _callback(each, plan.provider)]
    return "".join(parts)


def formatted(text: str) -> str:
    """Return a program as ruff formats it, whatever configuration lies around.

    Raises:
        CommandError: ruff does not take it.
    """
    command = [sys.executable, "-m", "ruff", "format", "--isolated"]
    command += ["--line-length", str(_LINE_LENGTH), "--stdin-filename", "__main__.py", "-"]
    done = subprocess.run(  # noqa: S603 -- our own interpreter, without a shell
        command, input=text, capture_output=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        raise CommandError(
            f"ruff could not format the program ({' '.join(done.stderr.split())}). Nothing was written."
        )
    return done.stdout


def literal(name: str, value: object) -> str:
    """Return an input's value as it stands in a program."""
    if name == "event_category_types":
        return _sequence([_event_type(kind) for kind in _texts(value)])
    return _filters(_texts(value)) if name == "filters" else repr(value)


def _has_children(plan: Plan) -> bool:
    return any(entry.parent is not None for entry in plan.entries)


def _provider(planned: PlannedProvider | None) -> Iterator[str]:
    if planned is None:
        return
    settings = {
        "account_id": repr(planned.entry.account_id),
        "env_prefix": repr(planned.entry.env_prefix),
    }
    yield _PROVIDER.format(prefix=planned.entry.env_prefix)
    yield f"{planned.variable} = {_call('Provider', planned.entry.resource_name, settings)}\n"


def _callback(planned: PlannedCallback, provider: PlannedProvider | None) -> Iterator[str]:
    name, variable = planned.callback.resource_name, planned.variable
    verified = variable if planned.verification is None else variable + VERIFIED_SUFFIX
    inputs = _inputs(planned.callback)
    if provider is not None:
        # Its children have it from there.
        inputs["opts"] = f"pulumi.ResourceOptions(provider={provider.variable})"
    yield "\n"
    yield from _comments(planned, target=verified)
    yield f"{variable} = {_call('Callback', name, inputs)}\n"
    if planned.verification is not None:
        call = _call("CallbackVerification", name, _child_inputs({}, variable, target=variable))
        yield f"{verified} = {call}\n"
    for entry in planned.subscriptions:
        yield from _subscription(entry, variable, target=verified)


def _comments(planned: PlannedCallback, *, target: str) -> Iterator[str]:
    name = planned.callback.resource_name
    if planned.verification is None:
        status = planned.record.status
        yield _NOT_VERIFIED.format(status=status, name=name, variable=planned.variable)
    if planned.key is None:
        text = placeholder(planned.record.callback_id)
        yield _NO_KEY.format(file=IMPORT_FILE, placeholder=text, name=name, target=target)


def _subscription(entry: ImportEntry, parent: str, *, target: str) -> Iterator[str]:
    status = entry.outputs["status"]
    if status.casefold() != ACTIVE and not entry.inputs["paused"]:
        yield f"# ENS shows its status as {status!r}.\n"
    inputs = _child_inputs(_inputs(entry), parent, target=target)
    yield _call("Subscription", entry.resource_name, inputs) + "\n"


def _inputs(entry: ImportEntry) -> dict[str, str]:
    return {name: literal(name, value) for name, value in entry.declared.items()}


def _child_inputs(inputs: Mapping[str, str], parent: str, *, target: str) -> dict[str, str]:
    options = f"pulumi.ResourceOptions(parent={parent})"
    return {
        "callback_id": target,
        **{k: v for k, v in inputs.items() if k != "callback_id"},
        "opts": options,
    }


def _call(kind: str, name: str, inputs: Mapping[str, str]) -> str:
    arguments = [repr(name), *(f"{key}={value}" for key, value in inputs.items())]
    return f"ens.{kind}({', '.join(arguments)})"


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)  # noqa: S101 -- for the type checker: `check` made it
    return value


def _event_type(kind: str) -> str:
    try:
        return f"ens.EventType.{EventType(kind).name}"
    except ValueError:
        return repr(kind)


def _filters(filters: Sequence[str]) -> str:
    mapping: dict[str, Any] = {}
    for text in filters:
        name, _, value = text.partition("=")
        mapping[name] = value
    # A name that stands there twice is what only a list can say.
    if canonical_filters(mapping) == list(filters):
        return repr(mapping)
    return _sequence([repr(text) for text in filters])


def _sequence(literals: Sequence[str]) -> str:
    return f"[{', '.join(literals)}]"
