"""The rules of the Event Notification Service, free of Pulumi and of HTTP details."""
