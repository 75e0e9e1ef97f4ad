"""Hands signature keys to the receiver of this project over HTTPS, as a resource of its own.

It speaks to `python -m ens_provider receiver`. If your receiver reads its keys elsewhere (a secret
of your cloud, a file of its deployment), declare that in the place of this resource.
"""

from __future__ import annotations

from typing import Any

import pulumi
import requests
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown

_TIMEOUT_SECONDS = 30
_GONE = 404
_SECRETS = ("keys", "token")


class ReceiverKeyProvider(ResourceProvider):
    """Puts and takes away the signature keys of one callback at one receiver."""

    # The pickle names this class and holds no data, so there is nothing to encrypt.
    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Say that another receiver or callback replaces the resource."""
        moved = [
            name
            for name in ("receiver_url", "callback_id")
            if isinstance(news[name], Unknown) or news[name] != olds[name]
        ]
        return DiffResult(changes=None, replaces=moved, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Put the keys."""
        _put(props)
        return CreateResult(props["callback_id"], dict(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Put the new keys in the place of the old ones."""
        _put(news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Take the keys away; a receiver that is gone has taken them along."""
        try:
            answer = _send("DELETE", props)
        except requests.ConnectionError:
            return
        if answer.status_code != _GONE:
            _require_done(answer, props)


class ReceiverKey(Resource, module="receiver", name="Key"):
    """The signature keys that a receiver checks the deliveries of a callback with.

    Attributes:
        receiver_url: Where this program reaches the receiver, ``https://host[:port]``.
        token: The receiver's token; a secret.
        callback_id: The callback.
        keys: The keys, the present one first; a secret.
    """

    receiver_url: pulumi.Output[str]
    token: pulumi.Output[str]
    callback_id: pulumi.Output[str]
    keys: pulumi.Output[list[str]]

    def __init__(
        self,
        resource_name: str,
        *,
        receiver_url: pulumi.Input[str],
        token: pulumi.Input[str],
        callback_id: pulumi.Input[str],
        keys: pulumi.Input[list[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the keys that the receiver holds."""
        props = {
            "receiver_url": receiver_url,
            "token": pulumi.Output.secret(token),
            "callback_id": callback_id,
            "keys": pulumi.Output.secret(keys),
        }
        ours = pulumi.ResourceOptions(
            delete_before_replace=True, additional_secret_outputs=list(_SECRETS)
        )
        merged = pulumi.ResourceOptions.merge(opts, ours)
        super().__init__(ReceiverKeyProvider(), resource_name, props, merged)


def _put(props: dict[str, Any]) -> None:
    _require_done(_send("PUT", props, {"keys": props["keys"]}), props)


def _send(method: str, props: dict[str, Any], body: object = None) -> requests.Response:
    try:
        return requests.request(
            method,
            f"{props['receiver_url'].rstrip('/')}/signature-keys/{props['callback_id']}",
            json=body,
            headers={"Authorization": f"Bearer {props['token']}"},
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
    except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as error:
        # Kinds of ConnectionError, but the receiver is there, and may hold keys.
        raise RuntimeError(
            f"The receiver at {props['receiver_url']} could not be asked about the signature keys of "
            f"callback {props['callback_id']} ({type(error).__name__}): REQUESTS_CA_BUNDLE has to name "
            "the authority of its certificate, and a proxy has to let requests through."
        ) from None


def _require_done(answer: requests.Response, props: dict[str, Any]) -> None:
    if not answer.ok or answer.is_redirect:
        raise RuntimeError(
            f"The receiver at {props['receiver_url']} answered {answer.status_code} to the signature "
            f"keys of callback {props['callback_id']}: check receiverUrl and receiverToken."
        ) from None
