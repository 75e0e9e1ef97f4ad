"""The inputs of a resource, declared once: how `check` and `diff` treat each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from pulumi.dynamic import CheckFailure, CheckResult
from pulumi.output import UNKNOWN, Unknown, contains_unknowns
from pulumi.runtime.rpc import unwrap_rpc_secret, wrap_rpc_secret

_PROVIDER_KEY = "__provider"


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input of a resource.

    Attributes:
        name: The property's name.
        canonical: Returns the canonical value, or raises ValueError with the rest of a sentence
            that begins with the name.
        required: Whether the program must give it.
        default: The value of one that is not given; None leaves it out.
        recorded: Whether the default is written into the state. One that only a creation looks at
            would cost every later step of the engine, which writes the whole state each time.
        immutable: Whether a change replaces the resource.
        create_only: Whether it acts at creation only, so that a later change is no difference.
        secret: Whether the value is a secret.
    """

    name: str
    canonical: Callable[[Any], object]
    required: bool = False
    default: object = None
    recorded: bool = True
    immutable: bool = False
    create_only: bool = False
    secret: bool = False


def check_inputs(
    schema: Sequence[Input], *, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> CheckResult:
    """Make a resource's inputs canonical, and collect every reason against them.

    Failures carry no property name, since the engine prints the value of a named property, also
    of a secret one.

    Args:
        schema: The resource's inputs.
        olds: The inputs of the state; empty at creation and for a replacement.
        news: The inputs of the program; unknown values pass.
    """
    inputs: dict[str, Any] = {}
    failures = [_unexpected(name) for name in _unexpected_names(schema, news)]
    for declared in schema:
        try:
            value = _value(declared, olds=olds, news=news)
        except ValueError as error:
            failures.append(CheckFailure("", f"{declared.name}: {error}."))
        else:
            if value is not None:
                inputs[declared.name] = _marked(declared, value)
    return CheckResult(inputs, failures)


def replacing_inputs(
    schema: Sequence[Input], *, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> list[str]:
    """Return the immutable inputs that differ or are not known yet, in the schema's order.

    Args:
        schema: The resource's inputs.
        olds: The outputs of the state.
        news: The checked inputs.
    """
    return [
        declared.name
        for declared in schema
        if declared.immutable and _differs(declared, olds, news)
    ]


def declared_inputs(schema: Sequence[Input], props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs among a bag of outputs: those that the program had declared."""
    names = [declared.name for declared in schema]
    return {name: props[name] for name in names if props.get(name) is not None}


def marked_outputs(bag: Mapping[str, Any], *, secrets: Collection[str]) -> dict[str, Any]:
    """Return a bag of outputs in which those of these names are marked as secrets."""
    return {
        name: wrap_rpc_secret(value) if name in secrets else value for name, value in bag.items()
    }


def _value(declared: Input, *, olds: Mapping[str, Any], news: Mapping[str, Any]) -> object:
    if declared.create_only and olds:
        return unwrap_rpc_secret(olds.get(declared.name))
    value = unwrap_rpc_secret(news.get(declared.name))
    if value is None:
        if declared.required:
            raise ValueError("it is required and not given; declare it")
        # A copy: the SDK changes in place what a provider returns.
        return copy(declared.default) if declared.recorded else None
    if isinstance(value, Unknown):
        return value
    # What is known in part is not checked before the rest is.
    return UNKNOWN if contains_unknowns(value) else declared.canonical(value)


def _marked(declared: Input, value: object) -> object:
    # The engine forgets that a value of the state was a secret once `check` returns it.
    wrap = declared.secret and not isinstance(value, Unknown)
    return wrap_rpc_secret(value) if wrap else value


def _differs(declared: Input, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    old, new = olds.get(declared.name), news.get(declared.name)
    if isinstance(new, Unknown):
        return True
    if old == new:
        return False
    if old is None or new is None:
        return True
    return _canonical_or_same(declared, old) != _canonical_or_same(declared, new)


def _canonical_or_same(declared: Input, value: object) -> object:
    try:
        return declared.canonical(value)
    except ValueError:
        # What the service holds need not obey the rules for what a program declares.
        return value


def _unexpected_names(schema: Sequence[Input], news: Mapping[str, Any]) -> list[str]:
    known = {declared.name for declared in schema} | {_PROVIDER_KEY}
    return sorted(name for name in news if name not in known)


def _unexpected(name: str) -> CheckFailure:
    return CheckFailure("", f"{name}: there is no input of that name; remove or correct it.")
