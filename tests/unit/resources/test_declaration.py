"""The resource classes beside `Callback`: what the engine is told of what a program declares."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pulumi
import pytest

import ens_provider as ens
from ens_provider.resources.declaration import resource_options
from tests.unit.resources.mock_engine import (
    ERROR_HOOKS,
    Engine,
    error_hooks,
    names_of,
    plain,
    run,
)

ID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="
URL = "https://hooks.example.com/ens"
TYPE = "pulumi-python:dynamic/ens:"
SENT = "TransactionalSendEvents.EmailSent"
Declared = Callable[[], pulumi.CustomResource]


def _declare(program: Declared) -> list[pulumi.CustomResource]:
    declared: list[pulumi.CustomResource] = []

    def declare() -> pulumi.Output[Any]:
        declared.append(program())
        return pulumi.Output.all(declared[0].urn, declared[0].id)

    run(declare)
    return declared


@pytest.mark.parametrize(
    ("program", "kind", "inputs"),
    [
        (
            lambda: ens.CallbackVerification("it", callback_id=ID),
            "CallbackVerification",
            {"callback_id": ID},
        ),
        (
            lambda: ens.CallbackVerification(
                "it",
                ens.CallbackVerificationArgs(
                    callback_id=ID, verification_key_url=URL, timeout_seconds=60
                ),
            ),
            "CallbackVerification",
            {"callback_id": ID, "verification_key_url": URL, "timeout_seconds": 60},
        ),
        (lambda: ens.SignatureKey("it", callback_id=ID), "SignatureKey", {"callback_id": ID}),
        (
            lambda: ens.SignatureKey(
                "it", ens.SignatureKeyArgs(callback_id=ID, version="2", keep_previous=0)
            ),
            "SignatureKey",
            {"callback_id": ID, "version": "2", "keep_previous": 0},
        ),
        (
            lambda: ens.Subscription(
                "it", callback_id=ID, event_category_types=[ens.EventType.EMAIL_SENT, "A.B"]
            ),
            "Subscription",
            {
                "callback_id": ID,
                "event_category_types": [SENT, "A.B"],
                "subscription_name": "shop-dev-it",
            },
        ),
        (
            lambda: ens.Subscription(
                "it",
                ens.SubscriptionArgs(
                    callback_id=ID,
                    event_category_types=[SENT],
                    subscription_name="mails",
                    filters={"statusCode": "47"},
                    paused=True,
                    pause_reason="for the move",
                    adopt_id=ID,
                ),
            ),
            "Subscription",
            {
                "callback_id": ID,
                "event_category_types": [SENT],
                "subscription_name": "mails",
                "filters": {"statusCode": "47"},
                "paused": True,
                "pause_reason": "for the move",
                "adopt_id": ID,
            },
        ),
    ],
    ids=["verification", "its-args", "key", "its-args", "subscription", "its-args"],
)
def test_the_inputs_that_are_registered(
    engine: Engine, program: Declared, kind: str, inputs: dict[str, Any]
) -> None:
    """By keywords or by args; what is not given is left to the provider, but for the name."""
    engine.outputs[f"{TYPE}Subscription"] = {"filters": []}
    _declare(program)

    assert engine.types() == [TYPE + kind]
    assert engine.inputs_of("it") == inputs


@pytest.mark.parametrize(
    ("program", "secrets"),
    [
        (
            lambda: ens.CallbackVerification("it", callback_id=ID, verification_key=KEY),
            {"verification_key": KEY},
        ),
        (
            lambda: ens.CallbackVerification(
                "it",
                callback_id=ID,
                verification_key_url=URL,
                verification_key_token=pulumi.Output.secret("token"),
            ),
            {"verification_key_token": "token"},
        ),
        (
            lambda: ens.SignatureKey("it", callback_id=ID, known_signature_key=KEY),
            {"known_signature_key": KEY},
        ),
        (lambda: ens.Subscription("it", callback_id=ID, event_category_types=[SENT]), {}),
    ],
    ids=["verification-key", "token", "known-key", "subscription"],
)
def test_keys_and_tokens_are_secrets(
    engine: Engine, program: Declared, secrets: dict[str, str]
) -> None:
    """Whether the program marked them or not; nothing else is one."""
    _declare(program)

    given = {name: plain(value) for name, value in engine.inputs_of("it").items()}
    assert {name: value for name, (value, secret) in given.items() if secret} == secrets


CALLBACK_IDS: list[Any] = [
    pytest.param(lambda: ID, ID, id="id"),
    pytest.param(lambda: pulumi.Output.from_input(ID), ID, id="output"),
    pytest.param(lambda: ens.Callback("orders", url=URL), "orders-id", id="callback"),
    pytest.param(lambda: ens.Callback("orders", url=URL).id, "orders-id", id="id-of-it"),
]
VERIFIED_IDS: list[Any] = [
    *CALLBACK_IDS,
    pytest.param(lambda: ens.CallbackVerification("v", callback_id=ID), ID, id="verification"),
]


def _registered_id(engine: Engine, program: Declared) -> object:
    _declare(program)
    value, secret = plain(engine.inputs_of("it")["callback_id"])
    assert not secret
    return value


@pytest.mark.parametrize(("callback", "id_"), CALLBACK_IDS)
def test_the_callback_of_a_verification(
    engine: Engine, callback: Callable[[], Any], id_: str
) -> None:
    """A callback or an id."""
    program = lambda: ens.CallbackVerification("it", callback_id=callback())  # noqa: E731 -- a program

    assert _registered_id(engine, program) == id_


@pytest.mark.parametrize(("callback", "id_"), VERIFIED_IDS)
def test_the_callback_of_a_key(engine: Engine, callback: Callable[[], Any], id_: str) -> None:
    """A callback, its verification or an id."""
    program = lambda: ens.SignatureKey("it", callback_id=callback())  # noqa: E731 -- a program

    assert _registered_id(engine, program) == id_


@pytest.mark.parametrize(("callback", "id_"), VERIFIED_IDS)
def test_the_callback_of_a_subscription(
    engine: Engine, callback: Callable[[], Any], id_: str
) -> None:
    """A callback, its verification or an id."""
    program = lambda: ens.Subscription(  # noqa: E731 -- a program
        "it", callback_id=callback(), event_category_types=[SENT]
    )

    assert _registered_id(engine, program) == id_


@pytest.mark.parametrize("kind", ["key", "subscription"])
def test_a_verification_is_waited_for(engine: Engine, kind: str) -> None:
    """Its own output is what is taken: the callback's id that it was given is there earlier."""

    def program() -> pulumi.CustomResource:
        verification = ens.CallbackVerification("v", callback_id=ID)
        if kind == "key":
            return ens.SignatureKey("it", callback_id=verification)
        return ens.Subscription("it", callback_id=verification, event_category_types=[SENT])

    engine.outputs[f"{TYPE}CallbackVerification"] = {"callback_id": "echoed"}
    _declare(program)

    assert engine.types()[0] == f"{TYPE}CallbackVerification"
    assert engine.inputs_of("it")["callback_id"] == "echoed"


