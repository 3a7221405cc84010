"""The topic broker hands planners sets and executors single events, and loses none of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

import dramatiq.brokers.rabbitmq
import dramatiq.worker
import pika
import pytest
from dramatiq import Message
from dramatiq.errors import ConnectionClosed

from shared.events import DeliveryDue, LicenceChanged, announce, decode
from shared.messaging.declaring import apply
from shared.messaging.deliveries import Batch
from shared.messaging.publisher import Publisher
from shared.messaging.topic_broker import TopicBroker, TopicConsumer
from shared.messaging.topology import WorkQueue, topology, work_queue
from tests.support.broker import take_all
from tests.support.waiting import eventually
from workers.serving import worker_running

pytestmark = pytest.mark.broker

PLANNER, EXECUTOR = work_queue("publish_assets"), work_queue("deliver")


@contextmanager
def working(url: str, queue: WorkQueue, function: Callable[[Batch], None]) -> Iterator[None]:
    worker = worker_running({queue: function}, TopicBroker(lambda: url))
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def publish(url: str, kind: type[LicenceChanged] | type[DeliveryDue], count: int) -> None:
    apply(url, topology(), settle=lambda _: None)
    seen_at = datetime.now(UTC)
    with Publisher(lambda: url) as publisher:
        publisher.announce(
            [announce(kind, source="t", tenant="acme", key=str(i), version=1, seen_at=seen_at) for i in range(count)]
        )


def test_a_busy_planner_sees_sets_and_every_event_exactly_once(amqp_url: str) -> None:
    publish(amqp_url, LicenceChanged, 1000)
    sizes: list[int] = []
    keys: list[str] = []

    def plan(batch: Batch) -> None:
        deliveries = batch.take()
        sizes.append(len(deliveries))
        keys.extend(decode(delivery.body).data.key for delivery in deliveries)
        for delivery in deliveries:
            delivery.settle()

    with working(amqp_url, PLANNER, plan):
        eventually(lambda: len(keys) >= 1000)

    assert sorted(map(str, range(1000))) == sorted(keys)
    assert max(sizes) > 10
    assert [] == take_all(amqp_url, PLANNER.name)


def test_an_executor_sees_one_event_at_a_time(amqp_url: str) -> None:
    publish(amqp_url, DeliveryDue, 60)
    sizes: list[int] = []

    def execute(batch: Batch) -> None:
        deliveries = batch.take()
        sizes.append(len(deliveries))
        deliveries[0].settle()

    with working(amqp_url, EXECUTOR, execute):
        eventually(lambda: len(sizes) >= 60)

    assert [1] * 60 == sizes
    assert [] == take_all(amqp_url, EXECUTOR.name)


def test_what_was_not_settled_is_delivered_again_and_marked_so(amqp_url: str) -> None:
    publish(amqp_url, DeliveryDue, 20)
    first: list[str] = []

    def forget(batch: Batch) -> None:
        (delivery,) = batch.take()
        first.append(decode(delivery.body).data.key)

    with working(amqp_url, EXECUTOR, forget):
        eventually(lambda: len(first) >= EXECUTOR.prefetch)

    second: dict[str, bool] = {}

    def remember(batch: Batch) -> None:
        (delivery,) = batch.take()
        second[decode(delivery.body).data.key] = delivery.is_redelivered
        delivery.settle()

    with working(amqp_url, EXECUTOR, remember):
        eventually(lambda: len(second) >= 20)

    assert set(map(str, range(20))) == set(second)
    assert set(first) <= {key for key, is_redelivered in second.items() if is_redelivered}


def test_a_worker_thread_survives_an_actor_that_raises(amqp_url: str) -> None:
    publish(amqp_url, DeliveryDue, 40)
    handled: list[str] = []

    def sometimes_raise(batch: Batch) -> None:
        (delivery,) = batch.take()
        handled.append(decode(delivery.body).data.key)
        delivery.settle()
        if len(handled) % 2:
            raise ZeroDivisionError

    with working(amqp_url, EXECUTOR, sometimes_raise):
        eventually(lambda: len(handled) >= 40)

    assert [] == take_all(amqp_url, EXECUTOR.name)


def test_a_consumer_comes_back_after_its_connection_was_cut(amqp_url: str, cut_connections: Callable[[], None]) -> None:
    publish(amqp_url, DeliveryDue, 1)
    handled: list[str] = []

    def execute(batch: Batch) -> None:
        (delivery,) = batch.take()
        handled.append(decode(delivery.body).data.key)
        delivery.settle()

    with working(amqp_url, EXECUTOR, execute):
        eventually(lambda: len(handled) == 1)
        cut_connections()
        publish(amqp_url, DeliveryDue, 5)
        eventually(lambda: len(handled) >= 6)


def test_a_consumer_whose_queue_was_deleted_says_so(amqp_url: str) -> None:
    apply(amqp_url, topology(), settle=lambda _: None)
    consumer = TopicConsumer(TopicBroker(lambda: amqp_url), EXECUTOR, timeout_seconds=1)
    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        connection.channel().queue_delete(EXECUTOR.name)

    with pytest.raises(ConnectionClosed):
        list(islice(consumer, 10))
    consumer.close()


def test_a_consumer_whose_channel_the_broker_closed_says_so_and_leaves_no_connection(amqp_url: str) -> None:
    apply(amqp_url, topology(), settle=lambda _: None)
    consumer = TopicConsumer(TopicBroker(lambda: amqp_url), EXECUTOR, timeout_seconds=1)
    consumer._channel.basic_ack(99)  # no such tag: the broker closes the channel, as when we hold for too long

    with pytest.raises(ConnectionClosed):
        list(islice(consumer, 10))
    consumer.close()

    assert not consumer._connection.is_open


def test_a_consumer_that_cannot_begin_leaves_no_connection(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[pika.BlockingConnection] = []
    connect = pika.BlockingConnection

    def remembered(parameters: pika.URLParameters) -> pika.BlockingConnection:
        opened.append(connect(parameters))
        return opened[-1]

    monkeypatch.setattr(pika, "BlockingConnection", remembered)

    with pytest.raises(ConnectionClosed):
        TopicConsumer(TopicBroker(lambda: amqp_url), EXECUTOR, timeout_seconds=1)

    assert [False] == [connection.is_open for connection in opened]


def test_the_seam_to_dramatiq_is_the_one_that_we_know() -> None:
    """What we override or call is public API of Dramatiq 2.2, but for the two names below."""
    assert "2.2" == ".".join(dramatiq.__version__.split(".")[:2])
    assert callable(dramatiq.worker._WorkerMiddleware.after_declare_queue)
    assert {"ack", "nack", "requeue", "close", "__next__"} <= set(dir(dramatiq.broker.Consumer))
    assert callable(dramatiq.brokers.rabbitmq.RabbitmqBroker.consume)


def test_an_actor_is_given_work_only_by_an_event() -> None:
    broker = TopicBroker(lambda: "amqp://127.0.0.1:1/")
    message: Message[object] = Message(queue_name="deliver", actor_name="deliver", args=(), kwargs={}, options={})

    with pytest.raises(TypeError, match="publish an event instead"):
        broker.enqueue(message)
