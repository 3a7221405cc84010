"""Put actors behind their queues: one Dramatiq worker a process, with as many threads as its queues ask for."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import dramatiq
from dramatiq import Worker

from shared.messaging.deliveries import Batch
from shared.messaging.topic_broker import TopicBroker
from shared.messaging.topology import WorkQueue
from workers.harness import Actor, Harness
from workers.tools import Tools

TURN_MILLISECONDS: Final = 300  # how long a stop may wait for threads that wait for work


def worker_of(actors: Iterable[Actor], tools: Tools, broker: TopicBroker, stopping: threading.Event) -> Worker:
    """Return a worker, not yet started, that runs `actors`, each under a harness."""
    served = {actor.queue: Harness(actor, tools, stopping) for actor in actors}
    return worker_running(served, broker)


def worker_running(served: Mapping[WorkQueue, Callable[[Batch], None]], broker: TopicBroker) -> Worker:
    """Return a worker, not yet started, that calls each function with the batches of its queue."""
    for queue, function in served.items():
        dramatiq.Actor(function, broker=broker, actor_name=queue.name, queue_name=queue.name, priority=0, options={})
    threads = sum(queue.threads for queue in served)
    return Worker(broker, worker_threads=threads, worker_timeout=TURN_MILLISECONDS)
