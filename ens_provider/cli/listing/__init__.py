"""`python -m ens_provider list`: what an account holds, and which stack manages it."""
