"""HTTP: decode, call one use case or one query, encode."""
