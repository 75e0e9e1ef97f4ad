"""Names in a program for what people have named in Marketing Cloud: of resources and variables."""

import builtins
import itertools
import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

VERIFIED_SUFFIX = "_verified"
"""What the variable of a callback's verification ends with."""

_IMPORTED = {"ens", "pulumi"}
_RESERVED = {*_IMPORTED, *dir(builtins), *keyword.kwlist, *keyword.softkwlist}


@dataclass(frozen=True, kw_only=True)
class Named:
    """A subscription to be named.

    Attributes:
        name: Its name in Marketing Cloud.
        callback: The resource name of its callback.
    """

    name: str
    callback: str


def callback_names(names: Sequence[str]) -> list[str]:
    """Return a resource name for each callback, in the order given.

    Letters and digits of every script stay, and so does the case; what stands between them
    becomes a dash. Names that are the same then, or differ in case only, are numbered.
    """
    return _unique([_readable(name) or "callback" for name in names])


def subscription_names(subscriptions: Sequence[Named]) -> list[str]:
    """Return a resource name for each subscription, in the order given, made as for callbacks.

    Each begins with its callback's, so that it is the same whatever else is imported with it.
    """
    return _unique(
        [_below(each.callback, _readable(each.name) or "subscription") for each in subscriptions]
    )


def variables(resource_names: Sequence[str], *, but: Iterable[str] = ()) -> list[str]:
    """Return a variable for each callback, so that it and that of its verification are free.

    Args:
        resource_names: Those of the callbacks.
        but: Variables that are taken.
    """
    taken = set(but)
    chosen = []
    for name in resource_names:
        candidates = _numbered(identifier(name, kind="callback"), separator="_")
        variable = next(each for each in candidates if not _is_taken(each, taken))
        taken |= {variable, variable + VERIFIED_SUFFIX}
        chosen.append(variable)
    return chosen


def identifier(resource_name: str, *, kind: str) -> str:
    """Return a Python name for a resource, in the form in which Python itself compares names (NFKC).

    Args:
        resource_name: The resource's name.
        kind: What the resource is: a word for names that are none in Python, or stand for something.
    """
    text = unicodedata.normalize("NFKC", resource_name.lower())
    kept = (char if f"_{char}".isidentifier() else "_" for char in text)
    name = re.sub("_+", "_", "".join(kept)).strip("_")
    if not name.isidentifier():
        name = f"{kind}_{name}".rstrip("_")
    return f"{name}_{kind}" if name in _RESERVED else name


def _is_taken(variable: str, taken: Container[str]) -> bool:
    return variable in taken or variable + VERIFIED_SUFFIX in taken


def _readable(name: str) -> str:
    kept = (char if _is_kept(char) else "-" for char in unicodedata.normalize("NFKC", name))
    return re.sub("-+", "-", "".join(kept)).strip("-._")


def _is_kept(char: str) -> bool:
    # Marks belong to letters: many scripts write vowels with them.
    return char.isalnum() or char in "._" or unicodedata.category(char).startswith("M")


def _below(callback: str, name: str) -> str:
    begins_alike = f"{name}-".casefold().startswith(f"{callback}-".casefold())
    return name if begins_alike else f"{callback}-{name}"


def _unique(names: Sequence[str]) -> list[str]:
    times = Counter(name.casefold() for name in names)
    # A name that only one has stays with it, whatever the others are numbered to.
    taken = {name for name, count in times.items() if count == 1}
    return [name if times[name.casefold()] == 1 else _first_free(name, taken) for name in names]


def _first_free(name: str, taken: set[str]) -> str:
    candidates = _numbered(name, separator="-")
    free = next(each for each in candidates if each.casefold() not in taken)
    taken.add(free.casefold())
    return free


def _numbered(name: str, *, separator: str) -> Iterator[str]:
    yield name
    for number in itertools.count(2):
        yield f"{name}{separator}{number}"
