"""Shows a callback's life: the real engine on the emulator, without an account."""
