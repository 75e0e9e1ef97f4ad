"""Unit tests of ens_provider.emulator."""
