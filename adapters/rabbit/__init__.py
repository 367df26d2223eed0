"""RabbitMQ: the relay that publishes contracts, and the kit with which consumers take them in exactly once."""
