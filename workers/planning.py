"""
What every planner shares: take the leases of a set, let the flow decide, and expand events of another subject type.

A planner writes what is *wanted* and nothing at a vendor. If it dies in between, redelivery plans and announces again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from shared.errors import Contended
from shared.events import ChangeEvent, announce
from shared.messaging.topology import WorkQueue
from shared.store.leases import Lease
from shared.store.pauses import Scope
from workers.endings import Outcome
from workers.gate import Place
from workers.harness import Result, SubjectKey
from workers.tools import Tenant, Tools

PLANNING_WITHIN: Final = timedelta(seconds=60)  # a few set-wise statements: far above what a healthy database needs


@dataclass(frozen=True)
class PlanningSet:
    """Subjects of one tenant to be planned together; no other hand plans them meanwhile."""

    tenant: Tenant
    newest: Mapping[str, ChangeEvent]
    """By subject key: the newest event that made it due."""
    leases: tuple[Lease, ...]


Decide: TypeAlias = Callable[[PlanningSet, Tools], Mapping[str, Result]]
"""Write what is wanted for these subjects, announce what became due, and say how each went."""

Expand: TypeAlias = Callable[[Tenant, ChangeEvent, Tools], Iterable[Sequence[str]]]
"""Name the subjects that an event of another type concerns, page by page."""


@dataclass(frozen=True)
class Planner:
    """A flow's planner: which events name its own subjects, and what its flow decides."""

    queue: WorkQueue
    thing: str
    """The kind of the lease, shared by all planners of the same subjects."""
    own: tuple[type[ChangeEvent], ...]
    """Events whose key is a subject of this planner; the others of the queue are only expanded."""
    decide: Decide
    due: type[ChangeEvent]
    """What an expanded event becomes, one for each subject concerned; a queue of its own takes it."""
    expand: Expand

    def subject_of(self, event: ChangeEvent) -> SubjectKey:
        """Say on what `event` makes this planner work."""
        return SubjectKey(event.data.tenant, "" if isinstance(event, self.own) else event.type, event.data.key)

    def work(self, newest: Mapping[SubjectKey, ChangeEvent], tools: Tools) -> Mapping[SubjectKey, Result]:
        """Plan own subjects in sets, a tenant at a time; expand the rest."""
        results: dict[SubjectKey, Result] = {}
        own: dict[str, dict[str, ChangeEvent]] = defaultdict(dict)
        for subject, event in newest.items():
            if subject.type:
                self._check(subject.tenant, tools)
                results[subject] = self._expanded(event, tools)
            else:
                own[subject.tenant][subject.key] = event
        for name, events in own.items():
            self._check(name, tools)
            planned = self._planned(tools.tenants[name], events, tools)
            results |= {SubjectKey(name, "", key): result for key, result in planned.items()}
        return results

    def given_up(self, event: ChangeEvent, tools: Tools) -> None:
        """Do nothing more: what was wanted before still is, and a replay decides anew."""

    def _expanded(self, event: ChangeEvent, tools: Tools) -> Outcome:
        tenant = tools.tenants[event.data.tenant]
        for keys in self.expand(tenant, event, tools):
            tools.publisher.announce(
                [
                    announce(
                        self.due,
                        source=f"{self.queue.name}/{event.data.key}",
                        tenant=tenant.name,
                        key=key,
                        version=event.data.version,
                        seen_at=event.time,
                        flow=self.queue.flow,
                        traceparent=event.traceparent,
                    )
                    for key in keys
                ]
            )
        return Outcome.DONE

    def _check(self, tenant: str, tools: Tools) -> None:
        flow = {Scope.FLOW: frozenset({self.queue.flow.value})} if self.queue.flow else {}
        names = {Scope.TENANT: frozenset({""}), Scope.QUEUE: frozenset({self.queue.name})}
        tools.gate.check(Place(tenant, self.queue, names | flow))

    def _planned(self, tenant: Tenant, events: Mapping[str, ChangeEvent], tools: Tools) -> Mapping[str, Result]:
        with tools.leases.holding(tenant.name, self.thing, sorted(events), within=PLANNING_WITHIN) as hold:
            had = {lease.subject for lease in hold.leases}
            results: dict[str, Result] = {key: Contended() for key in events if key not in had}
            if had:
                ours = {key: event for key, event in events.items() if key in had}
                results |= self.decide(PlanningSet(tenant, ours, hold.leases), tools)
            return results
