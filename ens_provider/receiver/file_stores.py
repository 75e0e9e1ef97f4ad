"""Stores in a folder, one file per callback: they outlive the process and serve several.

Files are written whole beside their place (mode 0600, in folders of mode 0700) and then moved
there, so that no reader ever sees half of one.
"""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from ens_provider.receiver.bodies import guid
from ens_provider.receiver.private_files import linked, make_private_folder, told_of, written
from ens_provider.receiver.stores import (
    MOST_VERIFICATION_KEYS,
    KeyStoreError,
    at_least_one,
    key_tuple,
)

_log = logging.getLogger("ens_provider.receiver")


class FileSignatureKeys:
    """Signature keys in the folder `signature-keys` of a given folder.

    Raises:
        KeyStoreError: the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._files = _Files(Path(folder, "signature-keys"))

    def put(self, callback_id: str, keys: Sequence[str]) -> None:
        """Keep these keys of a callback in place of those it had.

        Raises:
            KeyStoreError: they cannot be written.
            TypeError: `keys` is one text instead of a list of them.
        """
        self._files.replace(callback_id, list(key_tuple(keys)))

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none.

        Raises:
            KeyStoreError: its file cannot be read, or holds something else.
        """
        return tuple(self._files.read(callback_id) or ())

    def delete(self, callback_id: str) -> None:
        """Forget the keys of a callback, if it has any.

        Raises:
            KeyStoreError: its file cannot be deleted.
        """
        self._files.delete(callback_id)

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of every callback whose file can be read; log what is wrong with others.

        Raises:
            KeyStoreError: the folder cannot be read.
        """
        found = {}
        for callback_id in self._files.ids():
            # One broken file must not stop the deliveries of all other callbacks.
            try:
                found[callback_id] = self.get(callback_id)
            except KeyStoreError as error:
                _log.error("%s", error)
        return found


class FileVerificationKeys:
    """Verification keys in the folder `verification-keys` of a given folder.

    Beyond `most` (1,000) of them the oldest is forgotten, as in `MemoryVerificationKeys`.

    Raises:
        KeyStoreError: the folder cannot be made.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, most: int = MOST_VERIFICATION_KEYS
    ) -> None:
        self._most = at_least_one(most)
        self._files = _Files(Path(folder, "verification-keys"))

    def setdefault(self, callback_id: str, key: str) -> str:
        """Keep the key unless the callback has one; return the one that it has now.

        Raises:
            KeyStoreError: it cannot be written, or what is there cannot be read.
        """
        if self._files.add(callback_id, [key]):
            self._files.delete_oldest(keep=self._most, spare=callback_id)
            return key
        # None: another process has just forgotten what stood there.
        return self.get(callback_id) or key

    def get(self, callback_id: str) -> str | None:
        """Return the key of a callback, if one is held.

        Raises:
            KeyStoreError: its file cannot be read, or holds something else.
        """
        keys = self._files.read(callback_id)
        return keys[0] if keys else None

    def delete(self, callback_id: str) -> None:
        """Forget the key of a callback, if one is held.

        Raises:
            KeyStoreError: its file cannot be deleted.
        """
        self._files.delete(callback_id)


class _Files:
    """Files `{callback id}.json` that hold `{"keys": [...]}`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, int] = {}
        make_private_folder(folder)

    def ids(self) -> list[str]:
        with told_of("read", self._folder):
            names = self._names()
        stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return sorted(stem for stem in stems if _is_id(stem))

    def read(self, callback_id: str) -> list[str] | None:
        path = self._path(callback_id)
        with told_of("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        return _keys_of(path, content)

    def replace(self, callback_id: str, keys: list[str]) -> None:
        path = self._path(callback_id)
        with told_of("write", path), written(_content(keys), folder=self._folder) as part:
            part.replace(path)

    def add(self, callback_id: str, keys: list[str]) -> bool:
        path = self._path(callback_id)
        with told_of("write", path), written(_content(keys), folder=self._folder) as part:
            return linked(part, path)

    def delete(self, callback_id: str) -> None:
        path = self._path(callback_id)
        with told_of("delete", path):
            path.unlink(missing_ok=True)

    def delete_oldest(self, *, keep: int, spare: str) -> None:
        with told_of("read", self._folder):
            # While callbacks are created by the hundred, there is nothing to look at.
            if len(self._names()) <= keep:
                return
            others = [each for each in self.ids() if each != spare.lower()]
            # What was added is never written again: one look at each file is enough.
            before = self._written
            times = {each: before.get(each) or _written_at(self._path(each)) for each in others}
            self._written = times
            by_age = sorted(others, key=lambda each: (times[each], each))
            for each in by_age[: max(len(by_age) + 1 - keep, 0)]:
                self._path(each).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)  # noqa: PTH208 -- hundreds of names, and no paths of them
        except FileNotFoundError:
            return []

    def _path(self, callback_id: str) -> Path:
        return self._folder / f"{guid(callback_id)}.json"


def _content(keys: list[str]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def _keys_of(path: Path, content: bytes) -> list[str]:
    try:
        keys = json.loads(content)["keys"]
        if isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            return keys
    except (ValueError, RecursionError, KeyError, TypeError):
        pass
    # Without the cause: it may quote what the file holds.
    raise KeyStoreError(
        f'The key file {path} does not hold {{"keys": [...]}}: delete it.'
    ) from None


def _is_id(stem: str) -> bool:
    try:
        return guid(stem) == stem
    except ValueError:
        return False


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
