"""A quarantine in a folder, one file per delivery: it outlives the process."""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ens_provider.receiver.private_files import (
    PART,
    linked,
    make_private_folder,
    told_of,
    written,
)
from ens_provider.receiver.quarantine import HeldDelivery, QuarantineBounds

_SUFFIX = ".delivery"
_NAME = re.compile(r"[0-9a-f]{64}")

_log = logging.getLogger("ens_provider.receiver")


@dataclass(frozen=True, kw_only=True)
class _File:
    at: float
    name: str
    size: int


class FileQuarantine:
    """Holds deliveries in the folder `quarantine` of a given folder, in files of mode 0600.

    A file holds a line of JSON with time and signature, and then the body as it came. Its time of
    change is when the delivery came. Several processes may share the folder.

    Args:
        folder: Where the folder is made.
        bounds: How much is held, in bytes of files. Default: see `QuarantineBounds`.
        clock: Gives the time in Unix seconds.

    Raises:
        KeyStoreError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        bounds: QuarantineBounds | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = Path(folder, "quarantine")
        self._bounds = bounds or QuarantineBounds()
        self._clock = clock
        # What was looked at already, by name: a file that holds a delivery never changes.
        self._looked_at: dict[str, _File] = {}
        make_private_folder(self._folder)

    def hold(self, delivery: HeldDelivery) -> int:
        """Hold a delivery unless it is held; return how many were let go, itself included.

        Raises:
            KeyStoreError: it cannot be written, or the folder cannot be read.
        """
        content = _content(delivery)
        # It would push out all others, and then itself.
        if len(content) > self._bounds.most_bytes:
            return self._let_go_beyond(self._files()) + 1
        path = self._path(delivery.name)
        if not path.exists():
            with told_of("write", path), written(content, folder=self._folder) as part:
                os.utime(part, (delivery.at, delivery.at))
                linked(part, path)
        return self._let_go_beyond(self._files())

    def names(self) -> list[str]:
        """Return the names of all that is held, oldest first.

        Raises:
            KeyStoreError: the folder cannot be read.
        """
        files = self._files()
        let_go = self._let_go_beyond(files)
        held = [each.name for each in files[let_go:] if each.name.endswith(_SUFFIX)]
        return [name.removesuffix(_SUFFIX) for name in held]

    def get(self, name: str) -> HeldDelivery | None:
        """Return a delivery, None if it is not held (any more), or its file is broken.

        Raises:
            KeyStoreError: its file cannot be read.
        """
        path = self._path(name)
        with told_of("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        return _delivery(path, content)

    def release(self, name: str) -> None:
        """Hold a delivery no longer, if it is held.

        Raises:
            KeyStoreError: its file cannot be deleted.
        """
        path = self._path(name)
        with told_of("delete", path):
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        # The name becomes part of a path.
        if not _NAME.fullmatch(name):
            raise ValueError("The name of a held delivery is 64 hexadecimal digits.")
        return self._folder / f"{name}{_SUFFIX}"

    def _files(self) -> list[_File]:
        """Return what the folder has of ours, oldest first."""
        with told_of("read", self._folder):
            names = os.listdir(self._folder)  # noqa: PTH208 -- a thousand names, and no paths of them
        before = self._looked_at
        ours = [name for name in names if name.endswith((_SUFFIX, PART))]
        looked = [before.get(name) or _file(self._folder / name) for name in ours]
        files = [each for each in looked if each is not None]
        self._looked_at = {each.name: each for each in files if each.name.endswith(_SUFFIX)}
        return sorted(files, key=lambda each: (each.at, each.name))

    def _let_go_beyond(self, files: Sequence[_File]) -> int:
        """Delete those of the files, oldest first, that are beyond the bounds; return how many.

        What a crash left half written counts, too.
        """
        kept, size, before = len(files), sum(each.size for each in files), self._overdue()
        let_go = 0
        for each in files:
            is_too_much = kept > self._bounds.most or size > self._bounds.most_bytes
            if not is_too_much and each.at > before:
                break
            path = self._folder / each.name
            with told_of("delete", path):
                path.unlink(missing_ok=True)
            kept, size, let_go = kept - 1, size - each.size, let_go + 1
        return let_go

    def _overdue(self) -> float:
        return self._clock() - self._bounds.seconds


def _file(path: Path) -> _File | None:
    # Another process may just have released it.
    with told_of("read", path):
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
    return _File(at=found.st_mtime, name=path.name, size=found.st_size)


def _content(delivery: HeldDelivery) -> bytes:
    head = json.dumps({"at": delivery.at, "signature": delivery.signature})
    return head.encode("ascii") + b"\n" + delivery.body


def _delivery(path: Path, content: bytes) -> HeldDelivery | None:
    head, _, body = content.partition(b"\n")
    try:
        told = json.loads(head)
        return HeldDelivery(at=float(told["at"]), signature=str(told["signature"]), body=body)
    except (ValueError, RecursionError, KeyError, TypeError):
        # Without the cause: it may quote what the file holds.
        _log.error("The file %s of the quarantine holds no delivery: delete it.", path)
        return None
