"""A shipping desk: another bounded context that learns from RabbitMQ what is to be packed.

It knows the shop's published contracts and nothing else of it. It has a schema of its own, an inbox in it, and keeps a
list of orders that are paid and not cancelled. For each paid order it prints one label, however often it is told.

    export DATABASE_URL=postgresql://… AMQP_URL=amqp://…
    python -m examples.shipping_desk run         # listens until it is ended
    python -m examples.shipping_desk to-pack     # what is to be packed now
    python -m examples.shipping_desk catch-up --since 2026-03-01    # what was said before it first listened
"""
