"""The canonical form of a subscription's event types and filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ens_provider.lifecycle.values import text


def canonical_event_types(value: object) -> list[str]:
    """Return event types as a sorted list without repetitions.

    Raises:
        ValueError: They are not a list of texts with at least one element.
    """
    if not isinstance(value, list | tuple):
        raise ValueError("it is not a list; give a list of event types")  # noqa: TRY004 -- one class for callers
    types = sorted({text(kind).strip() for kind in value})
    if not types:
        raise ValueError("it is empty; give at least one event type")
    if any("," in kind for kind in types):
        raise ValueError("an element holds a comma; give each event type as an element of its own")
    return types


def canonical_filters(value: object) -> list[str]:
    """Return filters as a sorted list of ``name=value`` texts without repetitions.

    Args:
        value: A mapping of names to values, or a list of ``name=value`` texts. Blank texts count
            for nothing.

    Raises:
        ValueError: It is neither, or an element has no name or no value.
    """
    if isinstance(value, Mapping):
        return sorted({f"{_name(name)}={_value(given)}" for name, given in value.items()})
    if not isinstance(value, list | tuple):
        raise ValueError(  # noqa: TRY004 -- one class for callers
            "it is neither a mapping nor a list; write {'definitionKey': 'welcome'}"
        )
    return sorted(set(_texts(value)))


def _texts(value: Iterable[object]) -> Iterable[str]:
    for position, element in enumerate(value, start=1):
        if element is None or (isinstance(element, str) and not element.strip()):
            continue
        name, equals, given = text(element).strip().partition("=")
        if not equals:
            # Not quoted, since a program may have marked it as a secret.
            raise ValueError(f"element {position} has no '='; write name=value")
        yield f"{_name(name)}={_value(given)}"


def _name(name: object) -> str:
    canonical = str(name).strip()
    if not canonical or "=" in canonical:
        raise ValueError("a name is empty or holds a '='; write name=value")
    return canonical


def _value(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(  # noqa: TRY004 -- one class for callers
            "a value is not a text; write {'definitionKey': 'welcome'}"
        )
    # The engine hands every number over as a float.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    canonical = str(value).strip()
    if not canonical:
        raise ValueError("a value is empty; give it or leave the filter out")
    return canonical
