"""The creation probe: one HTTPS POST that has to be answered with exactly 200."""

import json

from ens_provider.emulator.https_post import Post
from ens_provider.emulator.records import Callback

PROBE_TIMEOUT_SECONDS = 30.0


def probe_of(callback: Callback, *, timeout_seconds: float) -> Post:
    """Return the probe of a new callback: its id and verification key as an object, unsigned."""
    body = {"callbackId": callback.callback_id, "verificationKey": callback.verification_key}
    return Post(
        url=callback.url,
        body=json.dumps(body).encode(),
        timeout_seconds=timeout_seconds,
        successes=(200,),
    )
