"""Where answers are kept that can be computed again: in the process, or in Redis for all processes together."""
