"""What nobody knows of the service, as switches of the emulator: one story under every value."""
