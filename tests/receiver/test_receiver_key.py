"""The stack's resource that hands signature keys over: when it may say that they are gone."""

from __future__ import annotations

import pytest

from ens_provider.receiver.process import ReceiverProcess
from receiver_key import ReceiverKeyProvider
from tools.loopback_server import held_port

CALLBACK = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
KEY = "V27FXfqI3DnhfQW1bhFDeJixpt8eDAY5R24UJI3cK6M="


def test_deletion_at_an_untrusted_receiver_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver whose certificate is not trusted still holds the keys: deleting them fails."""
    with ReceiverProcess() as receiver:
        props = {
            "receiver_url": receiver.local_url,
            "token": receiver.token,
            "callback_id": CALLBACK,
            "keys": [KEY],
        }
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)

        with pytest.raises(RuntimeError) as failed:
            ReceiverKeyProvider().delete(CALLBACK, props)

    assert str(failed.value) == (
        f"The receiver at {props['receiver_url']} could not be asked about the signature keys of callback "
        f"{CALLBACK} (SSLError): REQUESTS_CA_BUNDLE has to name the authority of its certificate, and a "
        "proxy has to let requests through."
    )


def test_deletion_at_a_receiver_that_is_gone() -> None:
    """A receiver that has ended has taken the keys along: deleting them succeeds."""
    with held_port(0) as closed:
        url = f"https://127.0.0.1:{closed.getsockname()[1]}"
        props = {"receiver_url": url, "token": "token", "callback_id": CALLBACK, "keys": [KEY]}

        ReceiverKeyProvider().delete(CALLBACK, props)
