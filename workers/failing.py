"""Notice that most of what a queue is given dies: a fault of ours must not empty a whole queue into dead letters."""

import threading
from collections import defaultdict, deque
from typing import Final

WINDOW: Final = 50


class Failing:
    """How the last events of each tenant ended, in one process and for one queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: defaultdict[str, deque[bool]] = defaultdict(lambda: deque(maxlen=WINDOW))

    def note(self, tenant: str, *, died: bool) -> bool:
        """Note how an event ended; return whether most of the last WINDOW died, and count anew if so."""
        with self._lock:
            ends = self._ends[tenant]
            ends.append(died)
            if not died or len(ends) < WINDOW or 2 * sum(ends) <= WINDOW:
                return False
            ends.clear()
            return True
