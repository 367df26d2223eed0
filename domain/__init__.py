"""What is true and what is allowed: pure events, states, decisions and refusals.

Imports the standard library and msgspec only.
"""
