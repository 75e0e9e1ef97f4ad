"""The example projects, and what talks to clouds, with stand-ins for those."""
