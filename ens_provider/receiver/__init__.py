"""The other side: what accepts notifications and answers the probe of a new callback.

It needs the standard library alone, and can be zipped into a function by itself. A delivery is
passed on only if its signature fits a key, over the very bytes that came:

    from ens_provider.receiver import Delivery, MemorySignatureKeys, Receiver

    def keep(delivery: Delivery) -> None:
        for event in delivery.events:
            print(event["eventCategoryType"])

    receiver = Receiver(keep, signature_keys=MemorySignatureKeys({callback_id: [key]}))
    response = receiver.handle("POST", "/", headers, body)

`handler` takes requests apart; `probes` and `deliveries` are the two kinds of them, `signature` is
the check, `stores` and `file_stores` keep keys, `wsgi` and `server` bring requests in, and
`administration` lets a test or a person manage a receiver. `testing` makes requests as the service
sends them, written by `event_json`; `process` runs the command `receiver` as a child, and needs the
whole package.
"""

from ens_provider.receiver.file_stores import FileSignatureKeys, FileVerificationKeys
from ens_provider.receiver.handler import Receiver, ReceiverOptions
from ens_provider.receiver.messages import Delivery, Handler, Probe, Received, Response
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
    SignatureKeyStore,
    VerificationKeyStore,
)

__all__ = [
    "SIGNATURE_HEADER",
    "Delivery",
    "FileSignatureKeys",
    "FileVerificationKeys",
    "Handler",
    "KeyReading",
    "KeyStoreError",
    "MemorySignatureKeys",
    "MemoryVerificationKeys",
    "Probe",
    "Received",
    "Receiver",
    "ReceiverOptions",
    "Response",
    "SignatureError",
    "SignatureKeyError",
    "SignatureKeyStore",
    "VerificationKeyStore",
    "sign",
    "verify",
]
