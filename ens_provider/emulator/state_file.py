"""The emulator's state in one SQLite file, so that it outlives the process."""

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ens_provider.emulator.history import History, Record
from ens_provider.emulator.ledger import Ledger
from ens_provider.emulator.records import Callback, Subscription


class StateFileError(Exception):
    """The state file cannot be used; the sentence says why."""


class StateFile:
    """Callbacks, subscriptions and settings on disk, written after every operation.

    One emulator at a time holds the file. Its mode is 0600, since it carries keys and secrets.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            self._database = self._opened()
        except sqlite3.Error as error:
            raise StateFileError(
                f"The state file {path} cannot be used ({error}): it is no state file of the "
                "emulator, or another emulator holds it. Stop that one or name another file."
            ) from error

    def load(self, ledger: Ledger) -> None:
        """Fill the ledger with what the file holds."""
        rows = self._database.execute("SELECT kind, id, versions FROM records ORDER BY number")
        for kind, key, versions in rows:
            if kind == "callback":
                ledger.callbacks.restore(key, _read(versions, Callback.restored))
            else:
                ledger.subscriptions.restore(key, _read(versions, Subscription.restored))

    def save(self, ledger: Ledger) -> None:
        """Write what the last operation touched."""
        with self._database:
            self._save_touched("callback", ledger.callbacks)
            self._save_touched("subscription", ledger.subscriptions)

    def settings(self) -> dict[str, Any]:
        """Return the settings last saved; none in a new file."""
        row = self._database.execute("SELECT content FROM settings").fetchone()
        content: dict[str, Any] = json.loads(row[0]) if row else {}
        return content

    def save_settings(self, settings: Mapping[str, object]) -> None:
        """Write the settings: switches, clock, clients and the key that signs tokens."""
        with self._database:
            self._database.execute(
                "INSERT INTO settings (one, content) VALUES (1, ?)"
                " ON CONFLICT (one) DO UPDATE SET content = excluded.content",
                (json.dumps(settings),),
            )

    def clear(self) -> None:
        """Forget every record."""
        with self._database:
            self._database.execute("DELETE FROM records")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=0.5)
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        # A killed process loses nothing that it handed to the system, and an emulator's state
        # need not outlive the machine.
        database.execute("PRAGMA synchronous = OFF")
        with database:
            database.execute("BEGIN EXCLUSIVE")
            database.execute(
                "CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, kind TEXT,"
                " id TEXT UNIQUE, versions TEXT)"
            )
            database.execute(
                "CREATE TABLE IF NOT EXISTS settings (one INTEGER PRIMARY KEY, content TEXT)"
            )
        return database

    def _save_touched(self, kind: str, history: History[Record]) -> None:
        for key in sorted(history.touched):
            versions = history.versions(key)
            if not versions:
                self._database.execute("DELETE FROM records WHERE id = ?", (key,))
                continue
            stored = [(at, record and record.stored()) for at, record in versions]
            self._database.execute(
                "INSERT INTO records (kind, id, versions) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET versions = excluded.versions",
                (kind, key, json.dumps(stored)),
            )


def _read(versions: str, restored: Any) -> list[tuple[float, Any]]:
    return [(at, restored(fields) if fields else None) for at, fields in json.loads(versions)]
