"""Tests of the commands, against a running emulator."""
