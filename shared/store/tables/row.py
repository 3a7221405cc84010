"""
What all tables share.

Rows are read and written by Core statements (evidence 7), so the classes carry columns, keys and indexes and no
behaviour. A partial index serves each question that is asked again and again and concerns few of many rows: what is
unmade, unannounced, still to come.
"""

from typing import Final

from sqlalchemy import Index, MetaData, Table, text
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

METADATA: Final = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s"})


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """A row of the fleet's own memory."""


def table_of(row: type[Row]) -> Table:
    """Return the table behind a class of rows."""
    return METADATA.tables[str(row.__tablename__)]


def partial_index(name: str, *columns: str, where: str) -> Index:
    """Index only the rows for which `where` holds; a query must ask for it in the same words to use it."""
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))
