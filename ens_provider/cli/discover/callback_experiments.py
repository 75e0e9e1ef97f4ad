"""Questions about callbacks: what counts as present, what reads show, what changes do."""

from __future__ import annotations

import enum

from ens_provider.api.service_text import parsed_or_none
from ens_provider.api.wire import Answer
from ens_provider.cli.discover.account import whole_seconds
from ens_provider.cli.discover.answers import (
    BAD_REQUEST,
    CREATED,
    NOT_FOUND,
    NOT_MODIFIED,
    OK,
    is_success,
    probe_failure_in,
    record_in,
)
from ens_provider.cli.discover.bench import VERIFIED, Bench, unknown_id
from ens_provider.cli.discover.findings import NotSettledError, Outcome, found, unknown
from ens_provider.cli.discover.made import MadeCallback
from ens_provider.emulator.switches import CHOICES, LONGEST_PROPAGATION_SECONDS
from ens_provider.lifecycle.canonical import canonical_url, same_url


def url_echo(bench: Bench) -> Outcome:
    """Ask how the URL of an answer is spelled; the host was sent in capitals."""
    sent, shown = bench.the_main.sent_url, bench.the_main.shown_url
    if sent == canonical_url(sent):
        raise NotSettledError("it needs a URL whose host ENS takes in capitals")
    if shown == sent:
        return found("as_sent", "a host sent in capitals comes back in capitals")
    if shown == canonical_url(sent):
        return found("normalised", "a host sent in capitals comes back in small letters")
    return unknown(f"{sent} comes back as {shown}")


def propagation_seconds(bench: Bench) -> Outcome:
    """Ask how long a list takes to show a creation."""
    lag = bench.lag_seconds
    if lag is None:
        return unknown(f"the list does not show a new callback after {bench.wait_seconds:g} s")
    if whole_seconds(lag) > LONGEST_PROPAGATION_SECONDS:
        return unknown(f"the list shows a new callback after {whole_seconds(lag)} s")
    if lag == 0:
        return found("0", "the list shows a new callback at once")
    return found(str(whole_seconds(lag)), f"the list shows a new callback after {lag:.1f} s")


def unverified_status(bench: Bench) -> Outcome:
    """Ask for the status before verification."""
    main_status = bench.status_of(bench.the_main)
    status = main_status if main_status != VERIFIED else bench.failed_status
    if status is None:
        raise NotSettledError("it needs a callback that is not verified")
    of_what = "a new callback" if main_status != VERIFIED else "a callback whose probe failed"
    if status not in CHOICES["unverified_status"]:
        return unknown(f"the status of {of_what} is '{status}'")
    return found(status, f"GET shows '{status}' for {of_what}")


def empty_list(bench: Bench) -> Outcome:
    """Ask how lists without an entry are answered."""
    bench.require_reads()
    answers = [bench.unit.list_subscriptions(bench.the_main.callback_id)]
    answers += [] if bench.unit_was_empty is None else [bench.unit_was_empty]
    statuses = {answer.status for answer in answers}
    if statuses == {NOT_FOUND}:
        return found("404", "a list without an entry is not found")
    if statuses == {OK} and all(parsed_or_none(answer.raw) == [] for answer in answers):
        return found("200", "a list without an entry is an empty array")
    return unknown(" / ".join(bench.unit.told(answer) for answer in answers))


def regenerate_unverified(bench: Bench) -> Outcome:
    """Ask for a new signature key of a callback that is not verified."""
    answer = bench.unit.regenerate(bench.require_unverified().callback_id)
    if answer.status == OK:
        return found("accepted", "an unverified callback gets a new signature key")
    if answer.status == BAD_REQUEST:
        return found("400", "a new signature key for an unverified callback is refused")
    return unknown(bench.unit.told(answer))


