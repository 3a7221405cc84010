"""One slow partner never delays another: how many hands of an executor one community may have at a time."""

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.errors import Stopped
from shared.messaging.topology import WorkQueue

SHARES: Final = 4
WAIT_SECONDS: Final = 0.5
"""A hand of a healthy community is free again by then; a slow one's events leave the threads to others."""


class OverShare(Stopped):
    """Its community has as many hands as it may have."""


class Shares:
    """The hands of one process, by queue, tenant and community."""

    def __init__(self, communities: int) -> None:
        """`communities`: among how many the hands are shared; with fewer than four each may have more."""
        self._parts = max(1, min(SHARES, communities))
        self._changed = threading.Condition()
        self._busy: Counter[tuple[str, str, str]] = Counter()

    @contextmanager
    def hand(self, queue: WorkQueue, tenant: str, community: str) -> Iterator[None]:
        """Work for `community` with one hand; raises OverShare when none of its own comes free in time."""
        key, most = (queue.name, tenant, community), self.most(queue)
        with self._changed:
            if not self._changed.wait_for(lambda: self._busy[key] < most, WAIT_SECONDS):
                raise OverShare
            self._busy[key] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy[key] -= 1
                self._changed.notify_all()

    def most(self, queue: WorkQueue) -> int:
        """Return how many hands one community may have: a quarter, of withdrawals all but a quarter."""
        share = math.ceil(queue.threads / self._parts)
        return max(share, queue.threads - share) if queue.is_urgent else share
