"""Check and diff of a callback, for all inputs a program may give."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.output import Unknown

import ens_provider as ens
from ens_provider.lifecycle.state_entries import StateEntries

UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # the SDK gives no types here
GOOD = {
    "url": st.sampled_from(["https://A.example", "https://a.example/", "https://b.example/x"]),
    "callback_name": st.sampled_from(["orders", "Bu\u0308ro", "B\u00fcro"]),
    "max_batch_size": st.sampled_from([100.0, 500.0, 1000.0, None]),
    "auth_id": st.sampled_from(["auth-1", None]),
    "force_destroy": st.sampled_from([True, False, None]),
    "on_existing": st.sampled_from(["adopt", "rotate", "fail", None]),
    "known_signature_key": st.sampled_from(["c2VjcmV0", None]),
    "adopt_id": st.sampled_from(["65B885AB-c2b4-46fe-85d0-d6cb8be8057d", None]),
    "probe_timeout_seconds": st.sampled_from([0.0, 30.0, None]),
}
INPUTS = st.fixed_dictionaries(
    {name: values | st.just(UNKNOWN) for name, values in GOOD.items()}
).map(lambda inputs: {name: value for name, value in inputs.items() if value is not None})
ANYTHING = st.dictionaries(
    st.sampled_from([*GOOD, "colour"]),
    st.one_of(
        st.text(), st.floats(), st.booleans(), st.lists(st.text()), st.none(), st.just(UNKNOWN)
    ),
)


def provider() -> ens.CallbackProvider:
    result = ens.CallbackProvider()
    # What `configure` leaves behind, less its effect on the whole process.
    result._config = ConfigureRequest(Config({}, "shop")).config
    result._entries = StateEntries()
    return result


def checked(news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
    result = provider().check(olds or {}, dict(news))
    assert result.failures == []
    return result.inputs


@given(INPUTS)
def test_check_is_idempotent(news: dict[str, Any]) -> None:
    """Checked inputs are what a second check returns, with the state's inputs or without."""
    inputs = checked(news)

    assert checked(inputs) == inputs
    assert checked(inputs, inputs) == inputs


@given(INPUTS, st.randoms())
def test_check_does_not_depend_on_the_order_of_inputs(news: dict[str, Any], random: Any) -> None:
    """The same inputs in another order are the same resource."""
    shuffled = list(news.items())
    random.shuffle(shuffled)

    assert list(checked(dict(shuffled)).items()) == list(checked(news).items())


@given(INPUTS)
def test_unknown_inputs_pass_check_and_replace_if_immutable(news: dict[str, Any]) -> None:
    """What is not known in a preview stays unknown; an immutable one announces a replacement."""
    inputs = checked(news)
    unknown = {name for name, value in news.items() if value is UNKNOWN}

    assert {name for name, value in inputs.items() if value is UNKNOWN} == unknown
    old = checked({"url": "https://a.example", "callback_name": "orders"})
    replaces = provider().diff("id", {**old, "mid": "1"}, inputs).replaces
    assert unknown & {"url", "callback_name", "auth_id"} <= set(replaces or [])


@given(INPUTS)
def test_a_resource_never_differs_from_itself(news: dict[str, Any]) -> None:
    """The outputs of a creation and its inputs are no difference, whatever the inputs are."""
    known = {name: value for name, value in checked(news).items() if value is not UNKNOWN}
    outputs = {**known, "mid": "1", "signature_key": "key", "changed_at": ""}

    result = provider().diff("id", outputs, known)

    assert result.replaces == []
    assert result.changes is None


@given(INPUTS, INPUTS)
def test_create_only_inputs_are_no_difference_later(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    """Whatever a program does to create-only inputs, the state's values stay."""
    olds = checked(first)
    create_only = ("on_existing", "known_signature_key", "adopt_id", "probe_timeout_seconds")
    later = {**second, "url": first["url"], "callback_name": first["callback_name"]}

    inputs = provider().check(olds, later).inputs

    for name in create_only:
        assert inputs.get(name) is olds.get(name) or inputs.get(name) == olds.get(name)


@given(ANYTHING)
def test_any_input_is_accepted_or_refused_in_words(news: dict[str, Any]) -> None:
    """No input raises: it is accepted, or refused without a property name and its value."""
    result = provider().check({}, dict(news))

    for failure in result.failures:
        assert failure.property == ""
        assert failure.reason.endswith(".")
