"""`docs/resources.md` says of each input, output, function and event type what the code says."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pytest

import ens_provider as ens
from ens_provider.lifecycle.event_types import FILTER_KEYS
from ens_provider.lifecycle.subscription import PAUSED_BY_PROGRAM
from ens_provider.resources import (
    callback_properties,
    callback_verification,
    notification_endpoint,
    self_test,
    settled,
    signature_key,
)
from ens_provider.resources.subscription_properties import SUBSCRIPTION_INPUTS
from tests.repo.files import text_of
from tests.repo.tables import section, table_below

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ens_provider.resources.inputs import Input

PAGE = text_of("docs/resources.md")
NAME = "`{project}-{stack}-{resource}`"
# What the annotations of the arguments are called for people.
TYPES = {
    "CallbackId": "`Callback` or str",
    "VerifiedCallbackId": "`Callback`, `CallbackVerification` or str",
    "EventTypes": "list of `EventType` or str",
    "Filters": "dict of str, or list of str",
}


@dataclass(frozen=True, kw_only=True)
class Documented:
    """A resource, and what the code declares of it."""

    kind: type[Any]
    arguments: type[Any]
    inputs: Sequence[Input]
    secrets: Sequence[str] = ()


RESOURCES = (
    Documented(
        kind=ens.Callback,
        arguments=ens.CallbackArgs,
        inputs=callback_properties.CALLBACK_INPUTS,
        secrets=callback_properties.SECRET_PROPERTIES,
    ),
    Documented(
        kind=ens.CallbackVerification,
        arguments=ens.CallbackVerificationArgs,
        inputs=callback_verification.VERIFICATION_INPUTS,
        secrets=callback_verification._SECRETS,
    ),
    Documented(
        kind=ens.SignatureKey,
        arguments=ens.SignatureKeyArgs,
        inputs=signature_key.KEY_INPUTS,
        secrets=signature_key._SECRETS,
    ),
    Documented(kind=ens.Subscription, arguments=ens.SubscriptionArgs, inputs=SUBSCRIPTION_INPUTS),
    Documented(
        kind=ens.SelfTest,
        arguments=ens.SelfTestArgs,
        inputs=self_test.SELF_TEST_INPUTS,
        secrets=self_test.SECRET_PROPERTIES,
    ),
    Documented(kind=ens.Settled, arguments=ens.SettledArgs, inputs=settled.SETTLED_INPUTS),
)
each_resource = pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: r.kind.__name__)


def _default(declared: Input) -> str:
    if declared.name.endswith("_name"):
        # The constructor gives it, since it knows the stack.
        return NAME
    if declared.required:
        return "required"
    if declared.default in (None, []):
        return "none"
    written = f'"{declared.default}"' if isinstance(declared.default, str) else declared.default
    return f"`{written}`"


def _on_change(declared: Input) -> str:
    if declared.create_only:
        return "creation only"
    return "replaces" if declared.immutable else "in place"


def _written(annotation: object) -> str:
    """Return an evaluated annotation as it was written."""
    return str(annotation).replace("pulumi.output.", "pulumi.")


def _type(annotation: str, *, secret: bool) -> str:
    """Return what the page calls an annotation such as `pulumi.Input[int] | None`."""
    bare = annotation.removesuffix(" | None")
    bare = re.sub(r"^pulumi\.(?:Input|Output)\[(.+)\]$", r"\1", bare).removesuffix(" | None")
    bare = re.sub(r"^Sequence\[pulumi\.Input\[(.+)\]\]$", r"list of \1", bare)
    bare = re.sub(r"^list\[(.+)\]$", r"list of \1", bare)
    return TYPES.get(bare, bare) + (", secret" if secret else "")


def _rows(heading: str, column: str) -> dict[str, dict[str, str]]:
    return {row[column].strip("`"): row for row in table_below(PAGE, heading)}


@each_resource
def test_inputs(resource: Documented) -> None:
    """The table lists exactly the inputs, with type, default and what a change does."""
    rows = _rows(f"Inputs of {resource.kind.__name__}", "input")
    annotations = resource.arguments.__annotations__

    assert {
        name: (row["type"], row["default"], row["on change"].partition(",")[0])
        for name, row in rows.items()
    } == {
        each.name: (
            _type(annotations[each.name], secret=each.secret),
            _default(each),
            _on_change(each),
        )
        for each in resource.inputs
    }
    assert set(rows) == {field.name for field in fields(resource.arguments)}
    assert [name for name, row in rows.items() if not row["meaning"]] == []


@each_resource
def test_outputs(resource: Documented) -> None:
    """The table lists exactly the outputs that are no inputs, with type and secrets."""
    rows = _rows(f"Outputs of {resource.kind.__name__}", "output")
    inputs = {each.name for each in resource.inputs}
    outputs = {
        name: _type(_written(annotation), secret=name in resource.secrets)
        for name, annotation in resource.kind.__annotations__.items()
        if name not in inputs
    }

    assert outputs
    assert {name: row["type"] for name, row in rows.items()} == outputs
    assert [name for name, row in rows.items() if not row["meaning"]] == []


@each_resource
def test_bounds(resource: Documented) -> None:
    """The bounds of whole numbers, with their unit, are those that `check` refuses to leave."""
    rows = _rows(f"Inputs of {resource.kind.__name__}", "input")
    for each in resource.inputs:
        if rows[each.name]["type"] != "int":
            continue
        with pytest.raises(ValueError, match="give") as refused:
            each.canonical(-1.0)
        assert str(refused.value).partition("give ")[2] in rows[each.name]["meaning"]


def test_every_resource_has_its_sections() -> None:
    """Each resource of the package is in the first table, and has a section of its own."""
    public = {
        name
        for name in ens.__all__
        if name + "Args" in ens.__all__ and name + "Provider" in ens.__all__
    }
    linked = re.findall(r"^\| \[`ens\.(\w+)`\]\(#(\w+)\) \|", PAGE, re.MULTILINE)

    assert public == {each.kind.__name__ for each in RESOURCES}
    assert {name for name, _ in linked} == public
    assert [name for name in public if not section(PAGE, name).strip()] == []


def test_arguments_of_the_component() -> None:
    """The table of the component lists exactly its arguments."""
    rows = table_below(PAGE, "NotificationEndpoint")
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row["input"])]

    assert named == [field.name for field in fields(ens.NotificationEndpointArgs)]
    assert [row for row in rows if not row["meaning"]] == []


def test_outputs_of_the_component() -> None:
    """The second table of the component lists exactly its outputs."""
    rows = table_below(PAGE, "NotificationEndpoint", number=1)

    assert [row["output"].strip("`") for row in rows] == list(notification_endpoint._OUTPUTS)


def test_what_depends_on_callbacks() -> None:
    """The table of what to wait for names every resource that takes a callback's id."""
    rows = table_below(PAGE, "How they depend on each other")
    taking = {
        f"`{each.kind.__name__}`"
        for each in RESOURCES
        if any(declared.name == "callback_id" for declared in each.inputs)
    }

    assert {row["resource"] for row in rows} == taking
    assert [row for row in rows if not all(row.values())] == []


