"""What both simulated vendors share: time, faults, a journal of requests, and the list of what is only assumed."""

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from ops.sandbox.clock import VirtualClock
from ops.sandbox.faults import FaultBook

JOURNAL_ENTRIES: Final = 10_000  # enough for a scenario; a load run must not fill memory


class Assumption(BaseModel):
    """A behaviour that no public record supports."""

    model_config = ConfigDict(frozen=True)

    vendor: str
    behaviour: str
    section: str
    """Where the dossier says so."""


class Entry(BaseModel):
    """One request to a simulated vendor, by business time. Never a query, a header or a body."""

    model_config = ConfigDict(frozen=True)

    number: int
    at: datetime
    vendor: str
    operation: str
    method: str
    path: str
    status: int | None
    """None: no answer left."""
    fault: str | None


class Journal:
    """The last requests, numbered from 1."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=JOURNAL_ENTRIES)
        self._number = 0
        self._writing = threading.Lock()

    def write(  # noqa: PLR0913 - the columns of a line, all named
        self,
        *,
        at: datetime,
        vendor: str,
        operation: str,
        method: str,
        path: str,
        status: int | None,
        fault: str | None,
    ) -> None:
        """Append one request."""
        with self._writing:
            self._number += 1
            self._entries.append(
                Entry(
                    number=self._number,
                    at=at,
                    vendor=vendor,
                    operation=operation,
                    method=method,
                    path=path,
                    status=status,
                    fault=fault,
                )
            )

    def after(self, number: int = 0) -> list[Entry]:
        """Return the entries with a higher number that are still kept."""
        with self._writing:
            return [entry for entry in self._entries if entry.number > number]


class World:
    """One sandbox."""

    def __init__(self, clock: VirtualClock | None = None, *, seed: int = 0) -> None:
        self.clock = clock or VirtualClock()
        self.faults = FaultBook(seed=seed)
        self.journal = Journal()
        self._assumptions: dict[Assumption, None] = {}

    @property
    def assumptions(self) -> list[Assumption]:
        """Return every assumed behaviour of the vendors in this world."""
        return list(self._assumptions)

    def assume(self, assumptions: Iterable[Assumption]) -> None:
        """Own up to behaviours that are only assumed."""
        self._assumptions.update(dict.fromkeys(assumptions))
