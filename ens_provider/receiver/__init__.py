"""The other side: what accepts notifications. Needs the standard library alone."""