@pytest.mark.parametrize("given", [None, "b3RoZXI="], ids=["default", "given"])
def test_the_key_before_the_first_of_a_callback(engine: Engine, given: str | None) -> None:
    """A callback's own key is the one that receivers hold so far; a given one wins."""
    engine.outputs[f"{TYPE}Callback"] = {"signature_key": KEY}
    _declare(
        lambda: ens.SignatureKey(
            "it", callback_id=ens.Callback("orders", url=URL), known_signature_key=given
        )
    )

    assert plain(engine.inputs_of("it")["known_signature_key"]) == (given or KEY, True)


def test_no_key_is_known_of_an_id(engine: Engine) -> None:
    """Nor of a verification: ENS shows none."""
    _declare(
        lambda: ens.SignatureKey("it", callback_id=ens.CallbackVerification("v", callback_id=ID))
    )

    assert "known_signature_key" not in engine.inputs_of("it")


def test_outputs_are_attributes(engine: Engine) -> None:
    """What the provider returns can be used in the program, each as its type says."""
    engine.outputs[f"{TYPE}Subscription"] = {
        "filters": ["a=1"],
        "paused": False,
        "status": "active",
        "status_reason": "",
        "mid": "1234567",
        "changed_at": "2026-01-01T00:00:00Z",
    }
    engine.outputs[f"{TYPE}SignatureKey"] = {
        "key": KEY,
        "previous_keys": ["b2xk"],
        "fingerprint": "0123456789abcdef",
        "rotated_at": "2026-01-01T00:00:00Z",
        "mid": "1234567",
    }
    engine.outputs[f"{TYPE}CallbackVerification"] = {
        "status": "verified",
        "verified_at": "2026-01-01T00:00:00Z",
        "mid": "1234567",
        "unverified_status": "created",
    }
    seen: list[list[Any]] = []

    def program() -> pulumi.Output[Any]:
        v = ens.CallbackVerification("v", callback_id=ID)
        k = ens.SignatureKey("k", callback_id=v)
        s = ens.Subscription("s", callback_id=v, event_category_types=[SENT])
        verification = pulumi.Output.all(v.status, v.verified_at, v.mid, v.unverified_status)
        key = pulumi.Output.all(k.key, k.previous_keys, k.fingerprint, k.rotated_at, k.mid)
        names = pulumi.Output.all(s.subscription_name, s.event_category_types, s.filters)
        status = pulumi.Output.all(s.paused, s.status, s.status_reason, s.mid, s.changed_at)
        return pulumi.Output.all(verification, key, names, status).apply(seen.extend)

    run(program)

    assert seen == [
        ["verified", "2026-01-01T00:00:00Z", "1234567", "created"],
        [KEY, ["b2xk"], "0123456789abcdef", "2026-01-01T00:00:00Z", "1234567"],
        ["shop-dev-s", [SENT], ["a=1"]],
        [False, "active", "", "1234567", "2026-01-01T00:00:00Z"],
    ]