def test_choices_for_what_exists() -> None:
    """The table of `on_existing` has a row for each of its words."""
    [declared] = [
        each for each in callback_properties.CALLBACK_INPUTS if each.name == "on_existing"
    ]
    with pytest.raises(ValueError, match="none of") as refused:
        declared.canonical("")
    rows = table_below(PAGE, "What is there already")

    assert [row["`on_existing`"].strip('`"') for row in rows] == re.findall(
        r"'(\w+)'", str(refused.value)
    )


def test_getters() -> None:
    """The page shows `.get` of the resources that have one, and says of the others that they do not."""
    for each in RESOURCES:
        name = each.kind.__name__
        text = section(PAGE, name)
        assert (f"`ens.{name}.get(" in text) == hasattr(each.kind, "get")
        assert ("There is no `get`" in text) != hasattr(each.kind, "get")


def test_lookups() -> None:
    """Each lookup function stands in the section, in both forms, with its arguments and result."""
    text = section(PAGE, "Lookups")
    functions = [name for name in ens.__all__ if name.startswith("get_")]
    rows = {row["function"]: row["returns"] for row in table_below(PAGE, "Lookups")}

    assert len(functions) == 6
    assert [name for name in functions if f"`{name}(" not in text] == []
    for name in functions:
        function = getattr(ens, name)
        if name.endswith("_output"):
            continue
        [row] = [row for row in rows if f"`{name}(" in row]
        kind = re.search(r"Get\w+Result", str(inspect.signature(function).return_annotation))
        assert kind
        assert f"`{kind[0]}`" in rows[row]
        *arguments, last = inspect.signature(function).parameters
        assert [argument for argument in arguments if argument not in row] == []
        # Told of all functions in one sentence.
        assert last == "opts"


@pytest.mark.parametrize("number", [1, 2], ids=["callback", "subscription"])
def test_results_of_lookups(number: int) -> None:
    """Each field of a result has its row, with its type."""
    rows = table_below(PAGE, "Lookups", number=number)
    name = next(iter(rows[0])).strip("`")
    expected = {
        f"`{field.name}`": _type(str(field.type), secret=False)
        for field in fields(getattr(ens, name))
    }

    assert {row[f"`{name}`"]: row["type"] for row in rows} == expected
    assert name == ("GetCallbackResult", "GetSubscriptionResult")[number - 1]


def test_event_types() -> None:
    """The table holds the members of `EventType` in their order, with the filter keys of each."""
    rows = table_below(PAGE, "Event types")

    assert [
        (
            row["member"].strip("`"),
            row["event type"].strip("`"),
            tuple(re.findall(r"`(\w+)`", row["filter keys"])),
        )
        for row in rows
    ] == [(kind.name, kind.value, FILTER_KEYS[kind.value]) for kind in ens.EventType]


def test_reasons_of_pauses() -> None:
    """The reason that a pause has without one of the program is the one that is sent."""
    reason = _rows("Inputs of Subscription", "input")["pause_reason"]["meaning"]

    assert f"`{PAUSED_BY_PROGRAM}`" in reason
