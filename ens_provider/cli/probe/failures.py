"""What ENS would call an endpoint that does not answer its creation probe.

ENS tells failures by the names and sentences of .NET's `WebException` (page "Create a Callback",
error sample); `ens_provider.lifecycle.probe` knows what each of them means.
"""

from __future__ import annotations

from http import HTTPStatus

from ens_provider.lifecycle.probe import ProbeFailure

_CLOSED = "The underlying connection was closed: "
_SENTENCES = {
    "ConnectFailure": "Unable to connect to the remote server",
    "Timeout": "The operation has timed out",
    "TrustFailure": f"{_CLOSED}Could not establish trust relationship for the SSL/TLS secure channel",
    "SecureChannelFailure": "The request was aborted: Could not create SSL/TLS secure channel",
    "SendFailure": f"{_CLOSED}An unexpected error occurred on a send",
    "ReceiveFailure": f"{_CLOSED}An unexpected error occurred on a receive",
    "ConnectionClosed": f"{_CLOSED}The connection was closed unexpectedly",
    "ServerProtocolViolation": "The server committed a protocol violation. "
    "Section=ResponseStatusLine",
}


class EndpointUnusableError(Exception):
    """The endpoint would fail the probe.

    Attributes:
        failure: How ENS would tell it.
        met: What this machine met, as a sentence without its full stop.
    """

    def __init__(self, failure: ProbeFailure, *, met: str) -> None:
        super().__init__(met)
        self.failure = failure
        self.met = met


def failed(status: str, *, met: str) -> EndpointUnusableError:
    """Return the failure of a status that has one sentence."""
    return _unusable(status, _SENTENCES[status], met)


def unresolved(host: str, *, met: str) -> EndpointUnusableError:
    """Return the failure of a name that leads nowhere."""
    sentence = f"The remote name could not be resolved: '{host}'"
    return _unusable("NameResolutionFailure", sentence, met)


def wrong_status(status: int, *, met: str) -> EndpointUnusableError:
    """Return the failure of an answer that is not 200."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    sentence = f"The remote server returned an error: ({status}) {phrase}"
    return _unusable("ProtocolError", sentence, met)


def _unusable(status: str, sentence: str, met: str) -> EndpointUnusableError:
    failure = ProbeFailure(callback_id=None, status=status, detail=sentence)
    return EndpointUnusableError(failure, met=met)
