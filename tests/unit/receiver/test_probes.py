"""Probes of new callbacks, and who gets the keys that they bring."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ens_provider.receiver import Probe, Receiver, ReceiverOptions
from tests.unit.receiver.world import (
    BODY,
    KEY,
    MAILS,
    ORDERS,
    OTHER_KEY,
    SECRETS,
    TOKEN,
    VERIFICATION_KEY,
    World,
    error,
    said,
)

FIRST_COUNTS = error(409, "This callback was probed before; only its first probe counts.")
NO_TOKEN = error(401, "This needs the receiver's token: 'Authorization: Bearer TOKEN'.")
A_GUID = "The id of a callback is a GUID, such as 65b885ab-c2b4-46fe-85d0-d6cb8be8057d."
A_KEY = "A key is base64, of at most 512 characters."
NEITHER = (
    "The body is neither a probe (an object with callbackId and verificationKey) nor a signed "
    "delivery (an array of events)."
)


def test_probe_is_answered_200_and_its_key_is_kept() -> None:
    """After the probe the holder of the token gets the key."""
    world = World()

    assert said(world.probe()) == (200, {})
    assert said(world.fetch()) == (
        200,
        {"callbackId": ORDERS, "verificationKey": VERIFICATION_KEY},
    )


def test_probe_of_the_documentation() -> None:
    """The example of the service's documentation is a probe; unknown fields do not matter."""
    world = World()
    body = (
        b'{"callbackId":"65b885ab-c2b4-46fe-85d0-d6cb8be8057d",'
        b'"verificationKey":"CZwJw4XATH6LK1fPWFeMDkIyVbro6T3ijXK8CrzQe2s=","more":1}\n'
    )

    assert said(world.post(body)) == (200, {})


def test_probe_that_is_repeated() -> None:
    """The same probe again is answered as the first."""
    world = World()
    world.probe()

    assert said(world.probe()) == (200, {})


def test_later_probe_with_another_key_changes_nothing() -> None:
    """Nobody can put a key of their own in the place of the service's."""
    world = World()
    world.probe()

    assert said(world.probe(key=OTHER_KEY)) == FIRST_COUNTS
    assert world.verification_keys.get(ORDERS) == VERIFICATION_KEY


def test_probe_of_a_callback_with_a_signature_key() -> None:
    """Once a callback has its signature key, its probe is over: a new one is nobody's."""
    world = World()
    world.signature_keys.put(ORDERS, [KEY])

    assert said(world.probe()) == FIRST_COUNTS
    assert world.verification_keys.get(ORDERS) is None


def test_flood_of_probes_is_bounded() -> None:
    """Only the newest keys are kept."""
    world = World()
    ids = [f"65b885ab-c2b4-46fe-85d0-{number:012}" for number in range(5)]
    for callback_id in ids:
        assert world.probe(callback_id).status == 200

    assert [world.fetch(callback_id).status for callback_id in ids] == [404, 404, 200, 200, 200]


def test_id_in_capitals() -> None:
    """An id is the same in capitals."""
    world = World()
    world.probe(ORDERS.upper())

    assert said(world.fetch(ORDERS.upper()))[1]["callbackId"] == ORDERS


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"callbackId": "../../etc/passwd", "verificationKey": KEY}, A_GUID),
        ({"callbackId": f"{ORDERS}\n", "verificationKey": KEY}, A_GUID),
        ({"callbackId": f"{{{ORDERS}}}", "verificationKey": KEY}, A_GUID),
        ({"callbackId": 7, "verificationKey": KEY}, A_GUID),
        ({"callbackId": ORDERS, "verificationKey": ""}, A_KEY),
        ({"callbackId": ORDERS, "verificationKey": "not base64"}, A_KEY),
        ({"callbackId": ORDERS, "verificationKey": "clé="}, A_KEY),
        ({"callbackId": ORDERS, "verificationKey": ["a"]}, A_KEY),
        ({"callbackId": ORDERS, "verificationKey": "AAAA" * 129}, A_KEY),
        ({"callbackId": ORDERS}, NEITHER),
        ({"verificationKey": KEY}, NEITHER),
        ({}, NEITHER),
        ("text", NEITHER),
        (None, NEITHER),
    ],
)
def test_body_that_is_no_probe(content: object, sentence: str) -> None:
    """What is unsigned and not a probe is refused, and nothing of it is kept."""
    world = World()

    assert said(world.post(json.dumps(content).encode())) == error(400, sentence)
    assert world.verification_keys.get(ORDERS) is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"{" * 60_000, b'{"a":NaN}', b'{"a":' + b"9" * 5000 + b"}"]
)
def test_unsigned_body_that_is_not_json(body: bytes) -> None:
    """Broken, deeply nested and monstrous JSON is a 400."""
    assert said(World().post(body)) == error(400, "The body is not JSON.")


