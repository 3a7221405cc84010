"""Where the time comes from: business time is injected everywhere, so that a test or the sandbox can move it."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells business time: licences, embargoes and deadlines follow it. Leases, time-outs and the ladder never do."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's present instant in UTC."""
        return datetime.now(UTC)
