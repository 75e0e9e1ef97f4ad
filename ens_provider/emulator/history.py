"""Records with what they were before, so that reads can lag behind writes."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.switches import LONGEST_PROPAGATION_SECONDS

Record = TypeVar("Record", bound=Callback | Subscription)

Owner = int | str
"""The id of what a record belongs to."""

Versions = tuple[tuple[float, Record | None], ...]
"""The moments at which a record was written and what it was then, None from a deletion on."""


class History(Generic[Record]):
    """Records of one kind by id, in the order of their creation, each with its past.

    Args:
        owner_of: Returns what a record belongs to, the same for its whole life: the records of one
            owner are found without a look at all others.
    """

    def __init__(self, *, owner_of: Callable[[Record], Owner]) -> None:
        self._owner_of = owner_of
        self._versions: dict[str, Versions[Record]] = {}
        self._owners: dict[str, Owner] = {}
        self._owned: dict[Owner, dict[str, None]] = {}
        self._deleted: set[str] = set()
        self._before: dict[str, Versions[Record]] = {}
        self.touched: set[str] = set()

    def begin(self) -> None:
        """Let `roll_back` return to what is now."""
        self._before = {}

    def write(self, key: str, record: Record | None, *, at: float) -> None:
        """Keep `record` (None: gone) as the truth from the moment `at` on."""
        moment = max([at, *(written_at for written_at, _ in self.versions(key)[-1:])])
        readable = _still_readable(self.versions(key), moment)
        # No read shows what lasted no time; while the clock stands, that is every version.
        lasting = (version for version in readable if version[0] < moment)
        self._before.setdefault(key, self.versions(key))
        self.restore(key, (*lasting, (moment, record)))
        self.touched.add(key)

    def truth(self) -> list[Record]:
        """Return what really is, deletions and all, whatever reads show."""
        newest = [versions[-1][1] for versions in self._versions.values()]
        return [record for record in newest if record is not None]

    def truth_of(self, owner: Owner) -> list[Record]:
        """Return what really belongs to an owner."""
        newest = [self._versions[key][-1][1] for key in self._owned.get(owner, ())]
        return [record for record in newest if record is not None]

    def find(self, key: str) -> Record | None:
        """Return the truth about one record, or None."""
        versions = self._versions.get(key)
        return versions[-1][1] if versions else None

    def as_of(self, moment: float, *, owner: Owner) -> list[Record]:
        """Return the records of an owner as they were at `moment`."""
        owned = self._owned.get(owner, ())
        seen = [_version_at(self._versions[key], moment) for key in owned]
        return [record for record in seen if record is not None]

    def find_as_of(self, key: str, moment: float) -> Record | None:
        """Return one record as it was at `moment`, or None."""
        return _version_at(self.versions(key), moment)

    def versions(self, key: str) -> Versions[Record]:
        """Return a record's past and present, oldest first; empty if it is unknown."""
        return self._versions.get(key, ())

    def restore(self, key: str, versions: Iterable[tuple[float, Record | None]]) -> None:
        """Take a record over from a state file."""
        kept = tuple(versions)
        self._versions[key] = kept
        newest = kept[-1][1]
        if newest is None:
            self._deleted.add(key)
        else:
            self._deleted.discard(key)
        if key not in self._owners:
            self._belongs(key, next((record for _, record in kept if record is not None), None))

    def roll_back(self) -> None:
        """Undo every write since `begin`."""
        for key, versions in self._before.items():
            if versions:
                self.restore(key, versions)
            else:
                self._remove(key)
        self.begin()
        self.touched = set()

    def forget_unreadable(self, *, now: float) -> None:
        """Drop records that were deleted so long ago that no read can show them any more."""
        oldest = now - LONGEST_PROPAGATION_SECONDS
        for key in [key for key in self._deleted if self._versions[key][-1][0] < oldest]:
            self._remove(key)
            self.touched.add(key)

    def clear(self) -> None:
        """Forget everything."""
        for kept in (self._versions, self._owners, self._owned, self._before):
            kept.clear()
        self._deleted.clear()
        self.touched.clear()

    def _belongs(self, key: str, record: Record | None) -> None:
        if record is not None:
            owner = self._owner_of(record)
            self._owners[key] = owner
            self._owned.setdefault(owner, {})[key] = None

    def _remove(self, key: str) -> None:
        del self._versions[key]
        self._deleted.discard(key)
        owner = self._owners.pop(key, None)
        if owner is not None:
            del self._owned[owner][key]


def _version_at(versions: Versions[Record], moment: float) -> Record | None:
    for written_at, record in reversed(versions):
        if written_at <= moment:
            return record
    return None


def _still_readable(past: Versions[Record], now: float) -> Versions[Record]:
    oldest = now - LONGEST_PROPAGATION_SECONDS
    first = max((i for i, (at, _) in enumerate(past) if at <= oldest), default=0)
    return past[first:]
