"""Unit tests of ens_provider.api."""
