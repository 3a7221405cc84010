"""
What was written on the simulated host, and what is being written right now.

A write is under way from its arrival until it is applied or refused, also while a planned fault holds it up, and after
its caller has given up: a late write is what a crashed or frozen worker leaves behind.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.clock import Clock

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ENTRY: Final = "trading_grid_write"
_KEPT_BYTES: Final = 64 * 1024  # more than any metadata; files are never kept


@dataclass(frozen=True)
class Write:
    """One write that arrived. Whether it was applied is settled when it has ended, whatever its caller got to hear."""

    seq: int
    at: datetime
    operation: str
    external_key: str | None = None
    object_id: str | None = None
    applied: bool = False
    ended_at: datetime | None = None


@dataclass
class Entry:
    """A write that is under way; the surface notes here what it learns and does."""

    seq: int
    external_key: str | None = None
    object_id: str | None = None
    applied: bool = False

    def apply(self, object_id: str) -> None:
        """Note that the host did it."""
        self.object_id, self.applied = object_id, True


@dataclass
class WriteLog:
    """Every write in the order of arrival, and how many of each kind are under way."""

    clock: Clock
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _writes: list[Write] = field(default_factory=list, repr=False)
    _under_way: dict[int, Entry] = field(default_factory=dict, repr=False)

    @contextmanager
    def under_way(self, operation: str) -> Iterator[Entry]:
        """Hold the entry of a write from its arrival to its end."""
        with self._lock:
            entry = Entry(len(self._writes) + 1)
            self._writes.append(Write(entry.seq, self.clock.now(), operation))
            self._under_way[entry.seq] = entry
        try:
            yield entry
        finally:
            with self._lock:
                self._writes[entry.seq - 1] = replace(self._present(entry.seq), ended_at=self.clock.now())
                del self._under_way[entry.seq]

    def writes(self, *, after: int = 0) -> list[Write]:
        """Return the writes that arrived after number `after`, as they stand."""
        with self._lock:
            return [self._present(seq) for seq in range(max(after, 0) + 1, len(self._writes) + 1)]

    def in_flight(self) -> dict[str, int]:
        """Return how many writes of each kind may still be applied; a kind of which there is none is left out."""
        with self._lock:
            pending = [seq for seq, entry in self._under_way.items() if not entry.applied]
            return dict(Counter(self._writes[seq - 1].operation for seq in pending))

    def _present(self, seq: int) -> Write:
        write = self._writes[seq - 1]
        if (entry := self._under_way.get(seq)) is None:
            return write
        return replace(write, external_key=entry.external_key, object_id=entry.object_id, applied=entry.applied)


class WriteLogging:
    """ASGI middleware: logs each write that meets one of the vendor's routes. It stands outside of the faults."""

    def __init__(self, app: ASGIApp, *, log: WriteLog, operations: Sequence[BaseRoute]) -> None:
        self._app = app
        self._log = log
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        operation = self._write(scope)
        if operation is None:
            await self._app(scope, receive, send)
            return
        with self._log.under_way(operation) as entry:
            scope[_ENTRY] = entry
            small = _content_length(scope) <= _KEPT_BYTES
            await self._app(scope, await _arrived(receive) if small else receive, send)

    def _write(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or scope["method"] in _READS:
            return None
        met = (route for route in self._operations if route.matches(scope)[0] is Match.FULL)
        return getattr(next(met, None), "name", None)


async def _arrived(receive: Receive) -> Receive:
    """
    Wait for the request's body, and hand it out however late it is asked for.

    The server forgets a body whose sender has hung up. On a real network it is on its way by then, and is acted upon.
    """
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    waiting = iter(messages)

    async def replayed() -> Message:
        return next(waiting, None) or await receive()

    return replayed


def _content_length(scope: Scope) -> int:
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return _KEPT_BYTES + 1
    return int(headers.get(b"content-length", b"0"))


def entry_of(scope: Scope) -> Entry:
    """Return the entry of a request that is a write."""
    entry = scope[_ENTRY]
    if not isinstance(entry, Entry):
        raise TypeError("the request was not logged as a write")
    return entry
