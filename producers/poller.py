"""
The loop that all pollers share: fetch a page, mirror it, announce what changed, save the cursor.

A poller decides nothing. It may see the same thing twice and announce it twice: workers reconcile, so doubles are
harmless, and there is no outbox (`ops/decisions/0001-no-outbox.md`). One hand polls a source at a time, by lease.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import structlog

from shared.errors import FleetError
from shared.metrics import Metrics
from shared.store.lease_keeper import LASTING, LeaseKeeper
from shared.store.leases import Lease

AT_ONCE: Final = timedelta()
PAGE_WITHIN: Final = timedelta(minutes=2)  # a page of slow answers and its confirms; beyond it another process polls
FIRST_BACK_OFF: Final = timedelta(seconds=1)
LONGEST_BACK_OFF: Final = timedelta(minutes=5)
PATIENCE: Final = 10  # turns: what looks every second or two is back within seconds once an outage ends

log = structlog.get_logger(__name__)


class Poller(Protocol):
    """One source of change events of one tenant."""

    @property
    def name(self) -> str:
        """File, function, metric label and cursor key."""
        ...

    @property
    def tenant(self) -> str:
        """Whose source it is."""
        ...

    @property
    def every(self) -> timedelta:
        """How long to rest when the source has nothing more."""
        ...

    def poll_once(self, lease: Lease) -> bool:
        """Work off one page, write under the fence of `lease`, and return whether there may be more at once."""
        ...


@dataclass(frozen=True)
class Loop:
    """Runs one poller until told to stop."""

    poller: Poller
    leases: LeaseKeeper
    metrics: Metrics
    stopping: threading.Event
    beat: Callable[[], None]
    """Tells liveness that the loop still turns."""

    def run(self) -> None:
        """Poll until `stopping` is set. A fault is logged and counted, and each further one makes the rest longer."""
        faults = 0
        while not self.stopping.is_set():
            self.beat()
            try:
                rest, faults = self._poll_in_turn(), 0
            except FleetError as fault:
                rest, faults = back_off(faults, self.poller.every), faults + 1
                log.warning("poll failed", poller=self.poller.name, tenant=self.poller.tenant, error=str(fault))
            except Exception:
                rest, faults = back_off(faults, self.poller.every), faults + 1
                log.exception("poll failed by a bug", poller=self.poller.name, tenant=self.poller.tenant)
            self._rest(rest)

    def _poll_in_turn(self) -> timedelta:
        """Poll one page unless another process is at it; return how long to rest."""
        name, tenant = self.poller.name, self.poller.tenant
        with self.leases.holding(tenant, "poller", [name], within=PAGE_WITHIN) as hold:
            if not hold.leases:
                return LASTING  # by then its holder has finished, or is dead and can be replaced
            with self.metrics.polling(name):
                return AT_ONCE if self.poller.poll_once(hold.leases[0]) else self.poller.every

    def _rest(self, time: timedelta) -> None:
        # In steps, so that liveness hears of us during a long rest too.
        left = time.total_seconds()
        while left > 0 and not self.stopping.wait(min(left, 5.0)):
            self.beat()
            left -= 5.0


def back_off(faults: int, every: timedelta) -> timedelta:
    """Say how long a poller that turns `every` so often rests after as many faults in a row, and then one more."""
    longest = min(max(every, FIRST_BACK_OFF) * PATIENCE, LONGEST_BACK_OFF)
    return min(FIRST_BACK_OFF * (1 << min(faults, 16)), longest)
