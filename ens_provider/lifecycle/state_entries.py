"""What a process learns of the stack's state, which the engine shows it entry by entry.

Two entries can hold one and the same callback. A resource that is renamed or moved without
`aliases` is a new entry that takes the callback over, and an old one that the engine deletes
afterwards. If something fails in between, a later process finds both. The old entry must then go
without the callback that the new one holds.
"""

from __future__ import annotations

import threading


class StateEntries:
    """The entries that the engine has shown to this process. Safe to use from threads.

    An entry is known by the callback's id and the time of its last write (`changed_at`): taking a
    callback over is a write, so no two entries of one callback have that in common.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, set[str]] = {}
        self._checked: set[tuple[object, object]] = set()
        self._to_be_adopted: set[str] = set()
        self._was_adopted: set[str] = set()
        self._forced: dict[str, bool] = {}

    def seen(self, callback_id: str, changed_at: str) -> None:
        """Remember an entry; one that only reads a callback has no time and does not count."""
        if changed_at:
            with self._lock:
                self._times.setdefault(callback_id, set()).add(changed_at)

    def leaves_another(self, callback_id: str, changed_at: str) -> bool:
        """Forget an entry that is deleted; tell whether another one holds the same callback."""
        with self._lock:
            times = self._times.get(callback_id, set())
            times.discard(changed_at)
            return bool(times)

    def checked(self, callback_name: object, url: object) -> None:
        """Remember that the program declares an entry of the state, now with this name and URL."""
        with self._lock:
            self._checked.add((callback_name, url))

    def was_checked(self, callback_name: object, url: object) -> bool:
        """Tell whether the program declares an entry of the state with this name and URL."""
        with self._lock:
            return (callback_name, url) in self._checked

    def adopts(self, callback_id: str) -> None:
        """Remember that the program creates an entry that is to take this callback over."""
        with self._lock:
            self._to_be_adopted.add(callback_id)

    def is_to_be_adopted(self, callback_id: str) -> bool:
        """Tell whether the program creates an entry that is to take this callback over."""
        with self._lock:
            return callback_id in self._to_be_adopted

    def was_adopted(self, callback_id: str) -> None:
        """Remember that an entry of the state still names this callback as the one to take over."""
        with self._lock:
            self._was_adopted.add(callback_id)

    def is_adopted(self, callback_id: str) -> bool:
        """Tell whether an entry of the state names this callback as the one to take over."""
        with self._lock:
            return callback_id in self._was_adopted

    def forces(self, callback_id: str, *, force_destroy: object) -> None:
        """Remember the `force_destroy` that the program declares now; an unknown one is nothing."""
        if isinstance(force_destroy, bool):
            with self._lock:
                self._forced[callback_id] = force_destroy

    def is_forced(self, callback_id: str, *, in_state: bool) -> bool:
        """Return the `force_destroy` that the program declares, or that of the state."""
        with self._lock:
            return self._forced.get(callback_id, in_state)
