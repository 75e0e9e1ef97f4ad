"""The real Pulumi engine, also for machines that have none."""
