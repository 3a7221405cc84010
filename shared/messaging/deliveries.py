"""What a consumer hands to an actor: one event, or all that waited, each with what is needed to settle it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

SET_LIMIT: Final = 200  # beyond some hundreds a set saves no more round trips and only makes a failed one dearer


@dataclass(frozen=True)
class Delivery:
    """One message as the broker delivered it."""

    tag: int
    body: bytes
    headers: Mapping[str, object]
    is_redelivered: bool
    settled: Callable[[int], None] = field(repr=False, compare=False)

    def settle(self) -> None:
        """Say that this delivery has ended and may be acknowledged; until then the broker keeps it."""
        self.settled(self.tag)


@dataclass
class Batch:
    """
    Deliveries of one queue that one worker thread takes together.

    The consumer goes on adding to a batch until a worker takes it, so a quiet queue sees single events at once and a
    busy one sees sets, and nobody waits for a set to fill.
    """

    limit: int
    _deliveries: list[Delivery] = field(default_factory=list)
    _is_open: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, delivery: Delivery) -> bool:
        """Add `delivery` and return True; False when a worker has taken the batch, or it is full."""
        with self._lock:
            if not self._is_open or len(self._deliveries) >= self.limit:
                return False
            self._deliveries.append(delivery)
            return True

    def take(self) -> tuple[Delivery, ...]:
        """Close the batch and return its deliveries, oldest first."""
        with self._lock:
            self._is_open = False
            return tuple(self._deliveries)

    def __repr__(self) -> str:
        """Return a short text: Dramatiq logs its messages, and a body belongs in no log."""
        return f"Batch({len(self._deliveries)} deliveries)"
