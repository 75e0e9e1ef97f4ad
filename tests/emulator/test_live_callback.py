"""A callback that delivers, made in one call."""

import pytest

from ens_provider.emulator.process import EmulatorError, EmulatorProcess
from ens_provider.emulator.samples.catalogue import SAMPLES, sample_event
from ens_provider.receiver import verify
from tests.emulator.caller import VERIFY, Caller
from tools.endpoint import Endpoint

URL = "https://receiver.test/orders"


def test_live_callback(emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """It is probed, verified, subscribed to every type, and what it gets is signed with its key."""
    live = emulator.live_callback(URL, name="orders", max_batch_size=100)
    [callback], [subscription] = emulator.state().values()
    [delivery] = emulator.send_events([sample_event(name) for name in SAMPLES])["deliveries"]
    probe, batch = endpoint.received

    assert (live.name, live.url, callback["status"]) == ("orders", URL, "verified")
    assert (callback["callbackId"], callback["maxBatchSize"]) == (live.callback_id, 100)
    assert subscription["eventCategoryTypes"] == list(SAMPLES)
    assert live.callback_id.encode() in probe.body
    assert (delivery["events"], delivery["acknowledged"]) == (36, True)
    signature = batch.headers["x-sfmc-ens-signature"]
    assert verify(batch.body, signature, [live.signature_key]) == live.signature_key
    assert live.signature_key not in repr(live)


def test_endpoint_that_verifies_itself(
    emulator: EmulatorProcess, endpoint: Endpoint, caller: Caller
) -> None:
    """A callback that its endpoint verified in the probe is not verified again."""
    endpoint.hook = lambda body: caller.post(VERIFY, body)
    live = emulator.live_callback(URL, event_types=["EngagementEvents.EmailOpen"])
    verifications = [call for call in emulator.calls() if call["path"] == VERIFY]

    assert [call["status"] for call in verifications] == [200]
    assert [each["callbackId"] for each in emulator.state()["subscriptions"]] == [live.callback_id]


def test_refused_live_callback(emulator: EmulatorProcess, endpoint: Endpoint) -> None:
    """A failed probe is an error with the call and the service's own sentence."""
    endpoint.answer(204)
    with pytest.raises(EmulatorError) as refused:
        emulator.live_callback(URL)

    assert str(refused.value).startswith(
        "The emulator answered POST /platform/v1/ens-callbacks with 400: "
    )
    assert "Please test that the url is reachable" in str(refused.value)
