"""A stand-in for the Event Notification Service that runs on one machine."""
