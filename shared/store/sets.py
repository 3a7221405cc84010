"""
Whole sets of rows in one statement: round trips and commits decide the speed, not the rows (evidence 4, 7, 10).

A set travels as one JSON parameter that the database unfolds into a relation. So the statement's text does not depend
on the size of the set: it is built, compiled and prepared once, and no limit on parameters is met.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import (
    CTE,
    ColumnElement,
    Subquery,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

from shared.store.column_types import instant_text
from shared.store.text import is_storable, storable

ROWS: Final = "rows"
"""The parameter that carries the set; its value is made by `encode`."""

# Without a WHERE, SQLite reads the ON of ON CONFLICT as the ON of a join.
ALWAYS: Final = literal_column("1") == literal_column("1")

Value: TypeAlias = str | int | float | bool | datetime | None
Insert: TypeAlias = postgresql.Insert | sqlite.Insert


def encode(rows: Iterable[Mapping[str, Value]]) -> str:
    """Write a set of rows as the one parameter that carries it, every text in it cleaned to be stored."""
    listed = list(rows)
    written = _JSON.encode(listed)
    # One look at the whole instead of one at each value. A NUL can hide in JSON only as its escape; text that itself
    # spells that escape merely takes the slow way.
    if _ESCAPED_NUL in written or not is_storable(written):
        written = _JSON.encode([{name: _clean(value) for name, value in row.items()} for row in listed])
    return written


def given(dialect: str, columns: Mapping[str, TypeEngine[Any]]) -> Subquery:
    """Return the relation that the parameter ROWS carries."""
    rows = bindparam(ROWS, type_=Text())
    if dialect == "postgresql":
        record = func.jsonb_to_recordset(cast(rows, postgresql.JSONB)).table_valued(
            *(column(name, kind) for name, kind in columns.items()), name="record"
        )
        return select(record.render_derived(with_types=True)).subquery("given")
    element = func.json_each(rows).table_valued("value", name="element")
    return (
        select(
            *(
                type_coerce(func.json_extract(element.c.value, literal_column(f"'$.{name}'")), kind).label(name)
                for name, kind in columns.items()
            )
        )
        .select_from(element)
        .subquery("given")
    )


def named(dialect: str, table: Table, *names: str, **more: TypeEngine[Any]) -> Subquery:
    """Return the given relation with these columns of `table`, and `more` that the table does not have."""
    return given(dialect, {name: table.c[name].type for name in names} | more)


def insert_into(dialect: str, table: Table) -> Insert:
    """Return an insert that knows ON CONFLICT, which both databases spell alike but SQLAlchemy keeps apart."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def insert_given(dialect: str, table: Table, rows: Subquery) -> Insert:
    """Return an insert of all `rows`, in the order of their keys; a column may be missing where it has a default."""
    ordered = select(*rows.c).where(ALWAYS).order_by(*(rows.c[name] for name in _keys(table) if name in rows.c))
    return insert_into(dialect, table).from_select(list(rows.c.keys()), ordered)


def locked(table: Table, rows: Subquery) -> CTE:
    """
    Return `rows` that are in `table` by primary key, locked there in the order of their keys.

    Two sets that touch the same rows, each in one statement, then never wait for each other crosswise.
    """
    return (
        select(*rows.c)
        .select_from(table.join(rows, same_key(table, rows)))
        .order_by(*table.primary_key.columns)
        .with_for_update(of=table)
        .cte("locked")
    )


def same_key(table: Table, rows: Subquery | CTE) -> ColumnElement[bool]:
    """Match a row of `table` with the row of `rows` that has its primary key."""
    return and_(*(table.c[name] == rows.c[name] for name in _keys(table)))


def _keys(table: Table) -> list[str]:
    return table.primary_key.columns.keys()


def _clean(value: Value) -> Value:
    return storable(value) if isinstance(value, str) else value


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    raise TypeError(f"a set of rows cannot carry {type(value).__name__}")


_ESCAPED_NUL: Final = "\\u0000"
_JSON: Final = json.JSONEncoder(ensure_ascii=False, default=_instant)