def test_key_is_asked_for_before_the_probe() -> None:
    """A key that has not come yet is a 404, so that one can ask again."""
    assert said(World().fetch()) == error(
        404, f"No verification key of callback {ORDERS} is here (yet)."
    )


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer tökén \udc80"],
)
@pytest.mark.parametrize("callback_id", [ORDERS, MAILS, "no-guid"])
def test_key_is_asked_for_without_the_token(authorization: str, callback_id: str) -> None:
    """Without the token nobody learns a key, nor whether there is one."""
    world = World()
    world.probe()
    response = world.fetch(callback_id, authorization)

    assert said(response) == NO_TOKEN
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_token_is_taken_in_any_case_of_the_scheme() -> None:
    """The scheme of HTTP has no case."""
    world = World()
    world.probe()

    assert world.fetch(authorization=f"bearer  {TOKEN} ").status == 200


def test_key_is_kept_from_caches() -> None:
    """No cache on the way keeps a key."""
    world = World()
    world.probe()

    assert world.fetch().headers == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
    }


def test_receiver_without_a_token() -> None:
    """Without a token configured, keys are handed out to nobody."""
    world = World(token=None)
    world.probe()

    for authorization in ("", "Bearer", "Bearer None"):
        assert said(world.fetch(authorization=authorization)) == error(
            404, "This receiver has no token, and hands out no keys."
        )


@pytest.mark.parametrize("token", ["", " ", "two words", "tökén", "line\n"])
def test_token_that_cannot_be(token: str) -> None:
    """An empty token, and one that a header would change, are refused at once."""
    with pytest.raises(ValueError, match="printable ASCII without blanks, and not empty"):
        Receiver(lambda _delivery: None, token=token)


def test_id_that_is_no_guid_is_asked_for() -> None:
    """With the token, an id that cannot be is told."""
    assert said(World().fetch("../secret")) == error(400, A_GUID)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_verification_keys_are_only_read(method: str) -> None:
    """Other methods are not allowed on keys, deliveries included."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    response = World().receiver.handle(method, f"/verification-keys/{ORDERS}", headers, BODY)

    assert said(response) == error(405, "Use GET here.")
    assert response.headers["Allow"] == "GET"


def test_callback_is_verified_inside_the_probe() -> None:
    """With `verify_probe` the callback is verified before the probe is answered, and once."""
    verified: list[Probe] = []
    world = World(ReceiverOptions(verify_probe=verified.append))

    assert [world.probe().status, world.probe().status] == [200, 200]
    assert verified == [Probe(callback_id=ORDERS, verification_key=VERIFICATION_KEY)]
    assert world.fetch().status == 200


def test_verification_fails(caplog: pytest.LogCaptureFixture) -> None:
    """If the verification fails, so does the probe; the next one tries again."""
    tried: list[Probe] = []

    def verify(probe: Probe) -> None:
        tried.append(probe)
        raise OSError(f"cannot verify {probe.verification_key}")

    world = World(ReceiverOptions(verify_probe=verify))

    assert said(world.probe()) == error(500, "The receiver failed; its log says where.")
    assert world.probe().status == 500
    assert len(tried) == 2
    assert world.fetch().status == 404
    assert "OSError in " in caplog.text
    assert "verify (" in caplog.text
    assert VERIFICATION_KEY not in caplog.text


def test_verifications_at_once_are_bounded() -> None:
    """A flood of forged probes makes no flood of calls to the service."""
    entered, leave = threading.Semaphore(0), threading.Event()

    def verify(probe: Probe) -> None:
        entered.release()
        assert leave.wait(20)

    world = World(ReceiverOptions(verify_probe=verify))
    with ThreadPoolExecutor(4) as pool:
        held = [
            pool.submit(world.probe, f"65b885ab-c2b4-46fe-85d0-{number:012}") for number in range(4)
        ]
        try:
            for _ in held:
                assert entered.acquire(timeout=20)
            assert said(world.probe()) == error(503, "Too many verifications at a time.")
        finally:
            leave.set()

    assert [each.result().status for each in held] == [200, 200, 200, 200]


def test_nothing_secret_is_shown() -> None:
    """Neither probes nor answers nor the receiver show a key or the token."""
    world = World()
    world.probe()
    shown = repr([Probe(callback_id=ORDERS, verification_key=VERIFICATION_KEY), world.fetch()])
    shown += repr(world.receiver) + repr(vars(world.receiver))

    assert [secret for secret in SECRETS if secret in shown] == []
