"""Signature keys in an environment variable: for functions and containers whose settings hold them."""

import os
from collections.abc import Mapping

from ens_provider.receiver.bodies import guid
from ens_provider.receiver.signature_key_text import signature_keys_in, usable_keys
from ens_provider.receiver.stores import KeyStoreError

SIGNATURE_KEYS_VARIABLE = "ENS_SIGNATURE_KEYS"


class EnvironmentSignatureKeys:
    """Signature keys that a variable holds: `{"callback id": ["current", "previous"]}`, in JSON.

    With `callback_id` the variable may hold the keys of that callback as they are, parted by
    commas, the current one first. Where the variable is missing or blank there are no keys yet:
    the service hands a key out only after the receiver has answered its probe.

    Args:
        variable: The variable's name. Default: `ENS_SIGNATURE_KEYS`.
        environ: The environment, looked at anew for each delivery. Default: `os.environ`.
        callback_id: The one callback whose keys the variable holds. Default: none.

    Raises:
        BodyError: `callback_id` is no GUID; a kind of `ValueError`.
    """

    def __init__(
        self,
        variable: str = SIGNATURE_KEYS_VARIABLE,
        *,
        environ: Mapping[str, str] = os.environ,
        callback_id: str | None = None,
    ) -> None:
        self._variable = variable
        self._environ = environ
        self._callback_id = None if callback_id is None else guid(callback_id)

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none.

        Raises:
            KeyStoreError: the variable holds something else than keys.
        """
        return self.all().get(callback_id.lower(), ())

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of every callback.

        Raises:
            KeyStoreError: the variable holds something else than keys.
        """
        text = self._environ.get(self._variable, "").strip()
        place = f"The variable {self._variable}"
        if not text or text.startswith("{"):
            return signature_keys_in(text, place=place)
        if self._callback_id is None:
            raise KeyStoreError(
                f"{place} does not hold an object in JSON. A key alone does not tell whose it is: "
                'write {"callback id": ["key"]}, or give the receiver the callback_id.'
            )
        keys = [key.strip() for key in text.split(",")]
        return {self._callback_id: usable_keys(keys, place=place)}
