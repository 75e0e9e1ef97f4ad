"""Manage Salesforce Marketing Cloud Event Notification Service (ENS) webhooks with Pulumi."""

from ens_provider._version import __version__

__all__ = ["__version__"]
