"""
Announce again what is wanted and not yet so: the safety net under every executor.

Announces  fleet.delivery.due, fleet.withdrawal.due
Reads      the ledger's rows whose wanted generation was not made
Writes     when each row may be announced next: later and later, withdrawals never more than seconds apart
Never      hurries an executor that is at it: the lease on the row decides
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.messaging.dues import due_event
from shared.messaging.publisher import Publisher
from shared.store import ledger
from shared.store.engine import Database
from shared.store.leases import Lease

PAGE: Final = 500
EVERY_AT_LEAST: Final = timedelta(seconds=5)  # longer than most deliveries take: announcing sooner helps nobody
EVERY_AT_MOST: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Sweeper:
    """The unmade rows of one tenant."""

    tenant: str
    database: Database
    publisher: Publisher
    every: timedelta = timedelta(seconds=2)
    name: str = "sweeper"

    def poll_once(self, lease: Lease) -> bool:
        """Announce one page of unmade rows whose turn has come; return whether there may be more."""
        del lease  # announcing is harmless in two hands
        due = self.database.write(
            lambda c: ledger.unmade(c, self.tenant, PAGE, every_at_least=EVERY_AT_LEAST, at_most=EVERY_AT_MOST)
        )
        self.publisher.announce([due_event(self.tenant, row, source=self.name) for row in due])
        return len(due) == PAGE
