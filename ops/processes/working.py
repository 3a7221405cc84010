"""`fleet work QUEUE...`: run the actors of some queues until told to stop."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from dramatiq import Worker

from ops.processes.fleet_process import fleet_process
from shared.messaging.topic_broker import TopicBroker
from shared.settings import FleetSettings
from workers.actors import ACTORS
from workers.serving import worker_of

TICK_WITHIN: Final = timedelta(seconds=30)  # a consumer's loop turns every second, also while the broker is away
GRACE_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


def work(settings: FleetSettings, queues: Sequence[str], *, port: int = 0) -> None:
    """Consume `queues` until a signal asks to stop; raises Misconfigured when the process cannot start."""
    with fleet_process(settings, f"work-{'-'.join(queues)}", port=port) as process:
        beats = {name: process.health.beat(f"consumer {name}", within=TICK_WITHIN) for name in queues}
        broker = TopicBroker(lambda: process.broker_url, on_tick=lambda queue: beats[queue]())
        worker = worker_of((ACTORS[name] for name in queues), process.tools, broker, process.stopping)
        worker.start()
        process.stopping.wait()
        process.health.drain()
        _stop(worker)


def _stop(worker: Worker) -> None:
    started = time.monotonic()
    worker.stop(timeout=int(GRACE_SECONDS * 1000))
    log.info("workers stopped", seconds=round(time.monotonic() - started, 2))
