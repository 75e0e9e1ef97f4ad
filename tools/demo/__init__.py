"""Shows a callback from its handshake to its end: the real engine on the emulator, no account."""
