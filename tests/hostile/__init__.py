"""Services and senders that mean harm, over real connections."""
