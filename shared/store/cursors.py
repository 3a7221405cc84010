"""How far each poller has read its source; moved only by the hand that read it where it stood."""

from dataclasses import dataclass

from sqlalchemy import Connection, Update, select, update

from shared.errors import Contended
from shared.store.column_types import database_now
from shared.store.sets import Insert, insert_into
from shared.store.tables.polling import CURSOR


@dataclass(frozen=True)
class Cursor:
    """A place in a source. Version 0: the poller has never been there."""

    value: str | None
    version: int


def read(c: Connection, tenant: str, poller: str) -> Cursor:
    """Return where `poller` of `tenant` stands."""
    row = c.execute(
        select(CURSOR.c.value, CURSOR.c.version).where(CURSOR.c.tenant == tenant, CURSOR.c.poller == poller)
    ).one_or_none()
    return Cursor(None, 0) if row is None else Cursor(row.value, row.version)


def advance(c: Connection, tenant: str, poller: str, seen: Cursor, value: str | None) -> Cursor:
    """
    Move the cursor from where it was `seen` to `value`; None is the source's start.

    Raises Contended when another hand has moved it since.
    """
    moved = Cursor(value, seen.version + 1)
    place = {"value": moved.value, "version": moved.version, "moved_at": database_now()}
    move: Insert | Update
    if seen.version == 0:
        move = (
            insert_into(c.dialect.name, CURSOR).values(tenant=tenant, poller=poller, **place).on_conflict_do_nothing()
        )
    else:
        move = (
            update(CURSOR)
            .where(CURSOR.c.tenant == tenant, CURSOR.c.poller == poller, CURSOR.c.version == seen.version)
            .values(**place)
        )
    if c.execute(move.returning(CURSOR.c.version)).one_or_none() is None:
        raise Contended(f"another hand has moved the cursor of {poller}")
    return moved
