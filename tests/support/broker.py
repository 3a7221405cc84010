"""Look into a real broker's queues, as an operator would."""

import pika


def take_all(url: str, queue: str) -> list[tuple[bytes, dict[str, object]]]:
    """Take every message out of `queue`: bodies with their headers, oldest first."""
    taken: list[tuple[bytes, dict[str, object]]] = []
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None or body is None:
                return taken
            taken.append((body, dict((properties.headers if properties else None) or {})))
