"""Tests: the receiver as a process, over TLS."""
