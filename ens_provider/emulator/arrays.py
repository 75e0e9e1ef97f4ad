"""Bodies that are arrays, and what becomes of those with several elements."""

from collections.abc import Awaitable, Callable

from ens_provider.emulator import service_errors as errors
from ens_provider.emulator.answers import Answer, json_answer
from ens_provider.emulator.bodies import items_of
from ens_provider.emulator.switches import Switches

Together = Callable[[list[object]], Awaitable[list[dict[str, object]]]]


async def answer_array(
    body: object, together: Together, *, success: int, switches: Switches
) -> Answer:
    """Answer an array; `together` lets some elements take effect as one.

    Nobody says what several elements do (switch `array_of_many`): they take effect together or
    not at all, one by one, or are refused. One by one, an element that fails is answered with
    its error in the array, and only if every one fails is the whole a failure (a guess).

    Raises:
        ServiceError: what the elements, or the array itself, are refused with.
    """
    items = items_of(body)
    if len(items) > 1 and switches.array_of_many == "rejected":
        raise errors.bad_request(
            "The request body must be an array of one element.", errorcode=errors.WRONG_VALUE
        )
    if len(items) == 1 or switches.array_of_many == "all_or_nothing":
        return json_answer(success, await together(items))
    return await _one_by_one(items, together, success=success)


async def _one_by_one(items: list[object], together: Together, *, success: int) -> Answer:
    answered: list[object] = []
    refused: list[errors.ServiceError] = []
    for item in items:
        try:
            answered += await together([item])
        except errors.ServiceError as error:
            refused.append(error)
            answered.append(error.body or errors.envelope("Not Modified", errorcode=error.status))
    if len(refused) == len(items):
        raise refused[0]
    return json_answer(success, answered)
