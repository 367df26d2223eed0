"""The real services that the tests talk to: where each comes from, and what a fault test may do to it."""
