"""The rules of the token route (documentation page "Server-to-Server Integrations")."""

from collections.abc import Mapping
from dataclasses import dataclass

from ens_provider.emulator.access import SCOPES, APIClient
from ens_provider.emulator.service_errors import ServiceError

_KNOWN_FIELDS = frozenset({"grant_type", "client_id", "client_secret", "scope", "account_id"})
_UNKNOWN_CLIENT = "Invalid client ID. Use the client ID in Marketing Cloud Installed Packages."
_FAILED_AUTHENTICATION = (
    "Client authentication failed. Make sure that the client ID and client secret are valid "
    "and that the package is installed and enabled."
)


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """A request that was granted: the client, the business unit and the scopes."""

    client: APIClient
    mid: int
    scopes: tuple[str, ...]


def checked(body: object, *, clients: Mapping[str, APIClient], now: float) -> TokenRequest:
    """Return what a token request is entitled to.

    Raises:
        ServiceError: 401 with the service's words for an unknown client or a wrong secret, which
            an expired one (`now`, Unix seconds) is too; 400
            for anything else. How those are worded, and that a foreign account_id is one of
            them, are guesses in the error codes of OAuth 2.0.
    """
    fields = _fields(body)
    client = _client(fields, clients, now=now)
    return TokenRequest(client=client, mid=_mid(fields, client), scopes=_scopes(fields, client))


def _fields(body: object) -> Mapping[str, object]:
    if not isinstance(body, dict):
        raise _refused(400, "invalid_request", "The request body must be an object.")
    for name in body:
        if name not in _KNOWN_FIELDS:
            raise _refused(400, "invalid_request", f"{name} is not a known parameter.")
    for name in ("grant_type", "client_id", "client_secret"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise _refused(400, "invalid_request", f"{name} is required.")
    if body["grant_type"] != "client_credentials":
        raise _refused(400, "unsupported_grant_type", "grant_type must be client_credentials.")
    return body


def _client(
    fields: Mapping[str, object], clients: Mapping[str, APIClient], *, now: float
) -> APIClient:
    client = clients.get(str(fields["client_id"]))
    if client is None:
        raise _refused(401, "invalid_client", _UNKNOWN_CLIENT)
    if not client.accepts(fields["client_secret"], now=now):
        raise _refused(401, "invalid_client", _FAILED_AUTHENTICATION)
    return client


def _mid(fields: Mapping[str, object], client: APIClient) -> int:
    if "account_id" not in fields:
        return client.mids[0]
    value = fields["account_id"]
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _refused(400, "invalid_request", "account_id must be a number.")
    for mid in client.mids:
        if str(value) == str(mid):
            return mid
    raise _refused(400, "invalid_request", "account_id is not a business unit of this client.")


def _scopes(fields: Mapping[str, object], client: APIClient) -> tuple[str, ...]:
    if "scope" not in fields:
        return client.scopes
    value = fields["scope"]
    if not isinstance(value, str):
        raise _refused(400, "invalid_request", "scope must be a string.")
    for scope in value.split():
        if scope not in client.scopes:
            raise _refused(400, "invalid_scope", "scope holds a permission the client lacks.")
    return tuple(scope for scope in SCOPES if scope in value.split())


def _refused(status: int, error: str, description: str) -> ServiceError:
    body = {
        "error": error,
        "error_description": description,
        "error_uri": "https://developer.salesforce.com/docs",
    }
    return ServiceError(status, body)
