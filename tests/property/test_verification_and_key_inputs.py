"""Check and diff of a verification and of a signature key, for all inputs a program may give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.output import Unknown
from pulumi.runtime.rpc import unwrap_rpc_secret

import ens_provider as ens

UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # the SDK gives no types here
GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
SECRET = "c2VjcmV0LWFuZC1sb25n"
ID = st.sampled_from([GUID, GUID.upper(), f" {GUID}"])
KEYS = st.sampled_from([SECRET, f"{SECRET}\n", None])
VERIFICATION = {
    "callback_id": ID,
    "verification_key": KEYS,
    "verification_key_url": st.sampled_from(
        ["https://a.test/{callback_id}", "http://127.0.0.1:8080/?of={callback_id}", None]
    ),
    "verification_key_token": st.sampled_from(["hush", None]),
    "timeout_seconds": st.sampled_from([0.0, 480.0, None]),
}
SIGNATURE_KEY = {
    "callback_id": ID,
    "version": st.sampled_from(["1", 1.0, 2.0, "B\u00fcro", None]),
    "keep_previous": st.sampled_from([0.0, 10.0, None]),
    "known_signature_key": KEYS,
}
KINDS = {
    "CallbackVerification": (ens.CallbackVerificationProvider, VERIFICATION),
    "SignatureKey": (ens.SignatureKeyProvider, SIGNATURE_KEY),
}
CREATE_ONLY = {
    "CallbackVerification": [name for name in VERIFICATION if name != "callback_id"],
    "SignatureKey": ["known_signature_key"],
}
ANY_VALUE = st.one_of(
    *(st.text(), st.floats(), st.booleans(), st.integers(), st.none(), st.just(UNKNOWN)),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
    st.text(alphabet="htps:/@[]{}?#%.\\ \t\u00e4callback_id0127"),
)


def provider(kind: str) -> Any:
    result = KINDS[kind][0]()
    # What `configure` leaves behind, less its effect on the whole process.
    result._config = ConfigureRequest(Config({}, "shop")).config
    return result


def inputs_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return good inputs, some of them unknown, those that contradict each other left out."""
    values = {name: each | st.just(UNKNOWN) for name, each in KINDS[kind][1].items()}
    bags = st.fixed_dictionaries(values).map(
        lambda bag: {name: value for name, value in bag.items() if value is not None}
    )
    return bags.filter(lambda bag: not provider(kind).check({}, dict(bag)).failures)


def checked(kind: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
    result = provider(kind).check(olds or {}, dict(news))
    assert result.failures == []
    inputs: dict[str, Any] = result.inputs
    return inputs


@pytest.mark.parametrize("kind", list(KINDS))
@given(data=st.data())
def test_check_is_idempotent(kind: str, data: st.DataObject) -> None:
    """Checked inputs are what a second check returns, with the state's inputs or without."""
    inputs = checked(kind, data.draw(inputs_of(kind)))

    assert checked(kind, inputs) == inputs
    assert checked(kind, inputs, inputs) == inputs


@pytest.mark.parametrize("kind", list(KINDS))
@given(data=st.data())
def test_a_resource_never_differs_from_itself(kind: str, data: st.DataObject) -> None:
    """Nothing but an id that is not known yet makes a difference that replaces."""
    inputs = checked(kind, data.draw(inputs_of(kind)))
    state = {**inputs, "callback_id": GUID, "mid": "1"}

    result = provider(kind).diff(GUID, state, inputs)

    unknown = inputs["callback_id"] is UNKNOWN
    assert result.replaces == (["callback_id"] if unknown else [])
    assert result.changes is None


@pytest.mark.parametrize("kind", list(KINDS))
@given(data=st.data())
def test_create_only_inputs_are_no_difference_later(kind: str, data: st.DataObject) -> None:
    """Whatever a program does to them, the state's values stay, and nothing is held against it."""
    olds = checked(kind, data.draw(inputs_of(kind)))
    later = {**data.draw(inputs_of(kind)), "callback_id": GUID}

    inputs = checked(kind, later, olds)

    for name in CREATE_ONLY[kind]:
        assert inputs.get(name) is olds.get(name) or inputs.get(name) == olds.get(name)


@pytest.mark.parametrize("kind", list(KINDS))
@given(data=st.data())
def test_any_input_is_accepted_or_refused_in_words(kind: str, data: st.DataObject) -> None:
    """No input raises; a refusal has no property name, whose value the engine would print."""
    names = st.sampled_from([*KINDS[kind][1], "colour"])
    news = data.draw(st.dictionaries(names, ANY_VALUE))

    for failure in provider(kind).check({}, dict(news)).failures:
        assert failure.property == ""
        assert failure.reason.endswith(".")
        assert len(failure.reason.splitlines()) == 1


@given(st.text(alphabet="htps:/@[]{}?#%.\\ \t\u00e4callback_id0127", max_size=40))
def test_an_address_that_is_accepted_sends_no_token_in_clear(url: str) -> None:
    """It is https, or loopback; without user information; and only the id stands in braces."""
    for prefix in ("", "http://", "https://", "http://127.0.0.1"):
        news = {"callback_id": GUID, "verification_key_url": prefix + url}
        result = provider("CallbackVerification").check({}, news)
        accepted = result.inputs.get("verification_key_url")
        if accepted is None:
            assert result.failures != []
            continue
        kept = unwrap_rpc_secret(accepted)
        assert kept == (prefix + url).strip()
        host = kept.lower().split("://", 1)[1].split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
        assert "@" not in host
        loopback = host.split(":", 1)[0] in {"127.0.0.1", "localhost"} or host.startswith("[::1]")
        assert kept.lower().startswith("https://") or loopback
        assert not {"{", "}"} & set(kept.replace("{callback_id}", ""))
