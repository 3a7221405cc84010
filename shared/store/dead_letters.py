"""
Dead letters: events that nobody will try again by itself, until a person has looked and replays them.

One row a letter. A letter is known by the queue where it died and by its content, so the same one archived twice is one
row; one that was replayed and died again opens its row again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Connection, Executable, Select, and_, func, null, select, update

from shared.store.column_types import database_now
from shared.store.sets import ALWAYS, ROWS, encode, insert_into, locked, named, same_key
from shared.store.tables.working import DEAD_LETTER
from shared.store.text import storable


@dataclass(frozen=True)
class Letter:
    """An event that died; None where its message could not be read that far."""

    tenant: str | None
    queue: str
    flow: str | None
    event_type: str | None
    event_id: str | None
    key: str | None
    reason: str
    error: str
    attempts: int
    first_seen_at: datetime
    died_at: datetime
    trace: str | None
    body: str


@dataclass(frozen=True)
class Archived:
    """A letter as it is kept."""

    id: int
    letter: Letter
    replayed_at: datetime | None
    """When a person sent it back to its queue; None: it waits for one."""


FIELDS: Final = tuple(Letter.__dataclass_fields__)


def archive(c: Connection, letters: Sequence[Letter]) -> int:
    """
    Keep `letters` and return how many are new.

    One that is kept already takes its last death, and waits for a person again if it had been replayed.
    """
    if not letters:
        return 0
    rows = {(letter.queue, _digest(letter)): letter for letter in letters}
    keys = encode({"queue": queue, "digest": digest} for queue, digest in rows)
    known = c.execute(_finding(c.dialect.name), {ROWS: keys}).all()
    new = encode(asdict(letter) | {"digest": digest} for (_, digest), letter in rows.items())
    c.execute(_archiving(c.dialect.name), {ROWS: new})
    return len(rows) - len(known)


def page(
    c: Connection, tenant: str | None, *, queue: str | None = None, before: int | None = None, limit: int
) -> list[Archived]:
    """
    Return up to `limit` letters of a tenant, the latest first, those before the letter with the id `before`.

    None instead of a tenant asks for the letters whose tenant could not be read.
    """
    query = _letters_of(tenant)
    if queue is not None:
        query = query.where(DEAD_LETTER.c.queue == queue)
    if before is not None:
        query = query.where(DEAD_LETTER.c.id < before)
    return _archived(c, query.order_by(DEAD_LETTER.c.id.desc()).limit(limit))


def read(c: Connection, tenant: str | None, ids: Sequence[int]) -> list[Archived]:
    """Return these letters of a tenant, the oldest first."""
    query = _letters_of(tenant).where(DEAD_LETTER.c.id.in_(ids))
    return _archived(c, query.order_by(DEAD_LETTER.c.id))


def count(c: Connection, tenant: str) -> int:
    """Return how many letters of the tenant wait for a person."""
    waiting = select(func.count()).where(DEAD_LETTER.c.tenant == tenant, DEAD_LETTER.c.replayed_at.is_(None))
    counted: int = c.execute(waiting).scalar_one()
    return counted


def mark_replayed(c: Connection, letters: Sequence[Archived]) -> None:
    """Note that `letters` are back in their queues, confirmed; one that has died again meanwhile keeps waiting."""
    if letters:
        rows = encode({"id": one.id, "died_at": one.letter.died_at} for one in letters)
        c.execute(_replayed(c.dialect.name), {ROWS: rows})


def _digest(letter: Letter) -> str:
    return hashlib.sha256(storable(letter.body).encode()).hexdigest()


def _letters_of(tenant: str | None) -> Select[tuple[object, ...]]:
    columns = select(DEAD_LETTER.c.id, DEAD_LETTER.c.replayed_at, *(DEAD_LETTER.c[name] for name in FIELDS))
    return columns.where(DEAD_LETTER.c.tenant.is_(None) if tenant is None else DEAD_LETTER.c.tenant == tenant)


def _archived(c: Connection, query: Select[tuple[object, ...]]) -> list[Archived]:
    return [
        Archived(row.id, Letter(**{name: getattr(row, name) for name in FIELDS}), row.replayed_at)
        for row in c.execute(query)
    ]


@cache
def _finding(dialect: str) -> Executable:
    keys = named(dialect, DEAD_LETTER, "queue", "digest")
    return select(DEAD_LETTER.c.id).join(
        keys, and_(DEAD_LETTER.c.queue == keys.c.queue, DEAD_LETTER.c.digest == keys.c.digest)
    )


@cache
def _archiving(dialect: str) -> Executable:
    names = [*FIELDS, "digest"]
    rows = named(dialect, DEAD_LETTER, *names)
    ordered = select(*(rows.c[name] for name in names)).where(ALWAYS).order_by(rows.c.queue, rows.c.digest)
    insert = insert_into(dialect, DEAD_LETTER).from_select(names, ordered)
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[DEAD_LETTER.c.queue, DEAD_LETTER.c.digest],
        set_={
            "reason": new.reason,
            "error": new.error,
            "attempts": new.attempts,
            "died_at": new.died_at,
            "replayed_at": null(),
        },
    )


@cache
def _replayed(dialect: str) -> Executable:
    letters = locked(DEAD_LETTER, named(dialect, DEAD_LETTER, "id", "died_at"))
    return (
        update(DEAD_LETTER)
        .where(same_key(DEAD_LETTER, letters), DEAD_LETTER.c.died_at == letters.c.died_at)
        .values(replayed_at=database_now())
    )
