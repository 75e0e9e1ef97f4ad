"""How the service words an endpoint that did not answer as it has to.

The words are those of .NET's `WebException`, which the documented sentence of a failed probe
(documentation page "Create Callback") is made with.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp

_CLOSED = "The underlying connection was closed: "


@dataclass(frozen=True)
class EndpointFailure:
    """A status name and a sentence of .NET's `WebException`."""

    status: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.status}. {self.sentence}"


def unanswered(error: Exception, host: str) -> EndpointFailure:
    """Return what .NET, which the service runs on, would say about this error."""
    cut = getattr(error, "os_error", None)
    if isinstance(cut, ConnectionResetError | ConnectionAbortedError | BrokenPipeError):
        return EndpointFailure("SendFailure", _CLOSED + "An unexpected error occurred on a send.")
    for kind, failure in _failures(host):
        if isinstance(error, kind):
            return failure
    return EndpointFailure("UnknownError", "An unexpected error occurred.")


def wrong_status(status: int) -> EndpointFailure:
    """Return the failure of an endpoint that answered, but with a status that is no success."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    sentence = f"The remote server returned an error: ({status}) {phrase}."
    return EndpointFailure("ProtocolError", sentence)


def _failures(host: str) -> tuple[tuple[type[Exception], EndpointFailure], ...]:
    # The order matters: the first class that fits names the failure.
    timeout = EndpointFailure("Timeout", "The operation has timed out")
    unreachable = EndpointFailure("ConnectFailure", "Unable to connect to the remote server")
    return (
        (asyncio.TimeoutError, timeout),
        (aiohttp.ClientConnectorDNSError, _unresolved(host)),
        (aiohttp.ClientConnectorCertificateError, _untrusted()),
        (aiohttp.ClientConnectorSSLError, _no_channel()),
        (aiohttp.ClientConnectorError, unreachable),
        (ConnectionRefusedError, unreachable),
        (aiohttp.ServerDisconnectedError, _closed_early()),
        (aiohttp.ClientOSError, _receive_failure()),
        (aiohttp.ClientResponseError, _protocol_violation()),
        (OSError, _receive_failure()),
    )


def _unresolved(host: str) -> EndpointFailure:
    sentence = f"The remote name could not be resolved: '{host}'"
    return EndpointFailure("NameResolutionFailure", sentence)


def _untrusted() -> EndpointFailure:
    trust = "Could not establish trust relationship for the SSL/TLS secure channel."
    return EndpointFailure("TrustFailure", _CLOSED + trust)


def _no_channel() -> EndpointFailure:
    sentence = "The request was aborted: Could not create SSL/TLS secure channel."
    return EndpointFailure("SecureChannelFailure", sentence)


def _closed_early() -> EndpointFailure:
    return EndpointFailure("ConnectionClosed", _CLOSED + "The connection was closed unexpectedly.")


def _receive_failure() -> EndpointFailure:
    sentence = _CLOSED + "An unexpected error occurred on a receive."
    return EndpointFailure("ReceiveFailure", sentence)


def _protocol_violation() -> EndpointFailure:
    sentence = "The server committed a protocol violation. Section=ResponseStatusLine"
    return EndpointFailure("ServerProtocolViolation", sentence)
