"""What the shop can do: use cases, the ports they need, and the contracts published to other contexts."""
