"""What a scripted fault does to a call."""

import asyncio
import json

from ens_provider.emulator.answers import Answer, error_answer
from ens_provider.emulator.faults import Fault
from ens_provider.emulator.service_errors import of_status


class DroppedError(Exception):
    """The connection is to be closed without an answer."""


async def before_effect(fault: Fault) -> Answer | None:
    """Let a fault act before the request takes effect; None lets the request go on.

    Raises:
        DroppedError: the fault drops the connection.
    """
    if fault.do == "status":
        return _status_answer(fault)
    await _delay_or_drop(fault)
    return None


async def after_effect(fault: Fault, answer: Answer) -> Answer:
    """Let a fault act on the answer of a request that took effect.

    Raises:
        DroppedError: the fault drops the connection.
    """
    if fault.do == "status":
        return _status_answer(fault)
    if fault.do == "body":
        return Answer(answer.status, _body(fault), {**answer.headers, **fault.headers})
    if fault.do == "truncate":
        return Answer(answer.status, answer.body, answer.headers, truncated=True)
    await _delay_or_drop(fault)
    return answer


async def _delay_or_drop(fault: Fault) -> None:
    if fault.do == "drop":
        raise DroppedError
    if fault.do == "delay":
        await asyncio.sleep(fault.seconds)
    if fault.do == "hold":
        await fault.hold()


def _status_answer(fault: Fault) -> Answer:
    if fault.body is not None:
        return Answer(fault.status, _body(fault), fault.headers)
    plain = error_answer(of_status(fault.status))
    return Answer(fault.status, plain.body, {**plain.headers, **fault.headers})


def _body(fault: Fault) -> str:
    if isinstance(fault.body, str):
        return fault.body
    return "" if fault.body is None else json.dumps(fault.body)
