"""Read the body of `POST /_emulator/events`: what happens, and in which business unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ens_provider.emulator.admin_answers import RefusedError, require_fields
from ens_provider.emulator.matching import Event
from ens_provider.receiver.event_json import written


@dataclass(frozen=True, kw_only=True)
class EventRequest:
    """Events to let happen: in the unit `mid`, if given, and for one callback only, if given."""

    events: Sequence[Event]
    mid: int | None = None
    callback_id: str | None = None

    def unit_of(self, event: Event, *, units: Sequence[int]) -> int:
        """Return the business unit in which an event happens.

        That is the unit of the request, else the event's own `mid` if it is a unit of this
        account (a number, or text as WhatsApp events have it), else the first of them.
        """
        if self.mid is not None:
            return self.mid
        own = str(event.get("mid"))
        return next((unit for unit in units if str(unit) == own), units[0])


def event_request(body: object) -> EventRequest:
    """Read an array of events, or `{"events": […], "mid"?, "callbackId"?}`.

    Raises:
        RefusedError: it is neither; the sentence names the event by its number, from 1.
    """
    fields: Mapping[str, object] = {"events": body} if isinstance(body, list) else _fields(body)
    events = fields.get("events")
    if not isinstance(events, list) or not events:
        raise RefusedError("'events' is an array of at least one event.")
    return EventRequest(
        events=[_event(event, number) for number, event in enumerate(events, 1)],
        mid=_mid(fields.get("mid")),
        callback_id=_callback_id(fields.get("callbackId")),
    )


def _fields(body: object) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise RefusedError("The request body is an array of events, or an object with 'events'.")
    require_fields(body, ("events", "mid", "callbackId"), what="A request for events")
    return body


def _event(event: object, number: int) -> Event:
    if not isinstance(event, dict):
        raise RefusedError(f"Event {number} is no object.")
    type_name = event.get("eventCategoryType")
    if not isinstance(type_name, str) or not type_name.strip():
        raise RefusedError(f"Event {number} has no 'eventCategoryType', which is text.")
    try:
        written([event])
    except (ValueError, RecursionError):
        raise RefusedError(f"Event {number} cannot be written as JSON.") from None
    return event


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
