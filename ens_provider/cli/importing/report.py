"""What the import says at its end: what was read, what is left out, and how to go on."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from ens_provider.api.errors import one_line
from ens_provider.cli.account import AccountOptions
from ens_provider.cli.counted import counted
from ens_provider.cli.importing.files import IMPORT_FILE, PROGRAM_FILE
from ens_provider.cli.importing.plan import LeftOut, Plan, PlannedCallback
from ens_provider.cli.importing.program import import_command
from ens_provider.receiver.signature import KeyReading

_READ_AS = {
    KeyReading.DECODED: "its base64 is decoded",
    KeyReading.UTF8: "its text is the key",
}


def read_lines(plan: Plan) -> Iterator[str]:
    """Yield what was read: a line of counts, and one for each callback."""
    subscriptions = sum(len(each.subscriptions) for each in plan.callbacks)
    yield (
        f"Business unit {plan.mid}: {counted(len(plan.callbacks), 'callback')} and "
        f"{counted(subscriptions, 'subscription')} to import."
    )
    for each in plan.callbacks:
        yield f"  {each.callback.resource_name}  {each.record.callback_id}  {_state(each)}"


def left_out_lines(left_out: tuple[LeftOut, ...]) -> Iterator[str]:
    """Yield what is left out, and why."""
    for each in left_out:
        # Names are made by anybody, and a terminal acts on some.
        yield one_line(f"Left out: {each.what}, because {' '.join(each.reasons)}")
    if left_out:
        count = counted(len(left_out), "object")
        yield f"{count} left out: nothing is changed there, and file and program hold the rest."


def next_steps(plan: Plan, folder: Path, options: AccountOptions) -> Iterator[str]:
    """Yield the files that were written, and the commands to go on with."""
    file = folder / IMPORT_FILE
    keys = sum(each.key is not None for each in plan.callbacks)
    inside = f"{counted(keys, 'signature key')} in clear" if keys else "no signature key"
    yield f"Written: {file} (readable for you alone; it holds {inside}) and {folder / PROGRAM_FILE}."
    yield "Go on in the project that gets this program:"
    elsewhere = options.folder != Path()
    shown = shlex.quote(str(file.resolve() if elsewhere else file))
    where = f" --cwd {shlex.quote(str(options.folder))}" if elsewhere else ""
    where += f" --stack {shlex.quote(options.stack)}" if options.stack else ""
    yield f"  {import_command(shown)}{where}"
    yield f"  pulumi preview --expect-no-changes{where}"
    yield f"  pulumi up --yes{where}"
    yield f"  rm {shlex.quote(str(file))}"


def _state(planned: PlannedCallback) -> str:
    status = planned.record.status
    verified = "verified" if planned.verification else f"not verified (status {status!r})"
    return f"{verified}, {counted(len(planned.subscriptions), 'subscription')}, {_key(planned)}"


def _key(planned: PlannedCallback) -> str:
    key = planned.key
    if key is None:
        return "no signature key known"
    if key.proved_as is None:
        return f"signature key of {key.variable}, not checked"
    return f"signature key of {key.variable}, proved by a delivery ({_READ_AS[key.proved_as]})"
