"""The parts of `python -m ens_provider import`."""