def duplicate_callback(bench: Bench) -> Outcome:
    """Create a callback of the same name and URL."""
    answer, met = _attempt(bench, "main", bench.the_main.sent_url)
    if met is _Met.NEW:
        return unknown(f"a second callback of the same name and URL is made ({answer.status})")
    if answer.status == NOT_MODIFIED:
        return found("304", "a creation of what is present is not modified")
    if answer.status == BAD_REQUEST:
        return found("400", "a creation of what is present is refused")
    return unknown(bench.unit.told(answer))


def duplicate_match(bench: Bench) -> Outcome:
    """Create callbacks that share the name alone, and the URL alone."""
    by_name = _is_present(bench, "main", bench.other_url("other"))
    by_url = _is_present(bench, "other", bench.the_main.sent_url)
    value = {
        (True, True): "either",
        (False, True): "url",
        (True, False): "name",
        (False, False): "name_and_url",
    }[by_name, by_url]
    words = {True: "present", False: "new"}
    return found(
        value, f"the same name elsewhere is {words[by_name]}, the same URL {words[by_url]}"
    )


def name_case(bench: Bench) -> Outcome:
    """Create something whose name differs in case only."""
    match = bench.values.get("duplicate_match")
    if match in {None, "url"}:
        present = _subscription_is_present(bench)
    else:
        elsewhere = bench.other_url("case")
        url = bench.the_main.sent_url if match == "name_and_url" else elsewhere
        present = _is_present(bench, "MAIN", url)
    if present:
        return found("insensitive", "a name in capitals is taken for the same in small letters")
    return found("sensitive", "a name in capitals is another name")


def probe_failure_body(bench: Bench) -> Outcome:
    """Create a callback on a host that does not exist."""
    answer = _failed(bench)
    if probe_failure_in(answer) is None:
        return unknown(bench.unit.told(answer))
    content = parsed_or_none(answer.raw)
    if isinstance(content, str):
        return found("string", "the text about a failed probe is a JSON string")
    if isinstance(content, dict) and isinstance(content.get("message"), str):
        return found("envelope", "the text about a failed probe is the message of an envelope")
    return unknown(bench.unit.told(answer))


def failed_callback_kept(bench: Bench) -> Outcome:
    """Look for the callback whose probe failed."""
    if bench.failed is None:
        answer = _failed(bench)
        raise NotSettledError(f"no failed creation named its callback ({bench.unit.told(answer)})")
    if bench.remove_failed(bench.failed):
        return found("true", "a callback whose probe failed is there, and can be deleted")
    return found("false", "a callback whose probe failed is not there")


def unchanged_put(bench: Bench) -> Outcome:
    """PUT what is there already."""
    answer = bench.unit.put_callbacks(_main(bench))
    if answer.status == NOT_MODIFIED:
        return found("304", "a PUT that changes nothing is not modified")
    if answer.status == OK:
        return found("200", "a PUT that changes nothing is answered as any other")
    return unknown(bench.unit.told(answer))


def put_unknown_callback(bench: Bench) -> Outcome:
    """PUT a callback of an id that nobody has."""
    answer = bench.put_new("unknown")
    if answer.status == NOT_FOUND:
        return found("404", "a PUT on an unknown id is not found")
    if answer.status == CREATED and record_in(answer).get("callbackId"):
        return found("201", "a PUT on an unknown id makes a new callback")
    return unknown(bench.unit.told(answer))


def put_url(bench: Bench) -> Outcome:
    """PUT another URL, together with a batch size that tells when the change shows."""
    batch, url = 900, bench.other_url("moved")
    answer = bench.unit.put_callbacks(_main(bench, maxBatchSize=batch, url=url))
    if answer.status == BAD_REQUEST and "unchanged_put" in bench.values:
        return found("rejected", "a PUT with another URL is refused")
    if not is_success(answer):
        return unknown(bench.unit.told(answer))
    for _ in bench.pace.tries(bench.wait_seconds):
        record = record_in(bench.unit.get_callback(bench.the_main.callback_id))
        if record.get("maxBatchSize") == batch:
            return _moved(str(record.get("url")), sent=url, before=bench.the_main)
    return unknown(f"{answer.status}, but GET does not show the new batch size")


