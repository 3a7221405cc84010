"""
What every executor shares: one event, one thing, one hand.

Executors are the only writers on the other side. The lease is on the thing, not on the queue, so delivering and
withdrawing one document never happen at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from shared.errors import Contended, Forbidden, Stopped, Unreadable
from shared.events import ChangeEvent
from shared.messaging.topology import WorkQueue
from shared.store import ledger
from shared.store.lease_keeper import Hold
from shared.store.leases import Lease
from shared.store.pauses import Scope
from shared.store.tables.delivering import OVER_SHARE
from workers.endings import Outcome
from workers.gate import Place
from workers.harness import Result, SubjectKey
from workers.shares import OverShare
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
    vendors: frozenset[str]
    """Whose APIs it cannot do without, by their metric labels."""
    execute: Execute

    def subject_of(self, event: ChangeEvent) -> SubjectKey:
        """Say on what `event` makes this executor work."""
        return SubjectKey(event.data.tenant, "", event.data.key)

    def work(self, newest: Mapping[SubjectKey, ChangeEvent], tools: Tools) -> Mapping[SubjectKey, Result]:
        """Make one thing so, unless it must wait."""
        ((subject, event),) = newest.items()
        place = self._place_of(event)
        try:
            return {subject: self._worked(event, place, tools)}
        except Stopped as stop:
            if not self.queue.is_urgent:  # a withdrawal is swept within seconds as it is
                reason = OVER_SHARE if isinstance(stop, OverShare) else str(stop)
                tools.database.write(lambda c: ledger.stall(c, subject.tenant, subject.key, reason))
            raise
        except Forbidden as fault:
            tools.gate.refused(place, fault)
            raise

    def given_up(self, event: ChangeEvent, tools: Tools) -> None:
        """Leave what `event` asked for to a person, who may replay it. A withdrawal goes on being tried."""
        if not self.queue.is_urgent:
            data = event.data
            tools.database.write(lambda c: ledger.rest(c, data.tenant, data.key, data.version))

    def _worked(self, event: ChangeEvent, place: Place, tools: Tools) -> Outcome:
        tenant, key = event.data.tenant, event.data.key
        tools.gate.check(place)
        with (
            tools.shares.hand(self.queue, tenant, place.community or ""),
            tools.leases.holding(tenant, self.thing, [key], within=STEP_WITHIN) as hold,
        ):
            if not hold.leases:
                raise Contended
            outcome = self.execute(Errand(tools.tenants[tenant], event, hold), tools)
        if outcome is Outcome.DONE:
            tools.gate.passed(place)
        return outcome

    def _place_of(self, event: ChangeEvent) -> Place:
        try:
            publication, community = ledger.place_of(event.data.key)
        except ValueError as fault:
            raise Unreadable(f"{event.data.key!r} is no key of the ledger") from fault
        names = {
            Scope.TENANT: {""},
            Scope.QUEUE: {self.queue.name},
            Scope.FLOW: {event.data.flow.value} if event.data.flow else set[str](),
            Scope.PUBLICATION: {publication},
            Scope.COMMUNITY: {community},
            Scope.VENDOR: self.vendors,
        }
        return Place(event.data.tenant, self.queue, {scope: frozenset(those) for scope, those in names.items()})
