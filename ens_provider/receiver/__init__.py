"""The other side: what accepts notifications and answers the probe of a new callback.

It needs the standard library alone, and can be zipped into a function by itself. A delivery is
passed on only if its signature fits a key, over the very bytes that came:

    from ens_provider.receiver import Delivery, MemorySignatureKeys, Receiver

    def keep(delivery: Delivery) -> None:
        for event in delivery.events:
            print(event.type, event.occurred_at)

    receiver = Receiver(keep, signature_keys=MemorySignatureKeys({callback_id: [key]}))
    response = receiver.handle("POST", "/", headers, body)

`handler` takes requests apart, `options` says how; `probes` and `deliveries` are the two kinds of
them, `signature` is the check, `stores` and `file_stores` hold keys, and `kept_keys` reads them as
seldom as it may. `events` are what a delivery brings, `repeats` leaves out what came before
(`seen_events`), and `held_deliveries` keeps in a `quarantine` what fits no key yet. `server` serves
on one machine, and `administration` lets a test or a person manage a receiver.

What belongs to one surrounding is imported by itself: `asgi`, `aws_lambda` and `wsgi` bring requests
in, `environment` and `secrets_manager` read keys, `self_verification` verifies callbacks in probes.
`testing` makes requests as the service sends them, written by `event_json`; `process` runs the
command `receiver` as a child, and needs the whole package.
"""

from ens_provider.receiver.events import Event
from ens_provider.receiver.file_quarantine import FileQuarantine
from ens_provider.receiver.file_stores import FileSignatureKeys, FileVerificationKeys
from ens_provider.receiver.handler import Receiver
from ens_provider.receiver.messages import Delivery, Handler, Probe, Received, Response
from ens_provider.receiver.options import ReceiverOptions
from ens_provider.receiver.quarantine import (
    HeldDelivery,
    MemoryQuarantine,
    Quarantine,
    QuarantineBounds,
)
from ens_provider.receiver.seen_events import MemorySeenEvents, SeenEvents
from ens_provider.receiver.signature import (
    SIGNATURE_HEADER,
    KeyReading,
    SignatureError,
    SignatureKeyError,
    sign,
    verify,
)
from ens_provider.receiver.stores import (
    KeyStoreError,
    MemorySignatureKeys,
    MemoryVerificationKeys,
    SignatureKeySource,
    SignatureKeyStore,
    VerificationKeyStore,
)

__all__ = [
    "SIGNATURE_HEADER",
    "Delivery",
    "Event",
    "FileQuarantine",
    "FileSignatureKeys",
    "FileVerificationKeys",
    "Handler",
    "HeldDelivery",
    "KeyReading",
    "KeyStoreError",
    "MemoryQuarantine",
    "MemorySeenEvents",
    "MemorySignatureKeys",
    "MemoryVerificationKeys",
    "Probe",
    "Quarantine",
    "QuarantineBounds",
    "Received",
    "Receiver",
    "ReceiverOptions",
    "Response",
    "SeenEvents",
    "SignatureError",
    "SignatureKeyError",
    "SignatureKeySource",
    "SignatureKeyStore",
    "VerificationKeyStore",
    "sign",
    "verify",
]
