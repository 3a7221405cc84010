"""
What every executor shares: one event, one thing, one hand.

Executors are the only writers on the other side. The lease is on the thing, not on the queue, so delivering and
withdrawing one document never happen at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from shared.errors import Contended
from shared.events import ChangeEvent
from shared.messaging.topology import WorkQueue
from shared.store.lease_keeper import Hold
from shared.store.leases import Lease
from workers.endings import Outcome
from workers.harness import Result, SubjectKey
from workers.tools import Tenant, Tools

STEP_WITHIN: Final = timedelta(seconds=60)  # twice the vendor's request time-out: a step is a call or two
UPLOAD_WITHIN: Final = timedelta(minutes=20)  # below the broker's consumer time-out of 30 minutes


@dataclass(frozen=True)
class Errand:
    """One thing to be made so; no other hand is at it."""

    tenant: Tenant
    event: ChangeEvent
    hold: Hold

    @property
    def key(self) -> str:
        """The key of the thing."""
        return self.event.data.key

    @property
    def lease(self) -> Lease:
        """The lease on the thing; the last write carries its fence."""
        return self.hold.leases[0]


Execute: TypeAlias = Callable[[Errand, Tools], Outcome]


@dataclass(frozen=True)
class Executor:
    """One kind of write on the other side."""

    queue: WorkQueue
    thing: str
    """The kind of the lease, shared by all executors that touch the same things."""
    execute: Execute

    def subject_of(self, event: ChangeEvent) -> SubjectKey:
        """Say on what `event` makes this executor work."""
        return SubjectKey(event.data.tenant, "", event.data.key)

    def work(self, newest: Mapping[SubjectKey, ChangeEvent], tools: Tools) -> Mapping[SubjectKey, Result]:
        """Make one thing so."""
        ((subject, event),) = newest.items()
        with tools.leases.holding(subject.tenant, self.thing, [subject.key], within=STEP_WITHIN) as hold:
            if not hold.leases:
                raise Contended
            return {subject: self.execute(Errand(tools.tenants[subject.tenant], event, hold), tools)}
