"""
Publish with a window of confirms: one connection and one thread a process, whatever the number of callers.

A message counts as published when the broker has confirmed it *and* a queue has taken it. `mandatory` is always set;
a returned message is matched to its own caller, never to a neighbour.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from types import TracebackType
from typing import Final, Self

import pika
import pika.exceptions
import structlog
from pika.channel import Channel
from pika.spec import Basic, BasicProperties

from shared.errors import Transient, Unavailable
from shared.events import CONTENT_TYPE, ChangeEvent
from shared.messaging.topology import CHANGES

WINDOW: Final = 500  # outstanding confirms: beyond some hundreds nothing is gained, and a crash repeats fewer
RECONNECT_SECONDS: Final = 1.0
PUBLISH_TIMEOUT_SECONDS: Final = 30.0  # a blocked connection must end in an error, never in a pile of callers

log = structlog.get_logger(__name__)


class Unrouted(Transient):
    """The broker confirmed a message that no queue has taken: until someone applies the topology again."""


@dataclass(frozen=True)
class Outgoing:
    """A message on its way to an exchange."""

    exchange: str
    routing_key: str
    body: bytes
    headers: dict[str, str | int] = field(default_factory=dict)
    content_type: str = CONTENT_TYPE


def change(event: ChangeEvent) -> Outgoing:
    """Make the message that announces `event` to everyone who listens."""
    return Outgoing(CHANGES, event.routing_key, event.encode())


@dataclass
class _Batch:
    """What one caller waits for."""

    left: int
    done: threading.Event = field(default_factory=threading.Event)
    unrouted: list[Outgoing] = field(default_factory=list)
    failure: str | None = None
    is_abandoned: bool = False

    def settle(self, failure: str | None = None) -> None:
        self.failure = self.failure or failure
        self.left -= 1
        if self.left == 0:
            self.done.set()


@dataclass
class _InFlight:
    message: Outgoing
    batch: _Batch


class Publisher:
    """Publishes for every thread of a process. A context manager: leaving it closes the connection."""

    def __init__(
        self,
        url: Callable[[], str],
        *,
        on_blocked: Callable[[bool], None] = lambda _: None,
        on_unrouted: Callable[[str], None] = lambda _: None,
        on_published: Callable[[str], None] = lambda _: None,
        on_reconnected: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the broker's address from `url` at each connect, so that a rotated password is used at once."""
        self._url = url
        self._on_blocked = on_blocked
        self._on_unrouted = on_unrouted
        self._on_published = on_published
        self._on_reconnected = on_reconnected
        self._was_connected = False
        self._waiting: deque[_InFlight] = deque()
        self._in_flight: dict[int, _InFlight] = {}  # by delivery tag, in order
        self._next_tag = 1
        self._connection: pika.SelectConnection | None = None
        self._channel: Channel | None = None
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._is_closing = True
        self._call(self._close)
        self._thread.join(timeout=5)

    @property
    def is_connected(self) -> bool:
        """Tell whether messages can be published now."""
        return self._channel is not None and self._channel.is_open

    def publish(self, messages: Sequence[Outgoing], *, timeout_seconds: float = PUBLISH_TIMEOUT_SECONDS) -> None:
        """
        Publish all of `messages` and return when each is confirmed and routed.

        Raises Unrouted when a queue is missing, and Unavailable when the broker refused, was lost, or did not answer
        in time; some of the messages may then have been published, so publishing all of them again is the remedy.
        """
        if not messages:
            return
        batch = _Batch(left=len(messages))
        self._waiting.extend(_InFlight(message, batch) for message in messages)
        self._call(self._pump)
        if not batch.done.wait(timeout_seconds):
            batch.is_abandoned = True
            raise Unavailable(f"broker did not confirm {batch.left} of {len(messages)} messages in {timeout_seconds} s")
        if batch.unrouted:
            raise Unrouted(f"no queue takes {', '.join(sorted({m.routing_key for m in batch.unrouted}))}")
        if batch.failure:
            raise Unavailable(f"publishing failed: {batch.failure}")

    def announce(self, events: Sequence[ChangeEvent]) -> None:
        """Publish `events` on the topic exchange; raises as `publish` does."""
        self.publish([change(event) for event in events])
        for event in events:
            self._on_published(event.type)

    # The rest runs on the publisher's own thread.

    def _call(self, action: Callable[[], None]) -> None:
        connection = self._connection
        if connection is not None:
            try:
                connection.ioloop.add_callback_threadsafe(action)
            except (AttributeError, ValueError, OSError):  # the loop was closed just now: the next connection pumps
                log.debug("publisher loop closed")

    def _run(self) -> None:
        while not self._is_closing:
            try:
                self._connection = pika.SelectConnection(
                    pika.URLParameters(self._url()),
                    on_open_callback=self._opened,
                    on_open_error_callback=self._lost,
                    on_close_callback=self._lost,
                )
                self._connection.ioloop.start()
                self._connection.ioloop.close()
            except (pika.exceptions.AMQPError, OSError) as fault:
                self._fail_in_flight(type(fault).__name__)
            self._forget_abandoned()
            if not self._is_closing:
                time.sleep(RECONNECT_SECONDS)
        self._fail_in_flight("publisher closed")
        while self._waiting:
            self._waiting.popleft().batch.settle("publisher closed")

    def _opened(self, connection: pika.SelectConnection) -> None:
        connection.add_on_connection_blocked_callback(lambda _c, _m: self._on_blocked(True))
        connection.add_on_connection_unblocked_callback(lambda _c, _m: self._on_blocked(False))
        connection.channel(on_open_callback=self._channel_opened)
        if self._is_closing:
            self._close()

    def _channel_opened(self, channel: Channel) -> None:
        self._next_tag = 1
        self._channel = channel
        if self._was_connected:
            self._on_reconnected()
        self._was_connected = True
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed, callback=lambda _: self._pump())

    def _channel_closed(self, _channel: Channel, reason: Exception) -> None:
        self._channel = None
        self._fail_in_flight(f"channel closed: {type(reason).__name__}")
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _lost(self, connection: pika.SelectConnection, reason: Exception | str) -> None:
        self._channel = None
        self._on_blocked(False)
        self._fail_in_flight(f"connection lost: {type(reason).__name__}")
        connection.ioloop.stop()

    def _close(self) -> None:
        # A connection that is still opening is closed by `_opened`: stopped in between, it would leave its socket open.
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _pump(self) -> None:
        channel = self._channel
        while channel is not None and channel.is_open and self._waiting and len(self._in_flight) < WINDOW:
            flight = self._waiting.popleft()
            if flight.batch.is_abandoned:
                continue
            self._in_flight[self._next_tag] = flight
            message = flight.message
            channel.basic_publish(
                message.exchange,
                message.routing_key,
                message.body,
                BasicProperties(
                    content_type=message.content_type,
                    delivery_mode=2,
                    headers={name: _encodable(value) for name, value in message.headers.items()},
                    message_id=str(self._next_tag),
                ),
                mandatory=True,
            )
            self._next_tag += 1

    def _returned(self, _channel: Channel, method: Basic.Return, properties: BasicProperties, _body: bytes) -> None:
        # The broker returns before it confirms; the tag that we wrote into message_id tells whose message it is.
        flight = self._in_flight[int(properties.message_id)]
        flight.batch.unrouted.append(flight.message)
        self._on_unrouted(method.routing_key)
        log.error("message returned: no queue takes it", exchange=method.exchange, routing_key=method.routing_key)

    def _confirmed(self, frame: pika.frame.Method[Basic.Ack | Basic.Nack]) -> None:
        method = frame.method
        failure = "the broker refused the message" if isinstance(method, Basic.Nack) else None
        tags = [method.delivery_tag]
        if method.multiple:
            tags = list(takewhile(lambda tag: tag <= method.delivery_tag, self._in_flight))
        for tag in tags:
            self._in_flight.pop(tag).batch.settle(failure)
        self._pump()

    def _fail_in_flight(self, failure: str) -> None:
        """Tell the callers of what was in flight; what still waits goes out over the next connection."""
        flights = [*self._in_flight.values()]
        self._in_flight.clear()
        for flight in flights:
            flight.batch.settle(failure)

    def _forget_abandoned(self) -> None:
        """Drop what its caller gave up on, so that nothing grows while the broker is away."""
        for _ in range(len(self._waiting)):
            flight = self._waiting.popleft()
            if not flight.batch.is_abandoned:
                self._waiting.append(flight)


def _encodable(value: str | int) -> str | int:
    """Replace half surrogate pairs, as a vendor's text may hold: encoding one ends the publishing thread."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
