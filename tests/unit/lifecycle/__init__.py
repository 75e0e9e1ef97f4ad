"""Unit tests of ens_provider.lifecycle."""
