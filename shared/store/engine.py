"""
The database: short transactions on SQLite or PostgreSQL, run again when they met another one.

No session and no connection is held across anything but the body of a transaction (case K31). SQLite knows only one
writer: every writing transaction asks for its turn at its start, since one that reads first and writes later is
refused at once when another wrote in between, however long it is willing to wait (case K30).
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, QueuePool, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import Unavailable
from shared.store.column_types import database_now
from shared.store.connecting import WRITES, connect
from shared.store.faults import described, is_outage, is_passing

PAUSES_SECONDS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)  # writers that meet part after one; six times is an outage
TURN_WITHIN_SECONDS: Final = 30.0  # writing transactions take milliseconds: beyond this something hangs

T = TypeVar("T")


class Database:
    """The fleet's own memory, shared by all threads of a process."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        engine = connect(url, pool_size=pool_size)
        is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine
        # A read sees one moment on both databases: SQLite's way, and REPEATABLE READ on PostgreSQL.
        self._reading = engine.execution_options(
            **({} if is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        )
        self._writing = engine.execution_options(**{WRITES: True})
        # Threads of one process queue here and not in SQLite, which lets waiters poll and may starve one of them.
        self._turn: threading.Lock | None = threading.Lock() if is_sqlite else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Open a transaction that cannot write and sees one moment.

        Raises Unavailable when the database does not answer.
        """
        with translated(), self._reading.begin() as c:
            yield c

    def write(self, body: Callable[[Connection], T]) -> T:
        """
        Run `body` in one writing transaction, commit it and return its answer.

        The whole body runs again when the transaction met another one (deadlock, busy, serialisation failure), so it
        does nothing but read and write through its connection. After a broken connection it does not: the commit may
        have happened. Raises Unavailable when the database does not answer, and whatever the body raises.
        """
        with translated():
            for pause in PAUSES_SECONDS:
                try:
                    return self._write_once(body)
                except DBAPIError as fault:
                    if not is_passing(fault):
                        raise
                time.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))  # those who met must not meet again
            return self._write_once(body)

    def now(self, c: Connection) -> datetime:
        """Return the database's own clock, UTC: the one clock that all processes of the fleet share."""
        return c.execute(select(database_now())).scalar_one()

    def checked_out(self) -> int:
        """Return how many connections are in use."""
        pool = self._engine.pool
        return pool.checkedout() if isinstance(pool, QueuePool) else 0

    def ping(self) -> None:
        """Raise Unavailable unless the database answers."""
        with self.read() as c:
            self.now(c)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()

    def _write_once(self, body: Callable[[Connection], T]) -> T:
        with self._in_turn(), self._writing.begin() as c:
            return body(c)

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=TURN_WITHIN_SECONDS):
            raise Unavailable(f"no turn to write within {TURN_WITHIN_SECONDS:g} s")
        try:
            yield
        finally:
            self._turn.release()


@contextmanager
def translated() -> Iterator[None]:
    """Turn a driver's faults into ours; one that is a bug of ours stays what it is."""
    try:
        yield
    except PoolTimeoutError as fault:
        raise Unavailable("no database connection became free in time") from fault
    except DBAPIError as fault:
        if is_outage(fault):
            raise Unavailable(f"the database did not answer: {described(fault)}") from fault
        raise
