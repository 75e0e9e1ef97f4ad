"""What holds instead of a promise that a value of a switch makes impossible.

A stage of the story expects something else than usual only where it names one of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.unknowns.assignments import Assignment

_LAGS = ("60", "120")


@dataclass(frozen=True, kw_only=True, eq=False)
class Instead:
    """A promise that some answers do not let be kept.

    Attributes:
        answers: The open questions, and the answers to them that stand in the way together.
        promise: What holds under the others.
        holds: What holds under these.
        why: What makes it impossible.
    """

    answers: Mapping[str, tuple[str, ...]]
    promise: str
    holds: str
    why: str

    def applies_to(self, assignment: Assignment) -> bool:
        """Tell whether the assignment answers all of these questions so."""
        return all(assignment.values[switch] in given for switch, given in self.answers.items())


NOTHING_LEFT = Instead(
    answers={"failed_callback_kept": ("false",)},
    promise="What a failed probe leaves behind is deleted.",
    holds="Nothing is left behind, and the deletion finds nothing.",
    why="The service removes it itself.",
)
PRESENT_UNSEEN = Instead(
    answers={"propagation_seconds": _LAGS},
    promise="What is already present (after a lost answer, or of another owner) is dealt with in the "
    "same attempt.",
    holds="`NotReadyYet`: the program's retry hook tries again until it shows, within its budget.",
    why="The service says that something is present, and does not show what.",
)
ADOPTED_UNSEEN = Instead(
    answers={"propagation_seconds": _LAGS},
    promise="`adopt_id` takes over what exists.",
    holds="What was made a moment ago is refused with `NotFoundError`, and nothing is created; two "
    "minutes later it is taken over.",
    why="A wrong id and one that does not show yet are answered alike, and waiting for a wrong id "
    "would hide the mistake.",
)
URL_TWICE = Instead(
    answers={"duplicate_match": ("name", "name_and_url")},
    promise="A URL that another callback has is refused, and the other one is named.",
    holds="Both are created: two callbacks with one URL.",
    why="The service takes them for different, and no list is asked for before a creation.",
)
NAME_TWICE = Instead(
    answers={"duplicate_match": ("url", "name_and_url")},
    promise="A name that another callback has is refused, and the other one is named.",
    holds="Both are created: two callbacks of one name.",
    why="The service takes them for different, and no list is asked for before a creation.",
)
CASE_APART = Instead(
    answers={"name_case": ("sensitive",)},
    promise="A name that differs in upper and lower case only is refused.",
    holds="Both are created.",
    why="The service takes them for different names.",
)
NAME_FREE_ELSEWHERE = Instead(
    answers={"subscription_name_scope": ("callback",)},
    promise="A subscription's name that is taken on another callback is refused, and that one named.",
    holds="Both are created.",
    why="The service wants names to be different within a callback only.",
)
VERIFICATION_UNSEEN = Instead(
    answers={"propagation_seconds": _LAGS},
    promise="A callback that somebody else verified, or whose answer was lost, is found verified at "
    "the first look.",
    holds="`NotYetVerified`, until reads show it.",
    why="Only reads tell that a callback is verified.",
)
KEY_BEFORE_VERIFICATION = Instead(
    answers={"regenerate_unverified": ("400",)},
    promise="An unverified callback can be given a new key.",
    holds="`NotYetVerified`: the key waits for the verification.",
    why="The service refuses it.",
)
SUBSCRIBED_BEFORE_VERIFICATION = Instead(
    answers={"subscribe_unverified": ("accepted",)},
    promise="A subscription of an unverified callback is refused with `NotYetVerified`.",
    holds="It is created, and delivers from the verification on.",
    why="The service takes it.",
)
DELETION_UNSEEN = Instead(
    answers={"propagation_seconds": _LAGS},
    promise="A refresh shows what was changed or deleted outside, two minutes after our last write.",
    holds="It shows it as late as reads do.",
    why="Reads show the past, and nothing tells it from the present.",
)
GONE_OR_REFUSED = Instead(
    answers={"propagation_seconds": _LAGS, "put_unknown_subscription": ("400",)},
    promise="An update of a subscription that was deleted outside says so (`DeletedOutside`).",
    holds="`BadRequestError` with the service's words, until reads show the deletion.",
    why="A 400 has many reasons, and the subscription is still shown.",
)
FORCED_UNSEEN = Instead(
    answers={"propagation_seconds": _LAGS},
    promise="`force_destroy` deletes the subscriptions that hang on a callback.",
    holds="`StillSubscribed` while there is one that reads do not show; the same command two minutes "
    "later deletes it.",
    why="The service refuses the deletion, and does not list what hangs on it.",
)
LAPSED_AND_GONE = Instead(
    answers={"after_deadline": ("deleted",)},
    promise="A callback that missed its verification is still there and can be replaced.",
    holds="It is gone: a refresh shows it, and the next `pulumi up` creates it again.",
    why="The service deletes it.",
)
URL_CHANGED_OUTSIDE = Instead(
    answers={"put_url": ("applied",)},
    promise="The URL of a callback never changes.",
    holds="One that was changed outside is shown by a refresh, and the callback is replaced.",
    why="The service lets others change it.",
)
LONGER_VALUES_PASS = Instead(
    answers={"filter_anchoring": ("search",)},
    promise="A filter lets through the events whose value it is.",
    holds="It lets through those whose value contains it, too; write `^…$` for the whole value.",
    why="The service looks for the filter's expression anywhere in the value.",
)
ONE_CALLBACK_ONLY = Instead(
    answers={"fan_out": ("one",)},
    promise="An event goes to every callback that asks for it.",
    holds="It goes to the oldest one: ours hears nothing of what somebody else's older one asks for.",
    why="The service delivers an event once.",
)
OLD_SIGNATURE = Instead(
    answers={"retry_signed_with": ("old",)},
    promise="After a rotation deliveries fit the new key.",
    holds="What is tried again fits the old key, which receivers accept as one of `previous_keys`.",
    why="The service signs a batch once.",
)

INSTEAD = (
    NOTHING_LEFT,
    PRESENT_UNSEEN,
    ADOPTED_UNSEEN,
    URL_TWICE,
    NAME_TWICE,
    CASE_APART,
    NAME_FREE_ELSEWHERE,
    VERIFICATION_UNSEEN,
    KEY_BEFORE_VERIFICATION,
    SUBSCRIBED_BEFORE_VERIFICATION,
    DELETION_UNSEEN,
    GONE_OR_REFUSED,
    FORCED_UNSEEN,
    LAPSED_AND_GONE,
    URL_CHANGED_OUTSIDE,
    LONGER_VALUES_PASS,
    ONE_CALLBACK_ONLY,
    OLD_SIGNATURE,
)
"""Everything that holds instead of a promise."""


def as_table() -> str:
    """Return all of them as a table in Markdown."""
    head = ["| where the service answers | instead of | this holds | because |", "| --- " * 4 + "|"]
    rows = [
        f"| {_named(each.answers)} | {each.promise} | {each.holds} | {each.why} |"
        for each in INSTEAD
    ]
    return "\n".join([*head, *rows])


def _named(answers: Mapping[str, tuple[str, ...]]) -> str:
    named = [
        f"`{switch}` {' or '.join(f'`{v}`' for v in given)}" for switch, given in answers.items()
    ]
    return " and ".join(named)
