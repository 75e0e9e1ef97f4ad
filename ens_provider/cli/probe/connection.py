"""The way to an endpoint: its name, a TCP connection, TLS. One deadline counts for all of it."""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ens_provider.cli.probe.channel import Channel
from ens_provider.cli.probe.deadline import Deadline
from ens_provider.cli.probe.failures import EndpointUnusableError, failed, unresolved

HTTPS_PORT = 443

Resolver = Callable[..., Sequence[tuple[object, ...]]]
"""What looks a name up, with the arguments and the answer of `socket.getaddrinfo`."""


@dataclass(frozen=True, kw_only=True)
class Connected:
    """A TCP connection, where it leads, and what was met at other addresses before."""

    socket: socket.socket
    address: str
    passed_over: tuple[str, ...]


def look_up(host: str, *, deadline: Deadline, resolver: Resolver = socket.getaddrinfo) -> list[str]:
    """Return all addresses of a host, in the order in which they are tried.

    Raises:
        EndpointUnusableError: The name leads nowhere, or nobody says so in time.
    """
    # A look-up cannot be given a time limit, so it gets a thread that may be left behind.
    outcome: queue.Queue[Sequence[tuple[object, ...]] | Exception] = queue.Queue()
    asking = threading.Thread(target=_ask, args=(host, resolver, outcome), daemon=True)
    asking.start()
    try:
        found = outcome.get(timeout=deadline.remaining())
    except queue.Empty:
        met = f"no name server answered for {host} within {deadline.seconds:g} s"
        raise unresolved(host, met=met) from None
    if isinstance(found, Exception):
        raise unresolved(host, met=f"the name {host} has no address ({_words(found)})") from found
    return list(dict.fromkeys(_address_of(entry) for entry in found))


def connect(addresses: Sequence[str], *, port: int, deadline: Deadline) -> Connected:
    """Connect to the first address that takes the connection.

    Raises:
        EndpointUnusableError: None does.
    """
    errors: list[OSError] = []
    for number, address in enumerate(addresses):
        # An address that drops packets leaves the others their share of the time.
        share = deadline.remaining() / (len(addresses) - number)
        try:
            plain = socket.create_connection((address, port), timeout=share)
        except OSError as error:
            errors.append(error)
        else:
            passed_over = tuple(
                _missed(a, port, e) for a, e in zip(addresses, errors, strict=False)
            )
            return Connected(socket=plain, address=address, passed_over=passed_over)
    met = "; ".join(_missed(a, port, e) for a, e in zip(addresses, errors, strict=True))
    silent = all(isinstance(error, TimeoutError) for error in errors)
    raise failed("Timeout" if silent else "ConnectFailure", met=met)


def secure(
    plain: socket.socket, *, host: str, context: ssl.SSLContext, deadline: Deadline
) -> Channel:
    """Set up TLS on a connection.

    Raises:
        EndpointUnusableError: No secure channel came about.
        ssl.SSLCertVerificationError: The certificate is not trusted, for a reason worth telling.
    """
    channel = Channel(plain, host=host, context=context, deadline=deadline)
    try:
        channel.shake_hands()
    except ssl.SSLCertVerificationError:
        raise
    except TimeoutError:
        raise failed(
            "Timeout", met=f"the TLS handshake was not over within {deadline.seconds:g} s"
        ) from None
    except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        met = "the connection was closed during the TLS handshake"
        raise failed("SendFailure", met=met) from error
    except OSError as error:
        raise _no_channel(error) from error
    return channel


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a context that trusts the authorities of this machine, and those of a PEM file.

    Raises:
        OSError: The file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


def not_public(addresses: Sequence[str]) -> list[str]:
    """Return a warning for each address that cannot be reached from the internet."""
    return [
        f"{address} is {kind}: ENS comes from the internet and does not reach it"
        for address in addresses
        if (kind := _kind(address))
    ]


def _ask(
    host: str,
    resolver: Resolver,
    outcome: queue.Queue[Sequence[tuple[object, ...]] | Exception],
) -> None:
    try:
        outcome.put(resolver(host, HTTPS_PORT, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        outcome.put(error)


def _address_of(entry: tuple[object, ...]) -> str:
    target = entry[4]
    assert isinstance(target, tuple)  # noqa: S101 -- the shape of getaddrinfo
    return str(target[0])


def _kind(address: str) -> str:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_loopback:
        return "a loopback address"
    if parsed.is_link_local:
        return "a link-local address"
    return "" if parsed.is_global else "a private or reserved address"


def _missed(address: str, port: int, error: OSError) -> str:
    why = "did not answer" if isinstance(error, TimeoutError) else _words(error)
    return f"{address} port {port}: {why}"


def _no_channel(error: OSError) -> EndpointUnusableError:
    reason = getattr(error, "reason", "") or type(error).__name__
    words = str(reason).replace("_", " ").lower()
    return failed("SecureChannelFailure", met=f"the TLS handshake failed ({words})")


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error).lower()
