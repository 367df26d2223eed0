"""Hypothesis strategies: ready-made histories, states and decisions of each context."""
