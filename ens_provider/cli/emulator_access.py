"""Talk to a running emulator over its administration routes."""

import http.client
import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ens_provider.emulator.admin_client import ask

_TIMEOUT_SECONDS = 300.0


class EmulatorUnusableError(Exception):
    """There is no emulator at the address, or it refuses; the sentence says what to do."""


def address_of(url: str) -> str:
    """Return the `host:port` of an emulator's URL, which has to be on this machine.

    Raises:
        ValueError: it is no http URL, or leads to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"'{url}' is not http://127.0.0.1:PORT.")
    if not _is_loopback(parts.hostname):
        raise ValueError(f"'{url}' is not on this machine: events go to emulators on loopback.")
    return parts.netloc


def url_in(ready_file: Path) -> str:
    """Return the URL in the file that the emulator writes with `--ready-file`.

    Raises:
        ValueError: the file cannot be read, or is not of that kind.
    """
    try:
        return str(json.loads(ready_file.read_text(encoding="utf-8"))["rest_url"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"'{ready_file}' is not the ready file of a running emulator.") from None


def administer(
    address: str,
    method: str,
    name: str,
    body: Mapping[str, object] | None,
    *,
    timeout_seconds: float = _TIMEOUT_SECONDS,
) -> Any:
    """Send a request to `/_emulator/…` and return the JSON of its answer.

    Raises:
        EmulatorUnusableError: nothing answers, or not in time, or the request is refused.
    """
    try:
        status, content = ask(address, method, name, body, timeout_seconds=timeout_seconds)
    except TimeoutError as error:
        raise EmulatorUnusableError(
            f"The emulator at http://{address} did not answer within {timeout_seconds:g} s. It waits "
            "for endpoints that do not answer, delivery after delivery, and goes on doing so: use "
            "`--no-wait`, and see GET /_emulator/deliveries for what becomes of them."
        ) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise EmulatorUnusableError(
            f"No emulator answers at http://{address} ({type(error).__name__}): start one with "
            "`python -m ens_provider emulator`, or name the address of the one that runs."
        ) from error
    if status != http.client.OK:
        reason = content.get("error", content) if isinstance(content, dict) else content
        raise EmulatorUnusableError(f"The emulator refused: {reason}")
    return content


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
