"""The client of the Event Notification Service: one method per operation of the service."""
