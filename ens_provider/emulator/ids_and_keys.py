"""Ids and keys as the service makes them."""

import base64
import secrets
import uuid


def new_id() -> str:
    """Return a GUID in lower case."""
    return str(uuid.uuid4())


def new_key() -> str:
    """Return base64 text of 32 random bytes."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")
