"""Questions about subscriptions, and what successes without content look like."""

from __future__ import annotations

from ens_provider.api.service_text import parsed_or_none
from ens_provider.api.wire import Answer
from ens_provider.cli.discover.answers import (
    BAD_REQUEST,
    NOT_FOUND,
    NOT_MODIFIED,
    OK,
    is_success,
)
from ens_provider.cli.discover.bench import TYPES, VERIFIED, Bench, unknown_id
from ens_provider.cli.discover.findings import NotSettledError, Outcome, found, unknown

_OTHER_TYPES = ["TransactionalSendEvents.EmailBounced"]


def subscribe_unverified(bench: Bench) -> Outcome:
    """Subscribe a callback that is not verified."""
    callback = bench.require_unverified()
    answer, made = bench.create_subscription(callback, "early")
    if made is None:
        if answer.status == BAD_REQUEST:
            return found("400", "a subscription on an unverified callback is refused")
        return unknown(bench.unit.told(answer))
    bench.delete_subscription(made)
    bench.wait_out_lag()
    if bench.status_of(callback) == VERIFIED:
        bench.verified.add(callback.callback_id)
        raise NotSettledError("the callback was verified by somebody else in the meantime")
    return found("accepted", "a subscription on an unverified callback is created")


def blank_filters(bench: Bench) -> Outcome:
    """Look at the filters of a subscription that has none."""
    bench.require_subscription()
    record = bench.subscription_record
    if "filters" not in record:
        return found("absent", "a subscription without filters has no such field")
    if record["filters"] == []:
        return found("empty_list", "a subscription without filters shows an empty array")
    if record["filters"] == [""]:
        return found("blank_item", "a subscription without filters shows one empty text")
    return unknown(f"a subscription without filters shows {record['filters']!r:.200}")


def unchanged_status(bench: Bench) -> Outcome:
    """PUT the status that a subscription has already."""
    element: dict[str, object] = {"subscriptionId": bench.require_subscription().subscription_id}
    control = bench.unit.put_subscription(element | {"eventCategoryTypes": _OTHER_TYPES})
    if not is_success(control):
        raise NotSettledError(f"ENS takes no change of a subscription ({bench.unit.told(control)})")
    same = {"eventCategoryTypes": TYPES, "status": "active", "statusReason": "discover"}
    answer = bench.unit.put_subscription(element | same)
    if answer.status in {OK, NOT_MODIFIED}:
        return found("accepted", "a PUT may send the status that is there already")
    if answer.status == BAD_REQUEST:
        return found("rejected", "a PUT with the status that is there already is refused")
    return unknown(bench.unit.told(answer))


def put_unknown_subscription(bench: Bench) -> Outcome:
    """PUT a subscription of an id that nobody has."""
    element = {"subscriptionId": unknown_id(), "eventCategoryTypes": TYPES}
    answer = bench.unit.put_subscription(element)
    if answer.status == NOT_FOUND:
        return found("404", "a PUT on an unknown subscription is not found")
    if answer.status == BAD_REQUEST:
        return found("400", "a PUT on an unknown subscription is refused")
    return unknown(bench.unit.told(answer))


def subscription_name_scope(bench: Bench) -> Outcome:
    """Create a subscription of the same name on another callback."""
    bench.require_subscription()
    second = bench.require_second()
    bench.make_usable(second)
    answer, made = bench.create_subscription(second, "subscription")
    if made is not None:
        bench.delete_subscription(made)
        return found("callback", "two callbacks may have subscriptions of one name")
    if answer.status == NOT_MODIFIED:
        return found("business_unit", "a name on another callback counts as present")
    return unknown(bench.unit.told(answer))


def ok_without_content(bench: Bench) -> Outcome:
    """Look at the bodies of deletions and of the verification."""
    if not bench.unit.empty_answers:
        raise NotSettledError("it needs a deletion that succeeds")
    values = {_emptiness(answer) for answer in bench.unit.empty_answers.values()}
    seen = " and ".join(bench.unit.empty_answers)
    if values == {"object"}:
        return found("object", f"{seen} succeed with the body {{}}")
    if values == {"empty"}:
        return found("empty", f"{seen} succeed without a body")
    return unknown(
        ", ".join(
            f"{name} {bench.unit.told(each)}" for name, each in bench.unit.empty_answers.items()
        )
    )


def _emptiness(answer: Answer) -> str:
    if not answer.raw.strip():
        return "empty"
    return "object" if parsed_or_none(answer.raw) == {} else "other"
