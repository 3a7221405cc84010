"""How many messages wait in a queue: asked of the broker now and then, over a connection that is kept."""

from collections.abc import Callable
from contextlib import suppress

import pika
import pika.exceptions

from shared.errors import Unavailable


class QueueDepths:
    """Asks the broker; for one thread."""

    def __init__(self, url: Callable[[], str]) -> None:
        """Take the broker's address from `url` at each connect, so that a rotated password is used at once."""
        self._url = url
        self._connection: pika.BlockingConnection | None = None

    def waiting(self, queue: str) -> int:
        """Return how many messages of `queue` no consumer has yet. Raises Unavailable when the broker does not say."""
        try:
            if self._connection is None or not self._connection.is_open:
                self._connection = pika.BlockingConnection(pika.URLParameters(self._url()))
            channel = self._connection.channel()
            answer = channel.queue_declare(queue, passive=True)
            channel.close()
        except (pika.exceptions.AMQPError, OSError) as fault:
            self.close()
            raise Unavailable(f"broker does not say how long {queue!r} is: {type(fault).__name__}") from fault
        return int(answer.method.message_count)

    def close(self) -> None:
        """Disconnect."""
        if self._connection is not None:
            with suppress(pika.exceptions.AMQPError, OSError):
                self._connection.close()
        self._connection = None
