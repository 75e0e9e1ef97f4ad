"""The canonical URL, for every URL that ENS takes."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.lifecycle.canonical import canonical_url, same_url

LABEL = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
SEGMENT = st.text(string.ascii_letters + string.digits + "-_~!$&'()*+,;=:@", max_size=8)
ESCAPE = st.sampled_from(["%2f", "%2F", "%c3%a4", "%C3%A4", ""])


@st.composite
def urls(draw: st.DrawFn) -> str:
    """Draw a URL that ENS takes."""
    host = ".".join(draw(st.lists(LABEL, min_size=1, max_size=4)))
    path = "".join(f"/{draw(SEGMENT)}{draw(ESCAPE)}" for _ in range(draw(st.integers(0, 3))))
    return f"{draw(st.sampled_from(['https', 'HTTPS', 'Https']))}://{host}{path}"


@given(urls())
def test_canonical_url_is_a_fixed_point(url: str) -> None:
    """Making a canonical URL canonical changes nothing, and both are the same URL."""
    canonical = canonical_url(url)

    assert canonical_url(canonical) == canonical
    assert same_url(url, canonical)


@given(urls())
def test_host_case_never_matters_and_path_case_always_does(url: str) -> None:
    """Two URLs differ exactly when their paths do, apart from the case of escapes."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")

    assert same_url(url, f"{scheme}://{host.swapcase()}{slash}{path}")
    assert not same_url(url, f"{scheme}://{host}/{path}x")


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    """No text does anything but become a canonical https URL or a ValueError with a reason."""
    try:
        canonical = canonical_url(text)
    except ValueError as refusal:
        reason, _, remedy = str(refusal).partition("; ")
    else:
        reason, remedy = "none", "none"
        assert canonical.startswith("https://")
        assert canonical.isascii()
    assert reason
    assert remedy
