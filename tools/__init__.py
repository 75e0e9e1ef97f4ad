"""Programs that build, prove and show the project."""
