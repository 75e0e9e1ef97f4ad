"""The report of doctor: checks, each with what was found and what to do."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from ens_provider.cli.exit_codes import AUTHENTICATION, CONFIGURATION, ERROR, RESOURCE, SUCCESS

_FIRST_THAT_APPLIES = (CONFIGURATION, AUTHENTICATION, RESOURCE, ERROR)


class Purpose(enum.Enum):
    """What the machine and the account are to be ready for."""

    PREVIEW = "preview"
    UP = "up"
    DRIFT = "drift"

    @property
    def command(self) -> str:
        """The command of Pulumi that it stands for."""
        drift = "pulumi preview --refresh --expect-no-changes"
        return drift if self is Purpose.DRIFT else f"pulumi {self.value}"

    @property
    def calls_ens(self) -> bool:
        """Whether it calls ENS at all."""
        return self is not Purpose.PREVIEW


class Status(enum.Enum):
    """How a check ended."""

    OK = "OK"
    WARNING = "WARNING"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check.

    Attributes:
        name: What was looked at. Several checks may have the same name, one for each thing found.
        status: How it ended.
        found: What was found, as a sentence.
        remedy: What to do; empty if nothing is to be done here.
        exit_code: What doctor ends with if this is what failed.
    """

    name: str
    status: Status
    found: str
    remedy: str = ""
    exit_code: int = SUCCESS


@dataclass(frozen=True, kw_only=True)
class Report:
    """All checks, in the order in which they were made."""

    purpose: Purpose
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """What doctor ends with: 0, or the first of 2, 3, 4 and 1 that a failed check has."""
        codes = {check.exit_code for check in self.failed}
        return next((code for code in _FIRST_THAT_APPLIES if code in codes), SUCCESS)

    @property
    def failed(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.status is Status.FAILED]

    def as_json(self) -> dict[str, object]:
        """Return the document that `--json` prints."""
        checks = [
            {
                "name": check.name,
                "status": check.status.value,
                "found": check.found,
                "remedy": check.remedy,
            }
            for check in self.checks
        ]
        return {"checks": checks, "purpose": self.purpose.value, "exit_code": self.exit_code}


def ok(name: str, found: str) -> Check:
    """Return a check that found what it looked for."""
    return Check(name=name, status=Status.OK, found=found)


def warning(name: str, found: str, *, remedy: str) -> Check:
    """Return a check that found something that works and should not stay so."""
    return Check(name=name, status=Status.WARNING, found=found, remedy=remedy)


def failed(name: str, found: str, *, remedy: str, exit_code: int = CONFIGURATION) -> Check:
    """Return a check that failed."""
    return Check(name=name, status=Status.FAILED, found=found, remedy=remedy, exit_code=exit_code)


def skipped(names: Iterable[str], *, because: str) -> list[Check]:
    """Return checks that could not be made, all for one reason."""
    return [Check(name=name, status=Status.SKIPPED, found=f"because {because}") for name in names]
