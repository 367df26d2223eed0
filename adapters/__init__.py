"""The outside world: event store, followers, embedder, Redis, RabbitMQ, command line, and the wiring of them all."""
