"""Whatever a Lambda function is invoked with, its adapter answers."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ens_provider.receiver import Receiver
from ens_provider.receiver.aws_lambda import handler

_TEXTS = st.text(max_size=20)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "http": _ANYTHING | st.just({"method": "POST"}),
        "stage": _ANYTHING | st.sampled_from(["$default", "dev"]),
        "elb": _ANYTHING,
    },
)
_EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["1.0", "2.0"]) | _ANYTHING,
        "rawPath": st.sampled_from(["/", "/dev/verification-keys/x"]) | _ANYTHING,
        "path": st.just("/") | _ANYTHING,
        "httpMethod": st.just("GET") | _ANYTHING,
        "routeKey": st.just("ANY /{proxy+}") | _ANYTHING,
        "resource": st.just("/{proxy+}") | _ANYTHING,
        "pathParameters": st.dictionaries(st.just("proxy"), _ANYTHING) | _ANYTHING,
        "requestContext": _CONTEXTS | _ANYTHING,
        "headers": st.dictionaries(_TEXTS, _TEXTS) | _ANYTHING,
        "multiValueHeaders": st.dictionaries(_TEXTS, st.lists(_TEXTS)) | _ANYTHING,
        "body": st.sampled_from(["[{}]", "e30=", "\ud800"]) | _ANYTHING,
        "isBase64Encoded": st.booleans() | _ANYTHING,
    },
)
_FUNCTION = handler(Receiver(lambda _delivery: None))


@given(event=_EVENTS | _ANYTHING)
def test_any_event_is_answered(event: Any) -> None:
    """It raises nothing, acknowledges nothing, and answers in JSON of the form that AWS reads."""
    answer = json.loads(json.dumps(_FUNCTION(event, None)))

    assert answer["statusCode"] in {400, 404, 405, 503}
    assert set(answer) - {"headers", "multiValueHeaders", "statusDescription"} == {
        "statusCode",
        "body",
        "isBase64Encoded",
    }
    assert set(json.loads(answer["body"])) == {"error"}
