"""
Dramatiq's RabbitMQ broker, taught to consume plain CloudEvents from topic-bound quorum queues.

It needs of operations: the topology applied beforehand (it declares nothing), and a user that may read the work queues.
What it replaces in Dramatiq 2.2: declaring (`declare_queue`), consuming (`consume`), and all middleware. Dramatiq keeps
what it is good at: worker threads, their life and their death. No delay queue and no `.XQ` exists: see `topology.py`.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pika
import pika.exceptions
from dramatiq import Message, MessageProxy
from dramatiq.broker import Consumer
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import ConnectionClosed
from pika.adapters.blocking_connection import BlockingChannel
from pika.spec import Basic, BasicProperties

from shared.messaging.acknowledging import TagLedger
from shared.messaging.deliveries import SET_LIMIT, Batch, Delivery
from shared.messaging.topology import Role, WorkQueue, work_queue

LATE_ACK_SECONDS: Final = 0.1  # how long a planner's settled tag may wait for the run below it to close

BROKER_FAULTS: Final = (pika.exceptions.AMQPError, OSError)


class TopicBroker(RabbitmqBroker):
    """Consumes the work queues of the topology; publishes nothing (see `publisher.py`)."""

    def __init__(self, url: Callable[[], str], *, on_tick: Callable[[str], None] = lambda _: None) -> None:
        """Take the broker's address from `url` at each connect; `on_tick` hears of every turn of a consumer's loop."""
        super().__init__(url=url(), middleware=[])
        self.url = url
        self.on_tick = on_tick

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Make the queue known to Dramatiq. The topology exists before any process starts: nothing is declared."""
        del ensure
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Refuse: whoever has work for an actor announces an event."""
        raise TypeError(f"{message.actor_name}: publish an event instead (delay={delay})")

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Consume `queue_name` with its own prefetch; Dramatiq's is ignored. `timeout` is in milliseconds."""
        del prefetch
        return TopicConsumer(self, work_queue(queue_name), timeout_seconds=timeout / 1000)


class TopicConsumer(Consumer):
    """Hands planners sets and executors single events, and acknowledges in runs from its own thread."""

    def __init__(self, broker: TopicBroker, queue: WorkQueue, *, timeout_seconds: float) -> None:
        """Connect and start to consume; raises Dramatiq's ConnectionClosed when the broker cannot be reached."""
        self._broker = broker
        self._queue = queue
        self._timeout_seconds = timeout_seconds
        self._limit = SET_LIMIT if queue.role is Role.PLANNER else 1
        self._inbox: deque[Delivery] = deque()
        self._open: Batch | None = None
        self._tags = TagLedger()
        self._lock = threading.Lock()  # guards _tags and _is_flush_due: workers settle, this thread acknowledges
        self._is_flush_due = False
        try:
            self._connection = pika.BlockingConnection(pika.URLParameters(broker.url()))
            self._channel: BlockingChannel = self._consuming()
        except BROKER_FAULTS as fault:
            raise ConnectionClosed(fault) from None  # type: ignore[no-untyped-call]  # Dramatiq's own

    def __next__(self) -> MessageProxy | None:
        """Return the next message for a worker, or None after the time-out or when a delivery joined an open set."""
        self._broker.on_tick(self._queue.name)
        try:
            if not self._inbox:
                self._connection.process_data_events(time_limit=self._timeout_seconds)
        except BROKER_FAULTS as fault:
            raise ConnectionClosed(fault) from None  # type: ignore[no-untyped-call]  # Dramatiq's own
        if not self._channel.is_open or not self._channel.consumer_tags:
            # The broker cancels a consumer (its queue was deleted) or closes a channel (a delivery was held for too
            # long) without ending the connection: it would be alive, and silent for ever.
            raise ConnectionClosed(None)  # type: ignore[no-untyped-call]  # Dramatiq's own
        while self._inbox:
            delivery = self._inbox.popleft()
            if self._open is not None and self._open.add(delivery):
                continue
            self._open = Batch(self._limit)
            self._open.add(delivery)
            return MessageProxy(
                Message(
                    queue_name=self._queue.name, actor_name=self._queue.name, args=(self._open,), kwargs={}, options={}
                )
            )
        return None

    def ack(self, message: MessageProxy) -> None:
        """Do nothing: each delivery is settled by itself, before its worker returns or after."""

    def nack(self, message: MessageProxy) -> None:
        """Do nothing: what is not settled stays with the broker."""

    def requeue(self, messages: object) -> None:
        """Do nothing: the broker hands unacknowledged deliveries out again when we disconnect."""

    def close(self) -> None:
        """Send the acknowledgements that are due, then disconnect."""
        try:
            if self._channel.is_open:
                self._connection.process_data_events(time_limit=0)
                self._acknowledge(all_of_them=True)
        except BROKER_FAULTS as fault:
            raise ConnectionClosed(fault) from None  # type: ignore[no-untyped-call]  # Dramatiq's own
        finally:
            self._disconnect()

    def _consuming(self) -> BlockingChannel:
        """Start to consume; a connection on which that fails is not left behind."""
        try:
            channel = self._connection.channel()
            channel.basic_qos(prefetch_count=self._queue.prefetch)
            channel.basic_consume(self._queue.name, self._receive)
        except BROKER_FAULTS:
            self._disconnect()
            raise
        return channel

    def _disconnect(self) -> None:
        with suppress(*BROKER_FAULTS):
            if self._connection.is_open:
                self._connection.close()

    def _receive(
        self, _channel: BlockingChannel, method: Basic.Deliver, properties: BasicProperties, body: bytes
    ) -> None:
        with self._lock:
            self._tags.delivered(method.delivery_tag)
        self._inbox.append(
            Delivery(method.delivery_tag, body, properties.headers or {}, method.redelivered, self._settle)
        )

    def _settle(self, tag: int) -> None:
        """Note, on a worker's thread, that `tag` has ended, and have this consumer's own thread tell the broker."""
        with self._lock:
            self._tags.settle((tag,))
            is_scheduled, self._is_flush_due = self._is_flush_due, True
        if not is_scheduled:
            self._on_own_thread(self._flush)

    def _on_own_thread(self, action: Callable[[], None]) -> None:
        try:
            self._connection.add_callback_threadsafe(action)
        except BROKER_FAULTS:
            # The connection is gone and its unacknowledged deliveries with it: they come again, and end `unchanged`.
            with self._lock:
                self._is_flush_due = False

    def _flush(self) -> None:
        with self._lock:
            self._is_flush_due = False
        self._acknowledge(all_of_them=self._queue.role is Role.EXECUTOR)
        with self._lock:
            has_late_ones = self._tags.has_settled
        if has_late_ones:
            self._connection.call_later(LATE_ACK_SECONDS, lambda: self._acknowledge(all_of_them=True))

    def _acknowledge(self, *, all_of_them: bool) -> None:
        with self._lock:
            if all_of_them:
                acks = self._tags.take_acks()
                run, singly = acks.up_to, acks.singly
            else:
                run, singly = self._tags.take_run(), ()
        if run is not None:
            self._channel.basic_ack(run, multiple=True)
        for tag in singly:
            self._channel.basic_ack(tag)
