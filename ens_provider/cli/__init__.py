"""The commands of `python -m ens_provider`."""
