"""What is taken from the body of an error."""

from __future__ import annotations

import pytest

from ens_provider.api.service_text import errorcode, http_date, said, shortened

PROBE = (
    "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: CallbackId is "
    "08b67f0e-5be8-4673-97e9-682c133f778c. Status: NameResolutionFailure."
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"message": "Not Found", "errorcode": 404}', "Not Found"),
        (f'"{PROBE}"'.encode(), PROBE),
        (f'{{"message": "{PROBE}"}}'.encode(), PROBE),
        (PROBE.encode(), PROBE),
        (b'{"errors": [{"message": "one<br />two"}, {"message": "three"}]}', "one two three"),
        (b'{"message": "m", "validationErrors": [{"message": "v"}]}', "m v"),
        (b'{"message": "m", "additionalErrors": [{"message": "a"}]}', "m a"),
        (b'{"message": "m", "additionalErrors": ["a", "m"]}', "m a"),
        (b'{"error": "invalid_client", "error_description": "Wrong."}', "Wrong."),
        (b'[{"message": "in a list"}]', "in a list"),
        (b"<html><style>p {}</style><title>502</title><p>Bad &amp; gone</p></html>",
         "502 Bad & gone"),
        (b"<script>never closed", ""),
        (b"two\r\nlines\x00\x1b[31m", "two lines [31m"),
        (b"\xff\xfe", "��"),
        (b"", ""),
        (b"{}", ""),
        (b"null", "null"),
        (b"7", ""),
        (b'{"message": {"not": "text"}}', ""),
    ],
)  # fmt: skip
def test_texts(body: bytes, text: str) -> None:
    """Each shape that was seen, and whatever else may come, ends in one line."""
    assert said(body) == text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"errorcode": 10005}', 10005),
        (b'{"errorcode": 0}', 0),
        (b'{"errorcode": "E1"}', "E1"),
        (b'{"errorcode": true, "error": "invalid_client"}', "invalid_client"),
        (b'{"errorcode": {}}', None),
        (b'{"errorcode": 1.5}', None),
        (b'"text"', None),
        (b"no JSON", None),
        (b"[" * 100_000, None),
        (b"1" * 10_000, None),
    ],
)
def test_codes(body: bytes, code: object) -> None:
    """A code is a number or a word; anything else is none."""
    assert errorcode(body) == code


def test_long_texts_are_cut() -> None:
    """No more than 500 characters are quoted."""
    assert shortened("x" * 500) == "x" * 500
    assert shortened("x" * 501) == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", 1_767_225_600.0),
        ("Thu, 01 Jan 2026 00:00:00 -0000", 1_767_225_600.0),
        ("5", None),
        ("", None),
        (None, None),
        ("Thu, 99 Foo 99999 00:00:00 GMT", None),
    ],
)
def test_dates(text: str | None, seconds: float | None) -> None:
    """A date is read, whatever is none is none."""
    assert http_date(text) == seconds
