"""Check and diff of a subscription, for all inputs a program may give."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.dynamic import ConfigureRequest
from pulumi.dynamic.config import Config
from pulumi.output import Unknown
from pulumi.runtime.rpc import wrap_rpc_secret

import ens_provider as ens
from ens_provider.lifecycle.state_entries import StateEntries
from ens_provider.lifecycle.subscription_inputs import canonical_event_types, canonical_filters

UNKNOWN = Unknown()  # type: ignore[no-untyped-call] # the SDK gives no types here
CALLBACK = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
WORDS = st.text("aB.é 1", min_size=1).filter(str.strip)
TYPES = st.lists(st.sampled_from(list(ens.EventType)) | WORDS, min_size=1)
NAMES = st.sampled_from(["a", " a", "a ", "definitionKey", "é"])
VALUES = (
    st.sampled_from(["1", 1, 1.0, " 1 "])
    | st.text("x=(|) ", min_size=1).filter(str.strip)
    | st.floats(-9, 9)
)
MAPPINGS = st.dictionaries(NAMES, VALUES)
FILTERS = (
    MAPPINGS
    | st.lists(st.builds("{}={}".format, NAMES, VALUES) | st.sampled_from(["", " ", None]))
    | st.none()
)
GOOD = {
    "callback_id": st.sampled_from([CALLBACK, CALLBACK.upper()]),
    "subscription_name": st.sampled_from(["mails", "Bu\u0308ro", "B\u00fcro"]),
    "event_category_types": TYPES,
    "filters": FILTERS,
    "paused": st.sampled_from([True, False, None]),
    "pause_reason": st.sampled_from(["for the move", None]),
    "adopt_id": st.sampled_from(["65B885AB-c2b4-46fe-85d0-d6cb8be8057d", None]),
}
INPUTS = st.fixed_dictionaries(
    {name: values | st.just(UNKNOWN) for name, values in GOOD.items()}
).map(lambda inputs: {name: value for name, value in inputs.items() if value is not None})
SECRET = "s3cr3t-value"
TELLING = st.sampled_from([SECRET, f"={SECRET}", f"{SECRET}=", f"a={SECRET}", f"{SECRET},{SECRET}"])
LEAVES = TELLING | st.floats() | st.sampled_from([True, None, "", UNKNOWN])
TREES = (
    LEAVES
    | st.lists(TELLING, min_size=1, max_size=2)
    | st.lists(LEAVES, max_size=2)
    | st.dictionaries(TELLING | st.just(""), LEAVES)
    | st.lists(st.lists(LEAVES) | st.dictionaries(TELLING, LEAVES))
)
ANYTHING = st.fixed_dictionaries(
    {}, optional={name: TREES | TREES.map(wrap_rpc_secret) for name in (*GOOD, "colour")}
)


def provider() -> ens.SubscriptionProvider:
    result = ens.SubscriptionProvider()
    # What `configure` leaves behind, less its effect on the whole process.
    result._config = ConfigureRequest(Config({}, "shop")).config
    result._entries = StateEntries()
    result._warned = set()
    return result


def checked(news: dict[str, Any], olds: dict[str, Any] | None = None) -> dict[str, Any]:
    result = provider().check(olds or {}, dict(news))
    assert result.failures == []
    return result.inputs


@given(INPUTS)
def test_check_is_idempotent_and_deterministic(news: dict[str, Any]) -> None:
    """Checked inputs are what another check returns, of them or of the same inputs."""
    inputs = checked(news)

    assert checked(news) == inputs
    assert checked(inputs) == inputs
    assert checked(inputs, inputs) == inputs


@given(INPUTS)
def test_a_subscription_never_differs_from_itself(news: dict[str, Any]) -> None:
    """The outputs of a creation and its inputs are no difference, whatever the inputs are."""
    known = {name: value for name, value in checked(news).items() if value is not UNKNOWN}
    outputs = {**known, "status": "active", "mid": "1", "changed_at": ""}

    result = provider().diff("id", outputs, known)

    assert result.replaces == []
    assert result.changes is None


@given(INPUTS)
def test_unknown_inputs_pass_and_only_the_callback_replaces(news: dict[str, Any]) -> None:
    """What is not known in a preview stays unknown; an unknown callback announces a replacement."""
    inputs = checked(news)
    unknown = {name for name, value in news.items() if value is UNKNOWN}

    assert {name for name, value in inputs.items() if value is UNKNOWN} == unknown
    old = {"callback_id": CALLBACK, "subscription_name": "a", "event_category_types": ["a"]}
    result = provider().diff("id", {**old, "mid": "1"}, inputs)
    assert result.replaces == sorted(unknown & {"callback_id"})


@given(TYPES, st.randoms())
def test_order_and_repetition_of_event_types_never_differ(types: list[str], random: Any) -> None:
    """They are a set."""
    again = [*types, *random.choices(types, k=3)]
    random.shuffle(again)

    assert canonical_event_types(again) == canonical_event_types(types)


@given(MAPPINGS, st.randoms())
def test_no_spelling_of_filters_differs(mapping: dict[str, Any], random: Any) -> None:
    """A mapping, the list of its texts in any order, repeated, between blanks: all the same."""
    texts = canonical_filters(mapping)
    spelled: list[Any] = [*(f" {text} " for text in texts), *texts, "", None, " "]
    random.shuffle(spelled)

    assert canonical_filters(spelled) == texts
    assert canonical_filters(texts) == texts


@settings(max_examples=300)
@given(ANYTHING)
def test_any_input_is_accepted_or_refused_in_words(news: dict[str, Any]) -> None:
    """No input raises; what is refused is refused without a property name and without a secret."""
    result = provider().check({}, dict(news))

    for failure in result.failures:
        assert failure.property == ""
        assert failure.reason.endswith(".")
        assert SECRET not in failure.reason