def array_of_many(bench: Bench) -> Outcome:
    """PUT two elements: both good, then one of them bad."""
    bench.require_reads()
    both = bench.unit.put_callbacks(_main(bench, maxBatchSize=700), _main(bench, maxBatchSize=800))
    if both.status == BAD_REQUEST:
        return found("rejected", "an array of two is refused, an array of one is not")
    if not is_success(both):
        return unknown(f"two good elements: {bench.unit.told(both)}")
    mixed = bench.unit.put_callbacks(_main(bench, maxBatchSize=600), _bad(bench))
    if is_success(mixed):
        return found("per_item", "the good one of two elements takes effect, the other does not")
    bench.wait_out_lag()
    record = record_in(bench.unit.get_callback(bench.the_main.callback_id))
    if record.get("maxBatchSize") == 600:  # noqa: PLR2004 -- the value of three lines above
        return unknown(f"an element took effect although the whole failed ({mixed.status})")
    return found("all_or_nothing", "one bad element keeps the other from taking effect")


class _Met(enum.Enum):
    """What a creation met: something that is there, or nothing."""

    PRESENT = "present"
    NEW = "new"
    OTHER = "other"


def _attempt(bench: Bench, part: str, url: str) -> tuple[Answer, _Met]:
    """Create a callback only to see whether it counts as present; what came of it is removed."""
    answer, made = bench.create_callback(part, url)
    if is_success(answer):
        if made is not None and bench.second is None:
            bench.second = made
        elif made is not None:
            bench.delete_callback(made)
        return answer, _Met.NEW
    if probe_failure_in(answer) is not None:
        if made is not None:
            bench.remove_failed(made)
        return answer, _Met.NEW
    refused = bench.values.get("duplicate_callback") == "400" and answer.status == BAD_REQUEST
    present = refused or answer.status == NOT_MODIFIED
    return answer, _Met.PRESENT if present else _Met.OTHER


def _is_present(bench: Bench, part: str, url: str) -> bool:
    answer, met = _attempt(bench, part, url)
    if met is _Met.OTHER:
        raise NotSettledError(
            f"a creation was refused for another reason ({bench.unit.told(answer)})"
        )
    return met is _Met.PRESENT


def _subscription_is_present(bench: Bench) -> bool:
    bench.require_subscription()
    answer, made = bench.create_subscription(bench.the_main, "SUBSCRIPTION")
    if made is not None:
        bench.delete_subscription(made)
        return False
    if answer.status == NOT_MODIFIED:
        return True
    raise NotSettledError(
        f"a subscription was refused for another reason ({bench.unit.told(answer)})"
    )


def _failed(bench: Bench) -> Answer:
    if bench.failed_answer is None:
        url = f"https://{bench.run.prefix}.invalid/"
        bench.failed_answer, bench.failed = bench.create_callback("failed", url)
    return bench.failed_answer


def _main(bench: Bench, **fields: object) -> dict[str, object]:
    main = bench.the_main
    return {"callbackId": main.callback_id, "callbackName": main.name, **fields}


def _bad(bench: Bench) -> dict[str, object]:
    if bench.values.get("put_unknown_callback") == "404":
        return {"callbackId": unknown_id(), "callbackName": bench.run.of("unknown")}
    # Smaller than the documentation allows.
    return _main(bench, maxBatchSize=5)


def _moved(shown: str, *, sent: str, before: MadeCallback) -> Outcome:
    if same_url(shown, sent):
        return found("applied", "a PUT with another URL changes the URL")
    if same_url(shown, before.sent_url):
        return found("ignored", "a PUT with another URL leaves the URL as it is")
    return unknown(f"after a PUT of {sent} the URL is {shown}")
