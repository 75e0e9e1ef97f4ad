"""The checks of the way to the endpoint and of its probe."""

from __future__ import annotations

from ens_provider.cli.conform import consequences
from ens_provider.cli.conform.check import Bench, Check, Finding, Status
from ens_provider.cli.conform.judging import acknowledged, came
from ens_provider.cli.probe.failures import EndpointUnusableError
from ens_provider.receiver.testing import probe

CONNECTION = "connection"

_OK = 200
_MILLISECONDS = 1000
_REFUSING = 400


def _connection(bench: Bench) -> Finding:
    try:
        return Finding(status=Status.PASSED, found=bench.reach())
    except EndpointUnusableError as error:
        remedy = f"ENS would say {error.failure.quoted()}: {error.failure.explanation()}."
        return Finding(status=Status.FAILED, found=error.met, remedy=remedy)


def _probe(bench: Bench) -> Finding:
    answer = bench.sender.send(probe(), seconds=bench.probe_seconds)
    if answer.status == _OK:
        found = f"answered with 200 after {answer.seconds * _MILLISECONDS:.0f} ms"
        return Finding(status=Status.PASSED, found=found)
    advice = (
        "Answer an unsigned object with callbackId and verificationKey with exactly 200, not "
        "another 2xx and no redirect, within 30 s, and keep the key"
    )
    if answer.status is not None and answer.status >= _REFUSING:
        # The callback does not exist: it cannot be verified, nor be one that is expected.
        advice += (
            ". Leave this check out (--skip probe) if the receiver verifies itself, or takes probes of "
            "its own callback alone"
        )
    return Finding(
        status=Status.FAILED, found=came(answer), remedy=f"{advice}. {consequences.PROBE_FAILED}."
    )


def _forged_probe(bench: Bench) -> Finding:
    forged = bench.sender.send(probe(callback_id=bench.callback_id), seconds=bench.probe_seconds)
    delivery = bench.send(bench.signed([bench.events.event()]))
    advice = (
        "Anybody can forge a probe: let only the first one of a callback count, and go on with its "
        "signature key"
    )
    finding = acknowledged([("a delivery after the forged probe", delivery)], advice=advice)
    if finding.status is Status.FAILED:
        return finding
    after = forged.status or "nothing"
    return Finding(
        status=finding.status,
        found=f"the probe was answered with {after}, and the delivery after it {finding.found}",
        remedy=finding.remedy,
    )


PROBE_CHECKS = (
    Check(
        name=CONNECTION,
        claim="the host is found and takes TLS connections with a trusted certificate",
        make=_connection,
    ),
    Check(
        name="probe",
        claim="the probe of an unknown callback is answered with exactly 200 within 30 s",
        make=_probe,
        needs=(CONNECTION,),
    ),
)
FORGED_PROBE = Check(
    name="forged-probe",
    claim="deliveries are accepted after a forged probe of their callback",
    make=_forged_probe,
    needs=(CONNECTION, "signed-event"),
    missing=lambda bench: None if bench.callback_id else "--callback-id",
)
