"""Unit tests of ens_provider.resources."""
