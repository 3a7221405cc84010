"""
One subject, one hand, within a process: what arrives for a busy subject waits here and starts afresh afterwards.

Between processes the lease row does the same; this only spares a round up the ladder.
"""

import threading
from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class InWork(Generic[K, T]):
    """Which subjects are being worked on, and what waits for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[K, list[T]] = {}

    def claim(self, arrived: Mapping[K, list[T]]) -> dict[K, list[T]]:
        """Return the subjects that are free, now claimed; what arrived for a busy one waits for its present hand."""
        with self._lock:
            free = {subject: items for subject, items in arrived.items() if subject not in self._waiting}
            for subject, items in arrived.items():
                if subject in free:
                    self._waiting[subject] = []
                else:
                    self._waiting[subject].extend(items)
            return free

    def finish(self, subjects: Mapping[K, list[T]]) -> dict[K, list[T]]:
        """Give up `subjects`; return those for which something arrived meanwhile, still claimed, with what arrived."""
        again: dict[K, list[T]] = defaultdict(list)
        with self._lock:
            for subject in subjects:
                if waiting := self._waiting.pop(subject):
                    self._waiting[subject] = []
                    again[subject] = waiting
        return dict(again)
