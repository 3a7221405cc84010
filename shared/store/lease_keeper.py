"""
Hold leases while working: renewed by one background thread, but only while the present step is within its deadline.

A step that hangs longer than its deadline loses its lease, so another process may take over; the fence then keeps the
hanging hand from recording anything when it wakes.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

import structlog

from shared.errors import Unavailable
from shared.store import leases
from shared.store.engine import Database
from shared.store.leases import Lease

LASTING: Final = timedelta(seconds=15)
RENEW_EVERY_SECONDS: Final = 5.0

log = structlog.get_logger(__name__)


@dataclass
class Hold:
    """Leases in use, and how long the present step may take."""

    leases: tuple[Lease, ...]
    deadline: float = field(default=0.0)
    """Monotonic seconds; past it the leases are not renewed any more."""

    def step(self, within: timedelta) -> None:
        """Begin a step that ends within `within`, or loses its leases."""
        self.deadline = time.monotonic() + within.total_seconds()


class LeaseKeeper:
    """Takes, renews and releases the leases of one process. A context manager: leaving it stops the renewing."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner
        self._by_id: dict[int, Hold] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew_for_ever, name="lease-keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    @contextmanager
    def holding(self, tenant: str, kind: str, subjects: Sequence[str], *, within: timedelta) -> Iterator[Hold]:
        """Hold the leases of those `subjects` that could be had; the first step ends within `within`."""
        taken = leases.take(self._database, tenant, kind, subjects, owner=self._owner, lasting=LASTING)
        hold = Hold(tuple(taken.values()))
        hold.step(within)
        with self._lock:
            self._by_id[id(hold)] = hold
        try:
            yield hold
        finally:
            with self._lock:
                del self._by_id[id(hold)]
            if hold.leases:
                leases.release(self._database, hold.leases)

    def _renew_for_ever(self) -> None:
        while not self._stop.wait(RENEW_EVERY_SECONDS):
            with self._lock:
                live = [hold for hold in self._by_id.values() if hold.deadline > time.monotonic()]
            try:
                leases.renew(self._database, [lease for hold in live for lease in hold.leases], lasting=LASTING)
            except Unavailable as fault:
                log.warning("leases not renewed", error=str(fault))
            except Exception:
                log.exception("leases not renewed, by a bug")  # without this thread none would be renewed ever again
