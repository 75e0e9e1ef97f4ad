"""`python -m ens_provider probe`: what ENS does with a URL when a callback is created."""
