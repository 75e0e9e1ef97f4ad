"""A whole run: look first, ask, experiment, clean."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from ens_provider.api.wire import Answer
from ens_provider.cli.discover.account import Unit
from ens_provider.cli.discover.answers import is_success, records_in
from ens_provider.cli.discover.bench import Bench
from ens_provider.cli.discover.cleaning import Left, clean_bench
from ens_provider.cli.discover.experiments import AFTERWARDS, EXPERIMENTS, ask
from ens_provider.cli.discover.findings import Finding
from ens_provider.cli.discover.names import is_discovers
from ens_provider.cli.discover.opening import open_bench
from ens_provider.cli.exit_codes import CONFIGURATION, ERROR, RESOURCE, CommandError
from ens_provider.lifecycle.canonical import same_url

Tell = Callable[[str], None]
"""What shows progress and problems to a person."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a business unit holds before a run.

    Attributes:
        answer: How its list was answered.
        records: Its callbacks.
    """

    answer: Answer
    records: list[dict[str, Any]]

    @property
    def leftovers(self) -> list[dict[str, Any]]:
        """The callbacks of earlier runs."""
        return [record for record in self.records if is_discovers(record, "callbackName")]

    @property
    def emptiness(self) -> Answer | None:
        """How the list was answered, if it is empty; None if it is not."""
        return None if records_in(self.answer) else self.answer

    def without(self, removed: list[dict[str, Any]]) -> Found:
        """Return the same without some callbacks."""
        rest = [record for record in self.records if record not in removed]
        return Found(answer=self.answer, records=rest)

    def require_free(self, url: str) -> None:
        """Refuse a URL that a callback has.

        Raises:
            CommandError: One has.
        """
        for record in self.records:
            if same_url(str(record.get("url")), url):
                raise CommandError(
                    f"Nothing was done: callback '{record.get('callbackName')}' "
                    f"({record.get('callbackId')}) has the URL {url}. Give a URL that no callback "
                    "has.",
                    exit_code=CONFIGURATION,
                )


@dataclass(kw_only=True)
class Discovered:
    """What a run found, and what it could not remove."""

    findings: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def look(unit: Unit) -> Found:
    """List the callbacks of the business unit.

    Raises:
        CommandError: The list cannot be read.
    """
    answer = unit.list_callbacks()
    if not is_success(answer) and answer.status != 404:  # noqa: PLR2004 -- an empty list, perhaps
        raise CommandError(
            f"Nothing was done: ENS does not list the callbacks ({unit.told(answer)}).",
            exit_code=RESOURCE,
        )
    return Found(answer=answer, records=records_in(answer))


def run_experiments(
    bench: Bench, *, tell: Tell, may_end: Callable[[], AbstractContextManager[None]]
) -> Discovered:
    """Ask the account everything, and remove what was made for it, whatever happens.

    Args:
        bench: The run.
        tell: Shows what is being asked.
        may_end: Guards what a signal may end.

    Raises:
        CommandError: It ended early; the sentence says why and what is left.
        ENSError: The same, with an error of the service, if nothing is left.
    """
    discovered = Discovered()
    ended: BaseException | None = None
    try:
        with may_end():
            _ask_all(bench, discovered, tell)
    except BaseException as error:  # noqa: BLE001 -- whatever it is, what was made is removed first
        ended = error
    tell("removing what was made")
    discovered.left = clean_bench(bench)
    if ended is not None:
        raise _ended_early(ended, discovered.left) from ended
    discovered.findings += [ask(experiment, bench) for experiment in AFTERWARDS]
    return discovered


def _ask_all(bench: Bench, discovered: Discovered, tell: Tell) -> None:
    tell(f"creating a callback on {bench.url}")
    open_bench(bench)
    for experiment in EXPERIMENTS:
        tell(f"asking for {experiment.switch}")
        discovered.findings.append(ask(experiment, bench))


def _ended_early(error: BaseException, left: list[Left]) -> BaseException:
    interrupted = isinstance(error, KeyboardInterrupt)
    if not left and not interrupted:
        return error
    why = "The run was interrupted" if interrupted else str(error).rstrip(".")
    if not left:
        return CommandError(f"{why}. Everything that was made is removed.", exit_code=ERROR)
    return CommandError(f"{why}. {left_sentence(left)}", exit_code=RESOURCE)


def left_sentence(left: list[Left]) -> str:
    """Return the sentence that names everything that could not be removed."""
    return f"This could not be removed, remove it by hand: {'; '.join(map(str, left))}."
