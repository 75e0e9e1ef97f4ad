"""How the service words a creation probe that failed (documentation page "Create Callback")."""

from ens_provider.emulator.endpoint_failures import EndpointFailure
from ens_provider.emulator.records import Callback
from ens_provider.emulator.service_errors import RUNTIME, ServiceError, envelope
from ens_provider.emulator.switches import Switches


def probe_failed(
    callback: Callback, failure: EndpointFailure, *, switches: Switches
) -> ServiceError:
    """Return the 400 that carries the id of the callback to delete.

    Nobody says whether the text stands alone as a JSON string or in the envelope (switch
    `probe_failure_body`); the envelope's errorcode is a guess.
    """
    text = probe_failure_text(callback, failure)
    if switches.probe_failure_body == "string":
        return ServiceError(400, text)
    return ServiceError(400, envelope(text, errorcode=RUNTIME))


def probe_failure_text(callback: Callback, failure: EndpointFailure) -> str:
    """Return the documented sentence."""
    return (
        "MCMS_UWH_Runtime_GeneralFailure_probeCallbackLiveness: "
        f"CallbackId is {callback.callback_id}. "
        f"Could not verify callback url `'{callback.url}'`. "
        "Please test that the url is reachable with a https POST call "
        "and returns a 200 http status code. "
        "To retry please delete the callback and create it again. "
        f"Status: {failure}"
    )
