"""Unit tests of ens_provider.receiver."""
