"""`python -m ens_provider doctor`: whether this machine and this account are ready."""
