"""Topics, queues, ladder and dead letters on RabbitMQ, and the Dramatiq broker that consumes them."""
