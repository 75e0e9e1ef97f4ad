"""The example projects, run with stand-ins for the clouds that they use."""
