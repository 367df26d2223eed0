"""The event store: Postgres with group commit, the same in memory, and the `eventsourcing` library's face of it."""
