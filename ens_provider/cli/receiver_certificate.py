"""The certificate of the receiver's command, from a CA of its own."""

import os
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

import trustme

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Authority:
    """A CA that signs for a receiver; clients are to trust its `ca_file`.

    Kept in a folder, it outlives the receiver, so that clients trust the next one, too.

    Args:
        folder: Where its certificate (`ca.pem`) and its key (`ca.key`, mode 0600) are kept.

    Raises:
        OSError: the files cannot be read or written.
        ValueError: they hold something else.
    """

    def __init__(self, folder: Path) -> None:
        self.ca_file = folder / "ca.pem"
        key_file = folder / "ca.key"
        if self.ca_file.exists() and key_file.exists():
            self._ca = trustme.CA.from_pem(self.ca_file.read_bytes(), key_file.read_bytes())
            return
        self._ca = trustme.CA(organization_name="ens_provider receiver")
        # mkstemp and rename: the key is never readable by others, and no file is there in part.
        _write_private(key_file, self._ca.private_key_pem.bytes())
        _write_private(self.ca_file, self._ca.cert_pem.bytes())

    def tls(self, host_names: Sequence[str]) -> ssl.SSLContext:
        """Return what a server needs to answer as these names, and on this machine."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        names = dict.fromkeys((*host_names, *_LOOPBACK))
        self._ca.issue_cert(*names).configure_cert(context)
        return context


def _write_private(path: Path, content: bytes) -> None:
    number, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(number, "wb") as file:
        file.write(content)
    Path(part).replace(path)
