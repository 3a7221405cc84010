"""Column types that mean the same on SQLite and on PostgreSQL, and the database's own clock as an expression."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Float, Integer, Text, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from shared.store.text import storable


class StoredText(TypeDecorator[str]):
    """Text of any length, cleaned before it is stored, and compared by code point on both databases."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Order by code point on PostgreSQL as SQLite does: keyset pages then pass the keys in one order everywhere."""
        return postgresql.TEXT(collation="C") if dialect.name == "postgresql" else sqlite.TEXT()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean what goes in."""
        del dialect
        return None if value is None else storable(value)


class Instant(TypeDecorator[datetime]):
    """
    An instant with microseconds: aware and in UTC, whatever zone it came in.

    SQLite holds it as text of one width, so that comparing the text compares the instants. A naive datetime is refused
    with ValueError: it names no instant.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:
        """Choose the column's own type."""
        return postgresql.TIMESTAMP(timezone=True) if dialect.name == "postgresql" else sqlite.TEXT()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        """Write it in UTC."""
        if value is None:
            return None
        return _in_utc(value) if dialect.name == "postgresql" else instant_text(value)

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        """Read it in UTC."""
        del dialect
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return None if value is None else value.astimezone(UTC)


COUNT: Final = BigInteger()
"""Whole numbers that may outgrow 32 bits: sizes of files, the vendor's own orderings, generations."""
ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
"""Counted up by the database; SQLite does so only for its own INTEGER, which has 64 bits too."""


def instant_text(value: datetime) -> str:
    """Write an instant as both databases read it: UTC, microseconds, always of the same width."""
    return _in_utc(value).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no zone, so it names no instant")
    return value.astimezone(UTC)


class database_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The database's own clock at this moment, not at the start of the transaction."""

    type = Instant()
    inherit_cache = True


class _SecondsFromNow(FunctionElement[datetime]):
    type = Instant()
    inherit_cache = True


def from_now(parameter: str) -> ColumnElement[datetime]:
    """Return the database's clock plus as many seconds as the parameter of this name says."""
    return _SecondsFromNow(bindparam(parameter, type_=Float()))


@compiles(database_now)
def _now(_element: database_now, compiler: SQLCompiler, **_: object) -> str:
    if compiler.dialect.name == "postgresql":
        return "clock_timestamp()"
    return _sqlite_clock("'now'")


@compiles(_SecondsFromNow)
def _seconds_from_now(element: _SecondsFromNow, compiler: SQLCompiler, **kw: Mapping[str, object]) -> str:
    seconds = compiler.process(element.clauses, **kw)
    if compiler.dialect.name == "postgresql":
        return f"clock_timestamp() + make_interval(secs => CAST({seconds} AS double precision))"
    return _sqlite_clock(f"'now', {seconds} || ' seconds'")


def _sqlite_clock(arguments: str) -> str:
    # SQLite's clock has milliseconds; three noughts make its text as wide as every other instant.
    return f"strftime('%Y-%m-%dT%H:%M:%f000Z', {arguments})"
