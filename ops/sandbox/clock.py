"""Business time of the sandbox: everybody's clock, and nobody's but the sandbox's."""

import threading
import time
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """
    A clock (`shared.clock.Clock`) that moves forward when told to, and on by itself if it is ticking.

    It never goes back: licences, links and tokens that have ended stay ended.
    """

    def __init__(self, start: datetime | None = None, *, is_ticking: bool = False) -> None:
        self._now = (start or datetime.now(UTC)).astimezone(UTC)
        self._is_ticking = is_ticking
        self._read_at = time.monotonic()
        self._moving = threading.Lock()

    def now(self) -> datetime:
        """Return the sandbox's present instant in UTC."""
        with self._moving:
            return self._ticked()

    def advance(self, by: timedelta) -> datetime:
        """Move forward and return the new instant. Raises ValueError for a step back."""
        if by < timedelta():
            raise ValueError("the sandbox's clock never goes back")
        with self._moving:
            self._now = self._ticked() + by
            return self._now

    def set(self, to: datetime) -> datetime:
        """Move forward to an instant and return it. Raises ValueError for an instant that has passed."""
        with self._moving:
            if to < self._ticked():
                raise ValueError("the sandbox's clock never goes back")
            self._now = to.astimezone(UTC)
            return self._now

    def _ticked(self) -> datetime:
        if self._is_ticking:
            at = time.monotonic()
            self._now += timedelta(seconds=at - self._read_at)
            self._read_at = at
        return self._now
