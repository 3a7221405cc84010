"""
Announce again what is wanted and not yet so: the safety net under every executor.

Announces  fleet.delivery.due, fleet.withdrawal.due
Reads      the ledger's rows whose wanted generation was not made, what is paused, how long the queue is
Writes     when each row may be announced next: later and later, withdrawals never more than seconds apart
Never      hurries an executor that is at it: the lease on the row decides; never fills a long queue further
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from shared.messaging.dues import SWEEPER, due_event
from shared.messaging.publisher import Publisher
from shared.store import ledger, pauses
from shared.store.engine import Database
from shared.store.leases import Lease
from shared.store.ledger import Due, Stops
from shared.store.pauses import Pause, Scope

PAGE: Final = 500
EVERY_AT_LEAST: Final = timedelta(seconds=5)  # longer than most deliveries take: announcing sooner helps nobody
EVERY_AT_MOST: Final = timedelta(minutes=10)
LONG_QUEUE: Final = 1000  # minutes of work for eight hands: what is announced into it only waits twice
LATELY: Final = timedelta(seconds=10)
FIRST_HANDS: Final = 4  # of a community that made nothing lately: enough to see how fast it is


@dataclass(frozen=True)
class Sweeper:
    """The unmade rows of one tenant."""

    tenant: str
    database: Database
    publisher: Publisher
    waiting: Callable[[str], int]
    """How many messages wait in a queue."""
    every: timedelta = timedelta(seconds=2)
    name: str = SWEEPER

    def poll_once(self, lease: Lease) -> bool:
        """Announce one page of unmade rows whose turn has come; return whether there may be more."""
        del lease  # announcing is harmless in two hands
        is_long = self.waiting("deliver") >= LONG_QUEUE
        due = self.database.write(lambda c: self._due(c, is_long=is_long))
        self.publisher.announce([due_event(self.tenant, row, source=self.name) for row in due])
        return len(due) >= PAGE

    def _due(self, c: Connection, *, is_long: bool) -> list[Due]:
        paused = pauses.listed(c, self.tenant)
        stops = stops_of(paused, is_long=is_long)
        due = self._unmade(c, PAGE, stops)
        if not stops.deliveries:
            due += self._in_turn(c, stops)
        return due + self._probes(c, paused, is_long=is_long)

    def _probes(self, c: Connection, paused: Sequence[Pause], *, is_long: bool) -> list[Due]:
        """Announce one document for each refusal of a vendor: it goes and sees whether that is over."""
        others = stops_of((pause for pause in paused if not pause.mends_itself), is_long=is_long)
        due: list[Due] = []
        for pause in paused:
            if pause.mends_itself:
                community = pause.name if pause.scope is Scope.COMMUNITY else None
                due += self._unmade(c, 1, replace(others, withdrawals=True, only_community=community))
        return due

    def _unmade(self, c: Connection, limit: int, stops: Stops) -> list[Due]:
        return ledger.unmade(c, self.tenant, limit, every_at_least=EVERY_AT_LEAST, at_most=EVERY_AT_MOST, stops=stops)

    def _in_turn(self, c: Connection, stops: Stops) -> list[Due]:
        """Announce of each community that waits for a hand as much as its hands lately made in such a time."""
        communities = set(ledger.sharing(c, self.tenant)) - stops.communities
        made = ledger.made_lately(c, self.tenant, LATELY) if communities else {}
        due: list[Due] = []
        for community in sorted(communities):
            pace = int(made.get(community, 0) * (self.every / LATELY))
            due += ledger.next_in_turn(c, self.tenant, community, max(FIRST_HANDS, pace), pause=EVERY_AT_LEAST)
        return due


def stops_of(paused: Iterable[Pause], *, is_long: bool) -> Stops:
    """Say what these pauses, and a long queue, keep from being swept."""
    paused = [*paused]
    return Stops(
        deliveries=is_long or any(_stops_deliveries(pause) for pause in paused),
        communities=frozenset(p.name for p in paused if p.scope is Scope.COMMUNITY),
        publications=frozenset(p.name for p in paused if p.scope is Scope.PUBLICATION),
        withdrawals=any((p.scope, p.name) == (Scope.QUEUE, "withdraw") for p in paused),
    )


def _stops_deliveries(pause: Pause) -> bool:
    if pause.scope is Scope.QUEUE:
        return pause.name == "deliver"
    return pause.scope in {Scope.TENANT, Scope.FLOW, Scope.VENDOR}  # one flow delivers so far, and needs both vendors
