"""
Every exchange, queue and binding of the fleet, in one table: what is declared, consumed and checked follows from it.

`changes`    topic exchange: what pollers and planners announce; other teams may bind queues of their own.
work queues  one quorum queue an actor, named like it, bound to the topics in its row.
`delay.*`    the ladder: a retry waits in the broker, published with its work queue's name as routing key.
`retry`      direct exchange that leads a message from a rung back to its one work queue.
`dead`       dead letter intake: what the harness gave up, what the broker gave up, what found no work queue.

How long a retry waits is decided here; which error climbs, in `workers/endings.py`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from shared.events import (
    AssetDue,
    ChangeEvent,
    CommunityChanged,
    DeliveryDue,
    Flow,
    LicenceChanged,
    RightBegan,
    RightEnded,
    RightEnding,
    WithdrawalDue,
)

CHANGES: Final = "changes"
RETRY: Final = "retry"
DEAD: Final = "dead"

SETTLING: Final = timedelta(seconds=5)
"""A quorum queue declared moments before a broker crash can lose confirmed messages: nothing is published before."""

DELIVERY_LIMIT: Final = 100
"""Only a backstop: killing a process counts against everything it had prefetched. Worker killers are counted by us."""

NO_LIMIT: Final = 2**31 - 1  # the archiver may die as often as it likes: a dead letter is never dropped

Arguments: TypeAlias = dict[str, str | int]


@dataclass(frozen=True)
class Rung:
    """One step of the ladder: a queue in which retries wait for the same time."""

    name: str
    wait: timedelta


LADDER: Final = (
    Rung("delay.5s", timedelta(seconds=5)),
    Rung("delay.30s", timedelta(seconds=30)),
    Rung("delay.2m", timedelta(minutes=2)),
    Rung("delay.10m", timedelta(minutes=10)),
    Rung("delay.1h", timedelta(hours=1)),
)


class Role(StrEnum):
    """Planners decide and write what is wanted; executors make one thing so."""

    PLANNER = "planner"
    EXECUTOR = "executor"


@dataclass(frozen=True)
class WorkQueue:
    """A work queue and the actor of the same name."""

    name: str
    role: Role
    flow: Flow | None
    """The flow it serves; None for an executor that serves several (the event then says which)."""
    listens: tuple[type[ChangeEvent], ...]
    prefetch: int
    threads: int
    highest_rung: Rung = LADDER[-1]

    @property
    def is_urgent(self) -> bool:
        """Tell whether nothing may keep this queue's events waiting for longer than seconds: withdrawals."""
        return self.highest_rung == LADDER[0]

    @property
    def bindings(self) -> tuple[str, ...]:
        """Return the topics that lead to this queue, of every tenant."""
        return tuple(f"*.{event.TYPE}" for event in self.listens)


WORK_QUEUES: Final = (
    WorkQueue(
        "publish_assets",
        Role.PLANNER,
        Flow.PUBLISH_ASSETS,
        listens=(LicenceChanged, CommunityChanged, RightBegan, RightEnding, RightEnded),
        prefetch=500,  # sets and coalescing need a window wider than the number of subjects that change at once
        threads=2,
    ),
    WorkQueue(
        "replan_assets",
        Role.PLANNER,
        Flow.PUBLISH_ASSETS,
        listens=(AssetDue,),  # apart from changes: a resync of everything must not delay one cancellation
        prefetch=500,
        threads=1,
    ),
    WorkQueue(
        "deliver",
        Role.EXECUTOR,
        None,
        listens=(DeliveryDue,),
        prefetch=8,  # one a thread: a large upload must not hold others hostage
        threads=8,
    ),
    WorkQueue(
        "withdraw",
        Role.EXECUTOR,
        None,
        listens=(WithdrawalDue,),
        prefetch=8,
        threads=8,
        highest_rung=LADDER[0],  # a withdrawal is never more than seconds away from its next try
    ),
)


@dataclass(frozen=True)
class Exchange:
    """A durable exchange."""

    name: str
    kind: str
    arguments: Arguments


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue with exactly these arguments."""

    name: str
    arguments: Arguments


@dataclass(frozen=True)
class Binding:
    """A queue bound to an exchange."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True)
class Topology:
    """All that must exist at the broker."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


def work_queue(name: str) -> WorkQueue:
    """Return the row of the work queue called `name`; raises KeyError when there is none."""
    return {queue.name: queue for queue in WORK_QUEUES}[name]


def topology() -> Topology:
    """Return everything the fleet declares, derived from WORK_QUEUES and LADDER."""
    return Topology(
        exchanges=(
            Exchange(CHANGES, "topic", {}),  # no alternate exchange: an unroutable change must come back to its poller
            Exchange(RETRY, "direct", {"alternate-exchange": DEAD}),  # one missing queue must not block a rung
            Exchange(DEAD, "fanout", {}),
            *(Exchange(rung.name, "fanout", {}) for rung in LADDER),
        ),
        queues=(
            *(Queue(queue.name, _dead_lettering_to(DEAD, DELIVERY_LIMIT)) for queue in WORK_QUEUES),
            *(Queue(rung.name, _waiting(rung)) for rung in LADDER),
            Queue(DEAD, {"x-queue-type": "quorum", "x-delivery-limit": NO_LIMIT}),
        ),
        bindings=(
            *(Binding(CHANGES, queue.name, topic) for queue in WORK_QUEUES for topic in queue.bindings),
            *(Binding(RETRY, queue.name, queue.name) for queue in WORK_QUEUES),
            *(Binding(rung.name, rung.name, "") for rung in LADDER),
            Binding(DEAD, DEAD, ""),
        ),
    )


def _dead_lettering_to(exchange: str, delivery_limit: int) -> Arguments:
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",  # at-least-once dead-lettering requires it
        "x-delivery-limit": delivery_limit,
    }


def _waiting(rung: Rung) -> Arguments:
    # No x-dead-letter-routing-key: the message keeps its work queue's name and finds its own way back.
    return _dead_lettering_to(RETRY, DELIVERY_LIMIT) | {"x-message-ttl": int(rung.wait.total_seconds() * 1000)}
