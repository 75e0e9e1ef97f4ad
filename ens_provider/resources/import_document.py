"""A file for `pulumi import --file`: its entries, and how it holds secrets and providers.

An import of a dynamic resource works only with inputs and outputs in the file, since the engine
then asks no provider to read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.dynamic import Resource
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret

from ens_provider.lifecycle.setting_sources import ENV_PREFIX_KEY
from ens_provider.lifecycle.setting_sources import PROVIDER_KEY as PROVIDER_NAME_KEY


@dataclass(frozen=True, kw_only=True)
class ProviderEntry:
    """The `Provider` of a further business unit, which the import creates.

    Its credentials come from the environment, so that none stand in the file.

    Attributes:
        resource_name: Its name in the program.
        account_id: MID of the business unit.
        env_prefix: What its environment variables begin with.
    """

    resource_name: str
    account_id: str
    env_prefix: str

    @property
    def file_name(self) -> str:
        """What other entries of the file call it."""
        return f"Provider {self.resource_name}"

    def to_json(self) -> dict[str, Any]:
        """Return the entry as the file holds it."""
        settings = {
            PROVIDER_NAME_KEY: self.resource_name,
            "accountId": self.account_id,
            ENV_PREFIX_KEY: self.env_prefix,
        }
        return {
            "type": "pulumi:providers:pulumi-python",
            "name": self.file_name,
            "logicalName": self.resource_name,
            "inputs": {f"ens:{key}": value for key, value in settings.items()},
        }


@dataclass(frozen=True, kw_only=True)
class ImportEntry:
    """One resource of the file.

    Attributes:
        kind: The class of the resource.
        resource_name: Its name in the program.
        object_id: Its id.
        declared: The inputs that are not what they are by default: those that a program declares.
        inputs: All inputs, checked, as the state holds them.
        outputs: All outputs.
        parent: The entry of the resource that it hangs under.
    """

    kind: type[Resource]
    resource_name: str
    object_id: str
    declared: Mapping[str, Any]
    inputs: Mapping[str, Any] = field(repr=False)
    outputs: Mapping[str, Any] = field(repr=False)
    parent: ImportEntry | None = None

    @property
    def file_name(self) -> str:
        """What other entries of the file call it; resource names are unique by type only."""
        return f"{self.kind.__name__} {self.resource_name}"

    def to_json(self, *, provider: ProviderEntry | None = None) -> dict[str, Any]:
        """Return the entry as the file holds it, secrets in clear and marked as such.

        Args:
            provider: The explicit provider of its business unit, if it has one.
        """
        entry = {
            "type": f"pulumi-python:{self.kind._resource_type_name}",  # noqa: SLF001 -- what the SDK registers it as
            "name": self.file_name,
            "logicalName": self.resource_name,
            "id": self.object_id,
            "inputs": _serialized(self.inputs),
            "outputs": _serialized(self.outputs),
        }
        parent = {} if self.parent is None else {"parent": self.parent.file_name}
        return entry | parent | ({} if provider is None else {"provider": provider.file_name})


def import_document(
    entries: Sequence[ImportEntry], *, provider: ProviderEntry | None = None
) -> dict[str, Any]:
    """Return the whole file; with a provider, all resources are of its business unit."""
    first = [] if provider is None else [provider.to_json()]
    return {"resources": [*first, *(entry.to_json(provider=provider) for entry in entries)]}


def _serialized(props: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _secret(value) if is_rpc_secret(value) else value for name, value in props.items()
    }


def _secret(wrapped: Mapping[str, Any]) -> dict[str, Any]:
    """Return a secret in the form of states and of this file, which says `plaintext`."""
    marked = {key: value for key, value in wrapped.items() if key != "value"}
    return {**marked, "plaintext": json.dumps(unwrap_rpc_secret(wrapped))}
