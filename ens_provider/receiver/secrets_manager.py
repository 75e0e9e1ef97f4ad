"""Signature keys in a secret of AWS Secrets Manager. Only the first use needs boto3."""

from typing import Any

from ens_provider.receiver.signature_key_text import signature_keys_in
from ens_provider.receiver.stores import KeyStoreError

# A delivery is given up after 3 seconds: what fails here is better tried again by the service.
CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 1.0
# The second try is for connections that broke while a function was frozen.
MOST_ATTEMPTS = 2

_REMEDIES = {
    "ResourceNotFoundException": "there is none of this name or ARN in this region",
    "AccessDeniedException": (
        "the role may not read it. It needs secretsmanager:GetSecretValue on this secret, and "
        "kms:Decrypt if the secret has a key of its own"
    ),
    "DecryptionFailure": "it cannot be decrypted. The role needs kms:Decrypt on the secret's key",
    "InvalidRequestException": "it is marked for deletion. Restore it, or name another one",
}
# Of a secret that has no value yet the service says so in these words, under the code of one that
# is not there. Should they change, a first deployment fails with the sentence of a missing secret.
_NO_VALUE_YET = "staging label"


class SecretsManagerSignatureKeys:
    """Signature keys that a secret holds: `{"callback id": ["current", "previous"]}`, in JSON.

    Each `get` and `all` reads the secret. A secret without a value holds no keys yet: the service
    hands a key out only after the receiver has answered its probe.

    Only the version AWSCURRENT is read. Keys before the current one stand in its lists, and one
    that was taken out of them because it leaked must not live on in AWSPREVIOUS.

    Args:
        secret_id: Name or ARN of the secret.
        client: A boto3 client for `secretsmanager`. Default: one is made, with timeouts of 1
            second and 2 attempts.
        region: Region of that client. Default: as boto3 finds it.

    Raises:
        KeyStoreError: no client can be made, for want of boto3 or of a region.
    """

    def __init__(self, secret_id: str, *, client: Any = None, region: str | None = None) -> None:
        self._secret_id = secret_id
        # Now, not at the first delivery: making a client takes most of a second.
        self._client = _new_client(region) if client is None else client

    def get(self, callback_id: str) -> tuple[str, ...]:
        """Return the keys of a callback, none if it has none.

        Raises:
            KeyStoreError: the secret cannot be read, or holds something else than keys.
        """
        return self.all().get(callback_id.lower(), ())

    def all(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of every callback.

        Raises:
            KeyStoreError: the secret cannot be read, or holds something else than keys.
        """
        return signature_keys_in(self._text(), place=f"The secret {self._secret_id}")

    def _text(self) -> str:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except Exception as error:  # noqa: BLE001 -- the kinds of boto3 cannot be named without it
            code, message = _code_and_message(error)
            if code == "ResourceNotFoundException" and _NO_VALUE_YET in message:
                return ""
            why = _REMEDIES.get(code, code or f"the call failed ({type(error).__name__})")
            # Without the cause: an error of a client may quote what it sent or got.
            raise KeyStoreError(f"The secret {self._secret_id} cannot be read: {why}.") from None
        text = answer.get("SecretString")
        # Bytes are no JSON text; the sentence is that of any other content.
        return text if isinstance(text, str) else "null"


def _new_client(region: str | None) -> Any:
    try:
        import boto3  # noqa: PLC0415 - receivers with other sources of keys do not need it
        from botocore.config import Config  # noqa: PLC0415 - the same

        quick = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"total_max_attempts": MOST_ATTEMPTS, "mode": "standard"},
        )
        return boto3.client("secretsmanager", region_name=region, config=quick)
    except ImportError:
        raise KeyStoreError(
            "Keys in AWS Secrets Manager need boto3, which is not installed here."
        ) from None
    except Exception as error:  # noqa: BLE001 -- the same
        kind = type(error).__name__
        raise KeyStoreError(
            f"No client for AWS Secrets Manager can be made ({kind}): give a region, in AWS_REGION "
            "for instance."
        ) from None


def _code_and_message(error: Exception) -> tuple[str, str]:
    """Return what the service said, both empty if it did not answer."""
    said = getattr(error, "response", None)
    details = said.get("Error", {}) if isinstance(said, dict) else {}
    return str(details.get("Code", "")), str(details.get("Message", ""))
