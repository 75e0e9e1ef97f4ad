"""The ways to a verified callback, and what becomes of one that nobody verifies."""

from __future__ import annotations

from tests.plugin.driver import Created, declared, declared_verification
from tests.plugin.service import VERIFY
from tests.unknowns.instead import LAPSED_AND_GONE, VERIFICATION_UNSEEN
from tests.unknowns.ours import (
    created_callback,
    destroyed,
    expect_callback,
    verified_callback,
    verify_by_hand,
)
from tests.unknowns.rig import RECEIVER_HOST
from tests.unknowns.run import Run
from tests.unknowns.scene import HOST, TWO_MINUTES, Scene

FOUR_HOURS = 4 * 60 * 60


def key_from_receiver(scene: Scene) -> None:
    """The real receiver hands out the key that the probe brought: one call, and no look."""
    receiver = scene.rig.receiver
    with scene.run() as run:
        url = f"https://{RECEIVER_HOST}/asked"
        asked = created_callback(scene, run, declared(callback_name="asked", url=url))
        source = {
            "verification_key_url": receiver.verification_key_url,
            "verification_key_token": receiver.token,
        }
        verified = run.verification.create(declared_verification(asked.id, **source))
        scene.expect_writes("POST ens-verify 200")
        scene.expect("status", verified.outputs["status"], "verified")
        expect_callback(scene, asked, verified=True)
        destroyed(scene, run, asked)


def verified_in_probe(scene: Scene) -> None:
    """The receiver verifies itself while it is probed; a look finds that out, as soon as it shows."""
    inputs = declared(callback_name="itself", url=f"{HOST}/itself")
    with scene.run() as run:
        itself = created_callback(scene, run, inputs, verifies_itself=True)
        if scene.holds(VERIFICATION_UNSEEN):
            _expect_unverified(scene, run, itself)
            scene.let_it_show()
        verified = run.verification.create(declared_verification(itself.id))
        scene.expect_writes()
        scene.expect("status", verified.outputs["status"], "verified")
        destroyed(scene, run, itself)


def key_by_hand(scene: Scene) -> None:
    """Nobody has verified it, then a person hands in the key; the status before is remembered."""
    with scene.run() as run:
        hand = created_callback(scene, run, declared(callback_name="hand", url=f"{HOST}/hand"))
        _expect_unverified(scene, run, hand)
        scene.let_it_show()
        _expect_unverified(scene, run, hand)
        verified = verify_by_hand(scene, run, hand)
        seen = scene.assignment.values["unverified_status"]
        scene.expect("status before", verified.outputs["unverified_status"], seen)
    scene.wait(TWO_MINUTES)
    with scene.later_run() as run:
        read, _ = run.verification.read(verified.id, verified.outputs)
        scene.expect("read", (read.id, read.outputs), (hand.id, verified.outputs))
        destroyed(scene, run, hand)


def lost_verification(scene: Scene) -> None:
    """The answer to the verification is lost; the second try is refused, and a look settles it."""
    with scene.run() as run:
        heard = created_callback(scene, run, declared(callback_name="heard", url=f"{HOST}/heard"))
        scene.rig.emulator.add_fault(route=VERIFY, do="drop", when="after")
        key = scene.service.verification_key_of(heard.id)
        inputs = declared_verification(heard.id, verification_key=key)
        sent = ["POST ens-verify -", "POST ens-verify 400"]
        if scene.holds(VERIFICATION_UNSEEN):
            scene.expect_error("NotYetVerified", run.verification.create, inputs)
            scene.expect_writes(*sent)
            scene.let_it_show()
            sent = ["POST ens-verify 400"]
        verified = run.verification.create(inputs)
        scene.expect_writes(*sent)
        scene.expect("status", verified.outputs["status"], "verified")
        expect_callback(scene, heard, verified=True)
        destroyed(scene, run, heard)


def lapse(scene: Scene) -> None:
    """Four hours without a verification: the key is refused for good, a replacement is verified."""
    inputs = declared(callback_name="lapse", url=f"{HOST}/lapse")
    with scene.run() as run:
        lapsed = created_callback(scene, run, inputs)
    key = scene.service.verification_key_of(lapsed.id)
    scene.wait(FOUR_HOURS + TWO_MINUTES)
    gone = scene.holds(LAPSED_AND_GONE)
    with scene.run() as run:
        _expect_refused_for_good(scene, run, lapsed, key, gone=gone)
    with scene.later_run() as run:
        read, _ = run.read(lapsed.id, lapsed.outputs)
        scene.expect("refreshed", read.id, "" if gone else lapsed.id)
        if not gone:
            destroyed(scene, run, lapsed)
        again = verified_callback(scene, run, inputs)
        destroyed(scene, run, again)


def _expect_refused_for_good(
    scene: Scene, run: Run, lapsed: Created, key: str, *, gone: bool
) -> None:
    inputs = declared_verification(lapsed.id, verification_key=key)
    sent = f"POST ens-verify {404 if gone else 400}"
    scene.expect_error("NotYetVerified", run.verification.create, inputs)
    scene.expect_writes(sent)
    scene.wait(TWO_MINUTES)
    last = "DeletedOutside" if gone else "VerificationRefused"
    scene.expect_error(last, run.verification.create, inputs)
    scene.expect_writes(sent)


def _expect_unverified(scene: Scene, run: Run, callback: Created) -> None:
    looking = declared_verification(callback.id)
    scene.expect_error("NotYetVerified", run.verification.create, looking)
    scene.expect_writes()
