"""How we connect: what SQLite and PostgreSQL must be told so that one body of statements runs on both."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from shared.errors import Misconfigured

WRITES: Final = "fleet_writes"
"""Execution option of a connection whose transactions write."""

BUSY_SECONDS: Final = 5.0  # how long SQLite waits for the writer of another process before we try again
CONNECTION_WITHIN_SECONDS: Final = 30.0  # for a free connection: transactions are short, so a queue moves fast

# Far above what any statement of ours needs on a healthy server, far below a worker's patience with one event.
POSTGRESQL_LIMITS: Final = {
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# A cut connection is noticed within about a minute instead of the kernel's two hours.
POSTGRESQL_CONNECTION: Final = {
    "application_name": "fleet",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}


def connect(url: str, *, pool_size: int = 8) -> Engine:
    """
    Return an engine for `url`; nothing is opened yet.

    Raises Misconfigured when the URL is neither sqlite:///file nor postgresql+psycopg://.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as fault:
        raise Misconfigured("database.url cannot be read; allowed: sqlite:///file, postgresql+psycopg://...") from fault
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return _sqlite(parsed, pool_size)
        case "postgresql+psycopg":
            return _postgresql(parsed, pool_size)
        case other:
            raise Misconfigured(f"database.url begins with {other!r}; allowed: sqlite, postgresql+psycopg")


def _postgresql(url: URL, pool_size: int) -> Engine:
    limits = " ".join(f"-c {name}={value}" for name, value in POSTGRESQL_LIMITS.items())
    arguments = {"options": limits, **POSTGRESQL_CONNECTION}
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECTION_WITHIN_SECONDS,
        pool_pre_ping=True,  # a connection that the server or a firewall closed meanwhile is replaced, not met
        hide_parameters=True,  # parameters hold tokens and partners' text; errors are logged
        connect_args={name: value for name, value in arguments.items() if name not in url.query},
    )


def _sqlite(url: URL, pool_size: int) -> Engine:
    if url.database in {None, "", ":memory:"}:
        raise Misconfigured("database.url names no file; a database in memory cannot be shared by connections")
    if not Path(url.database or "").absolute().parent.is_dir():
        raise Misconfigured(f"the folder of database.url does not exist: {Path(url.database or '').absolute().parent}")
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CONNECTION_WITHIN_SECONDS,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "do_connect", _keep_file_private)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _keep_file_private(_dialect: object, _entry: object, arguments: list[str], _named: object) -> None:
    # SQLite makes files as the umask says, mostly readable by everybody; this one holds tokens. What SQLite puts beside
    # it gets the same mode. Where the file cannot be made, SQLite says so better.
    with suppress(OSError):
        Path(arguments[0]).touch(mode=0o600, exist_ok=True)


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions on its own: it does so too late
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"not SQLite: {driver!r}")
    driver.execute(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
