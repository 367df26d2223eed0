"""A sample of every event as it is stored: `<context>/<Event>.json`, and `<Event>.<schema>.json` for older shapes.

A sample is never changed and never removed: what it looks like stands in somebody's log. An event that gets a new shape
gets an upcaster, a new sample, and keeps the old one under its schema.
"""
