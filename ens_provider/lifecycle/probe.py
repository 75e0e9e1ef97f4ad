"""The creation probe: reading the service's text about a failed one, and explaining it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ens_provider.api.errors import one_line

_PROBE_MARKS = ("probecallbackliveness", "could not verify callback url")
_GUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_CALLBACK_ID = re.compile(rf"CallbackId\s+is\s+({_GUID})", re.IGNORECASE)
_URL = re.compile(r"callback url\s+[`'\"]{0,2}(https://[^\s`'\"]{1,2048})", re.IGNORECASE)
_STATUS = re.compile(r"\bStatus:\s*(\w{1,64})\.?\s*(.*)", re.DOTALL)
_HTTP_STATUS = re.compile(r"\((\d{3})\)")
_LONGEST_DETAIL = 300

# The names are those of .NET's WebExceptionStatus, which the documented text shows
# ("Create a Callback", error sample).
_REMEDIES = {
    "NameResolutionFailure": "the host name has no public DNS entry that ENS can see. Create or "
    "correct the entry, and wait until it has spread",
    "ConnectFailure": "nothing accepts connections on port 443 of that host. Start the endpoint, "
    "and let a firewall in front of it admit Marketing Cloud's addresses",
    "Timeout": "the endpoint did not answer within 30 seconds. Answer the probe before any slow "
    "work, and check for cold starts and for a firewall that drops packets",
    "TrustFailure": "the endpoint's TLS certificate is not trusted. Serve a certificate of a "
    "public authority for exactly that host name, with its whole chain",
    "SecureChannelFailure": "no TLS connection came about. Offer TLS 1.2 or newer on port 443",
    "ReceiveFailure": "the endpoint closed the connection before it answered. Look for a crash in "
    "its log",
    "SendFailure": "the endpoint closed the connection while the probe was being sent. Look for a "
    "crash or a body limit in its log",
    "ConnectionClosed": "the endpoint closed the connection before it answered. Look for a crash "
    "in its log",
    "KeepAliveFailure": "the endpoint closed the connection before it answered. Look for a crash "
    "in its log",
}
_REMEDY_OF_HTTP_STATUS = (
    "the endpoint answered {status}. ENS takes exactly 200 here, not another 2xx and no redirect: "
    "answer POST requests to that path with 200"
)
_UNKNOWN_REMEDY = (
    "the endpoint did not answer the probe with 200. Test that a POST over https from the public "
    "internet gets exactly 200 within 30 seconds"
)


@dataclass(frozen=True, kw_only=True)
class ProbeFailure:
    """What a refusal of a creation says about the probe.

    Attributes:
        callback_id: Id of the callback that stays behind, in lower case; None if not named.
        status: The service's word for the failure (``NameResolutionFailure`` …); may be empty.
        detail: The sentence after it; may be empty.
        url: The URL that was probed; None if not named.
    """

    callback_id: str | None
    status: str
    detail: str
    url: str | None = None

    def explanation(self) -> str:
        """Return what the status means and what to do, as the second half of a sentence."""
        http_status = _HTTP_STATUS.search(self.detail)
        if self.status == "ProtocolError" and http_status:
            return _REMEDY_OF_HTTP_STATUS.format(status=http_status[1])
        return _REMEDIES.get(self.status, _UNKNOWN_REMEDY)

    def quoted(self) -> str:
        """Return the service's own words about the failure, for a parenthesis."""
        return ": ".join(part for part in (self.status, self.detail) if part) or "no status"


def parse_probe_failure(body: str) -> ProbeFailure | None:
    """Read the text of a 400 to a creation; None when it does not speak of the probe.

    The documentation shows the text as a quoted string and does not say whether it stands alone
    or inside the error envelope, so the whole body is searched, whatever its shape.

    Args:
        body: The answer's raw body.
    """
    text = _plain_text(body)
    if not any(mark in text.lower() for mark in _PROBE_MARKS):
        return None
    callback_id = _CALLBACK_ID.search(text)
    url = _URL.search(text)
    status = _STATUS.search(text)
    return ProbeFailure(
        callback_id=callback_id[1].lower() if callback_id else None,
        status=status[1] if status else "",
        detail=_detail(status[2]) if status else "",
        url=url[1] if url else None,
    )


def _plain_text(body: str) -> str:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(parsed, str):
        return parsed
    message = parsed.get("message") if isinstance(parsed, dict) else None
    return message if isinstance(message, str) else body


def _detail(text: str) -> str:
    return one_line(text).strip('" ').rstrip(".")[:_LONGEST_DETAIL]
