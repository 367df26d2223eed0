"""Everything that follows a log: one loop for projections, reactors and the relay, under leases; and chores."""
