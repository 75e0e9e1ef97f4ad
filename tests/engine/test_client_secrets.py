"""The API client's own secret is rotated without a gap, and an expired one says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.programs import orders
from tests.engine.readings import sentence, warnings_of

if TYPE_CHECKING:
    from ens_provider.emulator.process import EmulatorProcess
    from tests.engine.calls import Calls
    from tests.engine.harness import RunResult, Stack

pytestmark = pytest.mark.engine

DAY = 86_400
OLD, STAGED = "the-old-s3cret", "the-staged-s3cret"
NOT_NEEDED = (
    "ENS accepted clientSecret of client client; clientSecretNext was not needed. Activate the "
    "staged secret in Setup when all that use it have it."
)
USED = (
    "ENS does not accept clientSecret of client client any more; clientSecretNext was used. Move "
    "it to clientSecret."
)
EXPIRED = (
    "ens_provider.AuthenticationError: ENS refused to give out a token for client 'client' (401, "
    "invalid_client): Client authentication failed. Make sure that the client ID and client secret "
    "are valid and that the package is installed and enabled. Check clientId and accountId and that "
    "the installed package is enabled; if they are right, clientSecret is wrong, expired (180 days "
    "after it was generated) or replaced by a staged secret that was activated: generate one in "
    "Setup > Installed Packages, wait 5 minutes, and set it as clientSecret."
)


def test_rotation_of_the_client_secret(
    shop: Stack, emulator: EmulatorProcess, calls: Calls
) -> None:
    """Staged, activated, forgotten: each run goes through and says which secret was used."""
    emulator.set_client(
        "client", client_secret=OLD, staged_secret=STAGED, secret_expires_in_seconds=180 * DAY
    )
    shop.with_environment(SFMC_CLIENT_SECRET=OLD, SFMC_CLIENT_SECRET_NEXT=STAGED)
    shop.program(orders(max_batch_size=500))

    staged = shop.up()

    assert (staged.operations, _infos(staged), warnings_of(staged)) == (
        {"create": 1},
        [NOT_NEEDED],
        [],
    )
    emulator.set_client("client", client_secret=STAGED, secret_expires_in_seconds=180 * DAY)
    shop.program(orders(max_batch_size=600))
    calls.take()

    activated = shop.up()

    assert (activated.operations, _infos(activated), warnings_of(activated)) == (
        {"update": 1},
        [],
        [USED],
    )
    assert calls.take() == ["POST token 401", "POST token 200", "PUT ens-callbacks 200"]
    shop.with_environment("SFMC_CLIENT_SECRET_NEXT", SFMC_CLIENT_SECRET=STAGED)

    moved = shop.refresh()

    assert (moved.code, _infos(moved), warnings_of(moved)) == (0, [], [])
    emulator.move_clock(180 * DAY)

    expired = shop.refresh()

    assert (expired.code, sentence(expired)) == (1, EXPIRED)
    for result in (staged, activated, moved, expired):
        assert OLD not in result.text
        assert STAGED not in result.text


def _infos(result: RunResult) -> list[str]:
    return [d.message for d in result.diagnostics if d.severity == "info" and not d.ephemeral]
