"""A signature key for a callback that was imported without one."""

from __future__ import annotations

from ens_provider.resources.callback_properties import CALLBACK_INPUTS
from ens_provider.resources.inputs import check_inputs
from ens_provider.resources.signature_key import KEY_INPUTS

GUID = "65b885ab-c2b4-46fe-85d0-d6cb8be8057d"
PLACEHOLDER = "NO-SIGNATURE-KEY (write the key here)"


def test_unknown_key_of_a_callback_is_no_previous_key() -> None:
    """`SignatureKey(callback_id=callback)` makes a first key; the placeholder is no key before it."""
    given = {"callback_id": GUID, "known_signature_key": PLACEHOLDER}

    checked = check_inputs(KEY_INPUTS, olds={}, news=given)

    assert (checked.inputs, checked.failures) == ({"callback_id": GUID, "keep_previous": 2}, [])


def test_nothing_is_taken_over_with_the_placeholder() -> None:
    """As the known key of a callback that is to be taken over it is refused."""
    given = {
        "url": "https://receiver.test/",
        "callback_name": "orders",
        "known_signature_key": PLACEHOLDER,
    }

    checked = check_inputs(CALLBACK_INPUTS, olds={}, news=given)

    assert [failure.reason for failure in checked.failures] == [
        "known_signature_key: it is not base64; give the whole key as ENS showed it."
    ]
