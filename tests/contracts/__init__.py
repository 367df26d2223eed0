"""One suite a port, run by every adapter of it."""
