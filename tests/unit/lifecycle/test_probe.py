"""Reading and explaining the text about a failed creation probe."""

from __future__ import annotations

import json

import pytest

from ens_provider.lifecycle.probe import ProbeFailure, parse_probe_failure

DOCUMENTED = (
    "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: CallbackId is "
    "08b67f0e-5be8-4673-97e9-682c133f778c. Could not verify callback url "
    "'https://example.com'. Please test that the url is reachable with a https POST call and "
    "returns a 200 http status code. To retry please delete the callback and create it again. "
    "Status: NameResolutionFailure. The remote name could not be resolved: 'example.com'"
)


@pytest.mark.parametrize(
    "body",
    [
        DOCUMENTED,
        json.dumps(DOCUMENTED),
        json.dumps({"message": DOCUMENTED, "errorcode": 30000, "documentation": ""}),
        json.dumps({"errors": [{"message": DOCUMENTED}]}),
    ],
    ids=["bare text", "JSON string", "envelope", "unknown envelope"],
)
def test_documented_text_in_each_body_shape(body: str) -> None:
    """The id and the status are found whatever shape the body has."""
    failure = parse_probe_failure(body)

    assert failure is not None
    assert failure.callback_id == "08b67f0e-5be8-4673-97e9-682c133f778c"
    assert failure.status == "NameResolutionFailure"
    assert failure.detail.startswith("The remote name could not be resolved: 'example.com'")


def test_text_without_id_and_status() -> None:
    """A shortened text is still the probe's, with nothing invented."""
    assert parse_probe_failure("Could not verify callback url.") == ProbeFailure(
        callback_id=None, status="", detail=""
    )


def test_id_in_upper_case() -> None:
    """Ids are compared in lower case, as the service lists them."""
    failure = parse_probe_failure(DOCUMENTED.replace("08b67f0e", "08B67F0E"))

    assert failure is not None
    assert failure.callback_id == "08b67f0e-5be8-4673-97e9-682c133f778c"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '{"message": "maxBatchSize must be 100 to 1000", "errorcode": 10005}',
        '{"message": {"callbackId": "08b67f0e-5be8-4673-97e9-682c133f778c"}}',
        "[" * 100_000,
    ],
)
def test_another_refusal_is_not_the_probes(body: str) -> None:
    """A 400 that does not speak of the probe is left to others."""
    assert parse_probe_failure(body) is None


@pytest.mark.parametrize(
    ("status", "detail", "begins"),
    [
        ("NameResolutionFailure", "", "the host name has no public DNS entry"),
        ("ConnectFailure", "", "nothing accepts connections on port 443"),
        ("Timeout", "", "the endpoint did not answer within 30 seconds"),
        ("TrustFailure", "", "the endpoint's TLS certificate is not trusted"),
        ("SecureChannelFailure", "", "no TLS connection came about"),
        ("ReceiveFailure", "", "the endpoint closed the connection before it answered"),
        ("SendFailure", "", "the endpoint closed the connection while the probe was being sent"),
        (
            "ProtocolError",
            "The remote server returned an error: (404) Not Found.",
            "the endpoint answered 404. ENS takes exactly 200 here",
        ),
        ("ProtocolError", "no number", "the endpoint did not answer the probe with 200"),
        ("SomethingNew", "", "the endpoint did not answer the probe with 200"),
    ],
)
def test_each_status_is_explained(status: str, detail: str, begins: str) -> None:
    """What the service's word means is said in terms of the endpoint."""
    failure = ProbeFailure(callback_id=None, status=status, detail=detail)

    assert failure.explanation().startswith(begins)


def test_service_words_are_bounded() -> None:
    """A text without end does not become a sentence without end."""
    failure = parse_probe_failure(DOCUMENTED + "x" * 10_000)

    assert failure is not None
    assert len(failure.detail) == 300
