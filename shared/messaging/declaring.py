"""Bring the broker to the topology: declare what is missing, refuse what differs, and say what to do about it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from shared.errors import Misconfigured, Unavailable
from shared.messaging.topology import SETTLING, Exchange, Queue, Topology


def apply(url: str, wanted: Topology, *, settle: Callable[[float], None] = time.sleep) -> tuple[str, ...]:
    """
    Declare every exchange, queue and binding of `wanted`, and return the names of the queues that were new.

    Waits SETTLING when any queue was new, so that whoever publishes afterwards never meets a young quorum queue.
    Raises Misconfigured when an exchange or a queue exists with other arguments (nothing is deleted or changed), and
    Unavailable when the broker cannot be reached.
    """
    try:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection, _expecting_refusals():
            for exchange in wanted.exchanges:
                _declare_exchange(connection.channel(), exchange)
            new = tuple(queue.name for queue in wanted.queues if _declare_queue(connection, queue))
            channel = connection.channel()
            for binding in wanted.bindings:
                channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
    except pika.exceptions.AMQPConnectionError as fault:
        raise Unavailable(f"broker not reachable while declaring the topology: {type(fault).__name__}") from fault
    if new:
        settle(SETTLING.total_seconds())
    return new


def check(url: str, wanted: Topology) -> None:
    """
    See to it that everything of `wanted` is there, and bind again what was unbound meanwhile.

    Raises Misconfigured when an exchange or a queue is missing, and Unavailable when the broker cannot be reached.
    """
    try:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection, _expecting_refusals():
            channel = connection.channel()
            for exchange in wanted.exchanges:
                channel.exchange_declare(exchange.name, passive=True)
            for queue in wanted.queues:
                channel.queue_declare(queue.name, passive=True)
            for binding in wanted.bindings:
                channel.queue_bind(binding.queue, binding.exchange, binding.routing_key)
    except pika.exceptions.ChannelClosedByBroker as refusal:
        raise Misconfigured(
            f"the broker lacks what this release needs ({refusal.reply_text}); run `fleet topology apply`"
        ) from refusal
    except pika.exceptions.AMQPConnectionError as fault:
        raise Unavailable(f"broker not reachable while checking the topology: {type(fault).__name__}") from fault


def _declare_exchange(channel: BlockingChannel, exchange: Exchange) -> None:
    try:
        channel.exchange_declare(exchange.name, exchange.kind, durable=True, arguments=dict(exchange.arguments))
    except pika.exceptions.ChannelClosedByBroker as refusal:
        raise _differs("exchange", exchange.name, refusal) from refusal


def _declare_queue(connection: pika.BlockingConnection, queue: Queue) -> bool:
    """Declare `queue` and return whether it was new."""
    is_new = not _exists(connection, queue)
    try:
        connection.channel().queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
    except pika.exceptions.ChannelClosedByBroker as refusal:
        raise _differs("queue", queue.name, refusal) from refusal
    return is_new


def _exists(connection: pika.BlockingConnection, queue: Queue) -> bool:
    try:
        connection.channel().queue_declare(queue.name, passive=True)
    except pika.exceptions.ChannelClosedByBroker as refusal:
        if refusal.reply_code != 404:
            raise
        return False
    return True


def _differs(kind: str, name: str, refusal: pika.exceptions.ChannelClosedByBroker) -> Misconfigured:
    return Misconfigured(
        f"the {kind} {name!r} exists at the broker with other arguments ({refusal.reply_text}). Nothing was changed. "
        f"Drain it, delete it, and start again; or point broker.url at another virtual host"
    )


@contextmanager
def _expecting_refusals() -> Iterator[None]:
    """Keep pika from warning of each queue that is not there: asking is how we learn it."""
    logger = logging.getLogger("pika.channel")
    logger.addFilter(_is_no_refusal)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_refusal)


def _is_no_refusal(record: logging.LogRecord) -> bool:
    return "Received remote Channel.Close" not in record.getMessage()