def test_get_reads_without_declaring_anything(engine: Engine) -> None:
    """`get` names an id and no inputs, not even the default name."""
    _declare(lambda: ens.Subscription.get("it", ID, pulumi.ResourceOptions(protect=True)))

    assert engine.inputs_of("it") == {}
    assert engine.registered[0].resource_id == ID


MISTAKES: list[Any] = [
    (
        lambda: ens.Subscription("it", callback_id=ID, event_category_types=[SENT], colour="red"),  # type: ignore[call-overload] # the mistake
        "SubscriptionArgs.__init__() got an unexpected keyword argument 'colour'",
    ),
    (
        lambda: ens.Subscription("it", callback_id=ID),  # type: ignore[call-overload] # the mistake
        (
            "SubscriptionArgs.__init__() missing 1 required keyword-only argument: "
            "'event_category_types'"
        ),
    ),
    (
        lambda: ens.Subscription(  # type: ignore[call-overload] # the mistake
            "it",
            ens.SubscriptionArgs(callback_id=ID, event_category_types=[SENT]),
            paused=True,
        ),
        "Subscription 'it' takes args or named inputs, not both",
    ),
    (
        lambda: ens.SignatureKey("it"),  # type: ignore[call-overload] # the mistake
        "SignatureKeyArgs.__init__() missing 1 required keyword-only argument: 'callback_id'",
    ),
    (
        lambda: ens.SignatureKey("it", ens.SignatureKeyArgs(callback_id=ID), version="2"),  # type: ignore[call-overload] # the mistake
        "SignatureKey 'it' takes args or named inputs, not both",
    ),
    (
        lambda: ens.CallbackVerification("it"),  # type: ignore[call-overload] # the mistake
        (
            "CallbackVerificationArgs.__init__() missing 1 required keyword-only argument: "
            "'callback_id'"
        ),
    ),
    (
        lambda: ens.CallbackVerification("it", callback_id=ID, key=KEY),  # type: ignore[call-overload] # the mistake
        "CallbackVerificationArgs.__init__() got an unexpected keyword argument 'key'",
    ),
]


@pytest.mark.parametrize(("program", "sentence"), MISTAKES)
def test_a_declaration_that_cannot_be(engine: Engine, program: Declared, sentence: str) -> None:
    """A misspelled, missing or doubled input fails in the program, before the engine hears of it."""
    with pytest.raises(TypeError) as refusal:
        _declare(program)

    assert str(refusal.value) == sentence
    assert engine.registered == []


