"""What was written on the simulated host, and what is being written right now."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock


@dataclass
class Entry:
    """One write that arrived. It is applied or not by the time it has ended, whatever the caller got to hear."""

    seq: int
    at: datetime
    operation: str
    external_key: str | None = None
    document_id: str | None = None
    applied: bool = False
    ended_at: datetime | None = None
    status: int | None = None


class Journal:
    """Every write in the order of arrival, and how many of each kind are under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._in_flight: Counter[str] = Counter()

    @contextmanager
    def write(self, operation: str) -> Iterator[Entry]:
        """Hold the entry of a write that is under way."""
        with self._lock:
            entry = Entry(len(self._entries) + 1, self._clock.now(), operation)
            self._entries.append(entry)
            self._in_flight[operation] += 1
        try:
            yield entry
        finally:
            with self._lock:
                entry.ended_at = self._clock.now()
                self._in_flight[operation] -= 1

    def entries(self, *, after: int = 0) -> list[Entry]:
        """Return the writes that arrived after number `after`."""
        with self._lock:
            return self._entries[max(after, 0) :]

    def in_flight(self) -> dict[str, int]:
        """Return how many writes of each kind are under way; kinds that ever arrived."""
        with self._lock:
            return dict(self._in_flight)
