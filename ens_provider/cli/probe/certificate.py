"""What a certificate says: whom it is for, until when, and why it is not trusted."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from ens_provider.cli.counted import counted

FEW_DAYS = 14
"""Below so many days a certificate is about to end."""

_SECONDS_PER_DAY = 24 * 60 * 60
# Numbers of OpenSSL (x509_vfy.h); the ssl module has no names for them.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED, _SELF_SIGNED_ROOT = 18, 19
_NO_ISSUER = (2, 20, 21)
_OTHER_NAME = (62, 64)


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What people want to know of a certificate.

    Attributes:
        names: The host names that it is for.
        begins: Unix seconds from which it is valid.
        ends: Unix seconds until which it is.
        issuer: The authority that signed it.
    """

    names: tuple[str, ...]
    begins: float
    ends: float
    issuer: str

    @classmethod
    def of(cls, shown: Mapping[str, object]) -> Certificate:
        """Read what `getpeercert` returns for a verified certificate."""
        alternatives = shown.get("subjectAltName", ())
        assert isinstance(alternatives, tuple)  # noqa: S101 -- the shape of getpeercert
        return cls(
            names=tuple(str(name) for kind, name in alternatives if kind in {"DNS", "IP Address"}),
            begins=ssl.cert_time_to_seconds(str(shown["notBefore"])),
            ends=ssl.cert_time_to_seconds(str(shown["notAfter"])),
            issuer=_common_name(shown.get("issuer", ())),
        )

    def described(self, *, now: float) -> str:
        """Return names and end as the rest of a line."""
        return f"certificate for {', '.join(self.names)}, ends in {self._days(now)} ({_day(self.ends)})"

    def warnings(self, *, now: float) -> list[str]:
        """Return the warning that the certificate ends soon, if it does."""
        if self.ends - now >= FEW_DAYS * _SECONDS_PER_DAY:
            return []
        return [f"the certificate ends in {self._days(now)}: renew it"]

    def _days(self, now: float) -> str:
        days = int((self.ends - now) // _SECONDS_PER_DAY)
        return counted(days, "day")


def why_distrusted(
    error: ssl.SSLCertVerificationError, *, host: str, shown: Certificate | None
) -> str:
    """Return why a certificate is not trusted, and what to do about it.

    Args:
        error: What the handshake ended with.
        host: The host name that it should be for.
        shown: The certificate, as far as it could be read.
    """
    code = error.verify_code
    if code in _OTHER_NAME:
        names = f"for {', '.join(shown.names) or 'no host name'}" if shown else "for other names"
        return f"the certificate is {names}, not for {host}"
    if code == _EXPIRED:
        return f"the certificate has ended{f' on {_day(shown.ends)}' if shown else ''}: renew it"
    if code == _NOT_YET_VALID:
        since = f" before {_day(shown.begins)}" if shown else " yet"
        return f"the certificate is not valid{since}"
    if code == _SELF_SIGNED:
        return "the certificate is signed by itself and not by an authority"
    if code in (_SELF_SIGNED_ROOT, *_NO_ISSUER):
        return _no_way_up(code, shown)
    return f"the certificate is not trusted ({error.verify_message})"


def _no_way_up(code: int, shown: Certificate | None) -> str:
    signed = f"signed by '{shown.issuer}'" if shown and shown.issuer else "signed"
    if code == _SELF_SIGNED_ROOT:
        return f"the certificate is {signed}, an authority that this machine does not trust"
    return (
        f"the certificate is {signed}, and the chain that the endpoint sends does not lead from "
        "there to an authority that this machine trusts: let the endpoint send its intermediate "
        "certificates too (the full chain, not the certificate alone); a private authority will "
        "not do"
    )


def _common_name(distinguished: object) -> str:
    assert isinstance(distinguished, tuple)  # noqa: S101 -- the shape of getpeercert
    parts = {key: value for relative in distinguished for key, value in relative}
    return str(parts.get("commonName") or parts.get("organizationName") or "")


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, tz=timezone.utc).strftime("%Y-%m-%d")