@pytest.mark.parametrize("secrets", [(), ("key", "previous_keys")])
def test_the_options_of_a_resource_win_over_the_programs(
    engine: Engine, secrets: tuple[str, ...]
) -> None:
    """The order of a replacement, the secrets and the waiting are ours; the rest is the program's."""
    seen: list[pulumi.ResourceOptions] = []

    def program() -> None:
        given = pulumi.ResourceOptions(
            protect=True,
            delete_before_replace=False,
            ignore_changes=["filters"],
            additional_secret_outputs=["mid"],
        )
        seen.extend([resource_options(given, secrets=secrets), resource_options(None)])

    run(program)

    merged, bare = seen
    assert merged.protect is True
    assert merged.ignore_changes == ["filters"]
    assert merged.delete_before_replace is bare.delete_before_replace is True
    assert merged.additional_secret_outputs == ["mid", *secrets]
    assert names_of(error_hooks(merged)) == ERROR_HOOKS
    assert error_hooks(merged) == error_hooks(bare)


@pytest.mark.skipif(ERROR_HOOKS == [], reason="these mocks take no hooks at all")
def test_hooks_of_the_program_stay(engine: Engine) -> None:
    """A hook that the program gives a resource stands beside the waiting."""
    seen: list[pulumi.ResourceOptions] = []

    async def theirs(_: pulumi.ResourceHookArgs) -> None: ...

    def program() -> None:
        hook = pulumi.ResourceHook("theirs", theirs)
        given = pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[hook]))
        seen.append(resource_options(given))

    run(program)

    [merged] = seen
    assert merged.hooks is not None
    assert [getattr(hook, "name", "") for hook in merged.hooks.after_create or []] == ["theirs"]
    assert names_of(error_hooks(merged)) == ERROR_HOOKS


@pytest.mark.parametrize(
    ("program", "secrets", "delete_first"),
    [
        (
            lambda opts: ens.CallbackVerification("it", callback_id=ID, opts=opts),
            ["verification_key", "verification_key_token"],
            False,
        ),
        (
            lambda opts: ens.SignatureKey("it", ens.SignatureKeyArgs(callback_id=ID), opts),
            ["key", "previous_keys", "known_signature_key"],
            False,
        ),
        (
            lambda opts: ens.Subscription("it", opts, callback_id=ID, event_category_types=[SENT]),  # type: ignore[call-overload] # older programs do so
            [],
            True,
        ),
        (lambda opts: ens.Subscription.get("it", ID, opts), [], True),
    ],
    ids=["verification", "key", "subscription-options-first", "get"],
)
def test_the_options_that_a_resource_is_registered_with(
    engine: Engine,
    program: Callable[[pulumi.ResourceOptions], pulumi.CustomResource],
    secrets: list[str],
    *,
    delete_first: bool,
) -> None:
    """Each has its own secrets and order of a replacement, and the waiting that all have."""
    seen: list[pulumi.ResourceOptions] = []

    def look(args: pulumi.ResourceTransformationArgs) -> None:
        seen.append(args.opts)

    _declare(lambda: program(pulumi.ResourceOptions(protect=True, transformations=[look])))

    [opts] = seen
    assert opts.protect is True
    assert opts.delete_before_replace is delete_first
    assert opts.additional_secret_outputs == secrets
    assert names_of(error_hooks(opts)) == ERROR_HOOKS


@pytest.mark.parametrize(
    "resource", [ens.Callback, ens.CallbackVerification, ens.SignatureKey, ens.Subscription]
)
def test_keywords_and_args_are_the_same_inputs(resource: Any) -> None:
    """Editors show for the keywords what the args class holds, and ask for the same ones."""
    args = getattr(ens, f"{resource.__name__}Args")
    [declared] = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(resource)))
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and node.args.kwonlyargs
    ]
    keywords = {
        keyword.arg: default is None
        for keyword, default in zip(
            declared.args.kwonlyargs, declared.args.kw_defaults, strict=True
        )
        if keyword.arg != "opts"
    }

    assert keywords == {field.name: field.default is MISSING for field in fields(args)}
