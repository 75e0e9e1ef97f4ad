"""Records with what they were before, so that reads can lag behind writes."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from ens_provider.emulator.records import Callback, Subscription
from ens_provider.emulator.switches import LONGEST_PROPAGATION_SECONDS

Record = TypeVar("Record", bound=Callback | Subscription)


class History(Generic[Record]):
    """Records of one kind by id, in the order of their creation, each with its past.

    A version is the moment it was written and the record, or None from a deletion on. Versions
    are immutable, so a copy of the mapping is a snapshot that a failed operation returns to.
    """

    def __init__(self) -> None:
        self._versions: dict[str, tuple[tuple[float, Record | None], ...]] = {}
        self._deleted: set[str] = set()
        self.touched: set[str] = set()

    def write(self, key: str, record: Record | None, *, at: float) -> None:
        """Keep `record` (None: gone) as the truth from the moment `at` on."""
        moment = max([at, *(written_at for written_at, _ in self.versions(key)[-1:])])
        readable = _still_readable(self.versions(key), moment)
        # No read shows what lasted no time; while the clock stands, that is every version.
        lasting = (version for version in readable if version[0] < moment)
        self.restore(key, (*lasting, (moment, record)))
        self.touched.add(key)

    def truth(self) -> list[Record]:
        """Return what really is, deletions and all, whatever reads show."""
        newest = (versions[-1][1] for versions in self._versions.values())
        return [record for record in newest if record is not None]

    def find(self, key: str) -> Record | None:
        """Return the truth about one record, or None."""
        versions = self._versions.get(key)
        return versions[-1][1] if versions else None

    def as_of(self, moment: float) -> list[Record]:
        """Return the records as they were at `moment`."""
        seen = (_version_at(versions, moment) for versions in self._versions.values())
        return [record for record in seen if record is not None]

    def find_as_of(self, key: str, moment: float) -> Record | None:
        """Return one record as it was at `moment`, or None."""
        return _version_at(self.versions(key), moment)

    def versions(self, key: str) -> tuple[tuple[float, Record | None], ...]:
        """Return a record's past and present, oldest first; empty if it is unknown."""
        return self._versions.get(key, ())

    def restore(self, key: str, versions: Iterable[tuple[float, Record | None]]) -> None:
        """Take a record over from a state file."""
        self._versions[key] = tuple(versions)
        if self._versions[key][-1][1] is None:
            self._deleted.add(key)

    def snapshot(self) -> dict[str, tuple[tuple[float, Record | None], ...]]:
        """Return what `roll_back` returns to."""
        return dict(self._versions)

    def roll_back(self, snapshot: dict[str, tuple[tuple[float, Record | None], ...]]) -> None:
        """Undo every write since the snapshot was taken."""
        self._versions = snapshot
        self._deleted = {key for key, versions in snapshot.items() if versions[-1][1] is None}
        self.touched = set()

    def forget_unreadable(self, *, now: float) -> None:
        """Drop records that were deleted so long ago that no read can show them any more."""
        oldest = now - LONGEST_PROPAGATION_SECONDS
        for key in [key for key in self._deleted if self._versions[key][-1][0] < oldest]:
            del self._versions[key]
            self._deleted.remove(key)
            self.touched.add(key)

    def clear(self) -> None:
        """Forget everything."""
        self.roll_back({})


def _version_at(versions: tuple[tuple[float, Record | None], ...], moment: float) -> Record | None:
    for written_at, record in reversed(versions):
        if written_at <= moment:
            return record
    return None


def _still_readable(
    past: tuple[tuple[float, Record | None], ...], now: float
) -> tuple[tuple[float, Record | None], ...]:
    oldest = now - LONGEST_PROPAGATION_SECONDS
    first = max((i for i, (at, _) in enumerate(past) if at <= oldest), default=0)
    return past[first:]
