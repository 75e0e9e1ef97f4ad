"""Read the body of `POST /_emulator/events`: what happens, and in which business unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ens_provider.emulator.admin_answers import RefusedError, require_fields
from ens_provider.emulator.matching import Event, WrittenEvent
from ens_provider.emulator.trouble import TROUBLE_FIELDS, Trouble, UnknownTroubleError
from ens_provider.receiver.event_json import written_event

REQUEST_FIELDS = ("events", "mid", "callbackId", "wait", *TROUBLE_FIELDS)
"""What a request may have."""


@dataclass(frozen=True, kw_only=True)
class EventRequest:
    """Events to let happen: in the unit `mid`, if given, and for one callback only, if given.

    `texts` are the events as deliveries carry them, written anew unless they are given. With `wait`
    the answer comes after the first try of each delivery; `trouble` says how often and in which
    order they go out.
    """

    events: Sequence[Event]
    texts: Sequence[bytes] = ()
    mid: int | None = None
    callback_id: str | None = None
    wait: bool = True
    trouble: Trouble = field(default_factory=Trouble)

    def written(self) -> list[WrittenEvent]:
        """Return the events with their texts."""
        texts = self.texts or map(written_event, self.events)
        return list(map(WrittenEvent, self.events, texts))

    def unit_of(self, event: Event, *, units: Sequence[int]) -> int:
        """Return the business unit in which an event happens.

        That is the unit of the request, else the event's own `mid` if it is a unit of this
        account (a number, or text as WhatsApp events have it), else the first of them.
        """
        if self.mid is not None:
            return self.mid
        own = str(event.get("mid"))
        return next((unit for unit in units if str(unit) == own), units[0])


def event_request(body: object, *, trouble: Trouble | None = None) -> EventRequest:
    """Read an array of events, or an object with `events` and the other fields of a request.

    `trouble` is that of every request, without fields of its own.

    Raises:
        RefusedError: it is neither; the sentence names the event by its number, from 1.
    """
    fields: Mapping[str, object] = {"events": body} if isinstance(body, list) else _fields(body)
    events = fields.get("events")
    if not isinstance(events, list) or not events:
        raise RefusedError("'events' is an array of at least one event.")
    written = [_event(event, number) for number, event in enumerate(events, 1)]
    return EventRequest(
        events=[each.event for each in written],
        texts=[each.text for each in written],
        mid=_mid(fields.get("mid")),
        callback_id=_callback_id(fields.get("callbackId")),
        wait=_wait(fields.get("wait", True)),
        trouble=changed_trouble(trouble or Trouble(), fields),
    )


def changed_trouble(before: Trouble, fields: Mapping[str, object]) -> Trouble:
    """Return trouble with those of its fields changed that are given.

    Raises:
        RefusedError: a value cannot be.
    """
    try:
        return before.changed(fields)
    except UnknownTroubleError as error:
        raise RefusedError(str(error)) from error


def _fields(body: object) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise RefusedError("The request body is an array of events, or an object with 'events'.")
    require_fields(body, REQUEST_FIELDS, what="A request for events")
    return body


def _event(event: object, number: int) -> WrittenEvent:
    if not isinstance(event, dict):
        raise RefusedError(f"Event {number} is no object.")
    type_name = event.get("eventCategoryType")
    if not isinstance(type_name, str) or not type_name.strip():
        raise RefusedError(f"Event {number} has no 'eventCategoryType', which is text.")
    try:
        return WrittenEvent(event, written_event(event))
    except (ValueError, RecursionError):
        raise RefusedError(f"Event {number} cannot be written as JSON.") from None


def _mid(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise RefusedError("'mid' is the number of a business unit.")
    return int(value)


def _callback_id(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise RefusedError("'callbackId' is text.")
    return value


def _wait(value: object) -> bool:
    if not isinstance(value, bool):
        raise RefusedError("'wait' is true or false.")
    return value
