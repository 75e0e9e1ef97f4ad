"""Whose certificates the emulator's connections trust."""

import os
import ssl


class Trust:
    """The usual authorities, and those of a file as it is at the time of a connection.

    The file may come, go and change while the emulator runs: a receiver that is started after it
    makes its authority only then.

    Args:
        ca_file: PEM; None for the usual authorities alone.

    Raises:
        OSError: the file is there, and cannot be read or holds no certificate.
    """

    def __init__(self, ca_file: str | None) -> None:
        self._ca_file = ca_file
        self._seen = _version(ca_file)
        self._context = _context(ca_file if self._seen else None)

    def context(self) -> ssl.SSLContext:
        """Return what the next connection is to be made with.

        A file that has become unusable counts as none, so that its endpoints are not trusted.
        """
        version = _version(self._ca_file)
        if version != self._seen:
            self._seen = version
            try:
                self._context = _context(self._ca_file if version else None)
            except OSError:
                self._context = _context(None)
        return self._context


def _context(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except ssl.SSLError as error:
            raise OSError(
                f"'{ca_file}' holds no certificate in PEM ({error.reason}): give the CA file of the "
                "receiver."
            ) from error
    return context


def _version(path: str | None) -> tuple[int, int, int] | None:
    """Tell one content of a file from another; None while there is no file."""
    if path is None:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116 -- the path is a plain text in the options
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
