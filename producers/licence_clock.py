"""
Announce the instants at which a right begins, is about to end, or has ended: the vendor never does (dossier 4.5).

Announces  clock.right.began, clock.right.ending, clock.right.ended
Reads      the deadlines that planners noted, by business time; after hours of downtime all that passed, in order
Writes     that they were announced
Never      judges: the planner does, with the facts of that moment
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from shared.clock import Clock
from shared.events import ChangeEvent, Flow, RightBegan, RightEnded, RightEnding, announce
from shared.messaging.publisher import Publisher
from shared.store import deadlines, leases
from shared.store.deadlines import Deadline
from shared.store.engine import Database
from shared.store.leases import Lease

PAGE: Final = 500
TURNS: Final[dict[str, type[ChangeEvent]]] = {"began": RightBegan, "ending": RightEnding, "ended": RightEnded}


@dataclass(frozen=True)
class LicenceClock:
    """The deadlines of one tenant."""

    tenant: str
    database: Database
    publisher: Publisher
    clock: Clock
    every: timedelta = timedelta(seconds=1)
    name: str = "licence_clock"

    def poll_once(self, lease: Lease) -> bool:
        """Announce what came due; return whether more is due already."""
        now = self.clock.now()
        with self.database.read() as c:
            due = deadlines.due(c, self.tenant, now, PAGE)
        self.publisher.announce(
            [
                announce(
                    TURNS[deadline.turn],
                    source=f"{self.name}/{deadline.turn}",
                    tenant=self.tenant,
                    key=deadline.asset,
                    version=math.ceil(deadline.at.timestamp()),  # never before it: the planner judges at this instant
                    seen_at=datetime.now(UTC),  # an effect's age counts in real time, also under a moved business clock
                    flow=Flow.PUBLISH_ASSETS,
                )
                for deadline in due
            ]
        )
        if due:
            self.database.write(lambda c: _note(c, lease, due))
        return len(due) == PAGE


def _note(c: Connection, lease: Lease, due: Sequence[Deadline]) -> None:
    leases.guard(c, [lease])
    deadlines.mark_announced(c, due)
