"""
Transport: a confirmed publish to the topic exchange, consume, acknowledge.

Ours: `Publisher`, then `TopicBroker` handing sets to a function that reads every event. Limit: bare pika, a window of
confirms, then prefetch 100 and one acknowledgement for 50 messages, without looking at a body. Both on the same queue
of the same broker, one after the other, each repetition right after the other's.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import pika
from pika.spec import BasicProperties

from shared.events import LicenceChanged, announce, decode
from shared.messaging.deliveries import Batch
from shared.messaging.publisher import WINDOW, Publisher
from shared.messaging.topic_broker import TopicBroker
from shared.messaging.topology import CHANGES, work_queue
from workers.serving import worker_running

QUEUE: Final = work_queue("publish_assets")
PREFETCH: Final = 100
RUN: Final = 50
TOPIC: Final = "acme.smintio.licence.changed"


def bodies(count: int) -> list[bytes]:
    """Make `count` events of different subjects, as the wire holds them."""
    now = datetime.now(UTC)
    return [
        announce(LicenceChanged, source="bench", tenant="acme", key=str(n), version=1, seen_at=now).encode()
        for n in range(count)
    ]


def ours(url: str, events: Sequence[bytes]) -> float:
    """Publish and consume `events` as the fleet does; return how many went through a second."""
    began = time.perf_counter()
    _publish_ours(url, events)
    _consume_ours(url, len(events))
    return len(events) / (time.perf_counter() - began)


def limit(url: str, events: Sequence[bytes]) -> float:
    """Publish and consume `events` with bare pika; return how many went through a second."""
    began = time.perf_counter()
    _publish_bare(url, events)
    _consume_bare(url, len(events))
    return len(events) / (time.perf_counter() - began)


def _publish_ours(url: str, events: Sequence[bytes]) -> None:
    with Publisher(lambda: url) as publisher:
        publisher.announce([decode(event) for event in events])


def _consume_ours(url: str, count: int) -> None:
    done, all_done, lock = 0, threading.Event(), threading.Lock()

    def plan(batch: Batch) -> None:
        nonlocal done
        deliveries = batch.take()
        for delivery in deliveries:
            decode(delivery.body)
            delivery.settle()
        with lock:
            done += len(deliveries)
            if done >= count:
                all_done.set()

    worker = worker_running({QUEUE: plan}, TopicBroker(lambda: url))
    worker.start()
    all_done.wait()
    worker.stop()


def _publish_bare(url: str, events: Sequence[bytes]) -> None:
    """Publish with a window of confirms; pika's asynchronous connection is the one that can."""
    waiting, confirmed, sent = iter(events), 0, 0
    connection = pika.SelectConnection(pika.URLParameters(url))

    def pump(channel: pika.channel.Channel) -> None:
        nonlocal sent
        while sent - confirmed < WINDOW and (body := next(waiting, None)) is not None:
            channel.basic_publish(CHANGES, TOPIC, body, BasicProperties(delivery_mode=2), mandatory=True)
            sent += 1

    def opened(channel: pika.channel.Channel) -> None:
        def on_confirm(frame: pika.frame.Method) -> None:
            nonlocal confirmed
            confirmed = frame.method.delivery_tag if frame.method.multiple else confirmed + 1
            pump(channel)
            if confirmed >= len(events):
                connection.close()

        channel.confirm_delivery(on_confirm, callback=lambda _: pump(channel))

    connection.add_on_open_callback(lambda c: c.channel(on_open_callback=opened))
    connection.add_on_close_callback(lambda c, _: c.ioloop.stop())
    connection.ioloop.start()
    connection.ioloop.close()


def _consume_bare(url: str, count: int) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=PREFETCH)
        for number, (method, _, _) in enumerate(channel.consume(QUEUE.name), start=1):
            if number % RUN == 0 or number == count:
                channel.basic_ack(method.delivery_tag, multiple=True)
            if number == count:
                return
