"""
What a source held when a poller last saw it: one implementation for every mirror.

`revision` counts the changes of a record that we saw, `announced_revision` the last one that anybody was told of. The
difference does what an outbox would do: whatever dies in between, the next poll announces what is not announced yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Executable, Select, Table, and_, literal, select, text, update

from shared.store.column_types import database_now
from shared.store.sets import ROWS, encode, insert_given, locked, named, same_key
from shared.store.tables.polling import COMMUNITY, LICENCE, UNANNOUNCED
from shared.store.text import storable

MirrorName = Literal["licence", "community"]
TABLES: Final[dict[MirrorName, Table]] = {"licence": LICENCE, "community": COMMUNITY}


@dataclass(frozen=True)
class Sighting:
    """A record as a poller saw it."""

    key: str
    digest: str
    """Tells one content of the record from another."""
    order: int
    """The vendor's own ordering: an older one never overwrites a newer one."""
    body: str
    """JSON text."""


@dataclass(frozen=True)
class MirrorRow:
    """A record as last seen."""

    key: str
    revision: int
    digest: str
    order: int
    body: str
    seen_at: datetime
    """When this revision was first seen, or announced again."""


class Mirror:
    """The mirror of one source."""

    def __init__(self, name: MirrorName) -> None:
        self._table = TABLES[name]

    def upsert(self, c: Connection, tenant: str, sightings: Sequence[Sighting]) -> int:
        """
        Note what was seen and return how many records changed: those are unannounced from now on.

        A record seen again unchanged is not written at all; a sighting older than what we hold is ignored. Of several
        sightings of one key the newest counts.
        """
        seen = _newest(sightings)
        if not seen:
            return 0
        keys = encode({"tenant": tenant, "key": key} for key in seen)
        held = {
            row.key: (row.digest, row.ordering)
            for row in c.execute(_reading(c.dialect.name, self._table), {ROWS: keys})
        }
        news = [s for s in seen.values() if s.key not in held or _is_news(s, *held[s.key])]
        echoes = [s for s in seen.values() if s.key in held and _is_later_echo(s, *held[s.key])]
        if echoes:
            c.execute(_noting_order(c.dialect.name, self._table), {ROWS: _encoded(tenant, echoes)})
        if not news:
            return 0
        return len(c.execute(_changing(c.dialect.name, self._table), {ROWS: _encoded(tenant, news)}).all())

    def unannounced(self, c: Connection, tenant: str, limit: int) -> list[MirrorRow]:
        """Return up to `limit` records that changed since they were announced, those seen first at the front."""
        table = self._table
        return _rows(
            c,
            _every_column(table)
            .where(table.c.tenant == tenant, text(UNANNOUNCED))
            .order_by(table.c.seen_at, table.c.key)
            .limit(limit),
        )

    def mark_announced(self, c: Connection, tenant: str, rows: Sequence[tuple[str, int]]) -> None:
        """Note that these revisions of these keys were announced; a later one noted already stays noted."""
        if rows:
            announced = encode({"tenant": tenant, "key": key, "announced_revision": revision} for key, revision in rows)
            c.execute(_announced(c.dialect.name, self._table), {ROWS: announced})

    def announce_again(self, c: Connection, tenant: str, keys: Sequence[str]) -> None:
        """Have these records announced once more, unchanged: their change counts as seen now."""
        if keys:
            c.execute(
                _unannounced_again(c.dialect.name, self._table),
                {ROWS: encode({"tenant": tenant, "key": key} for key in keys)},
            )

    def read(self, c: Connection, tenant: str, keys: Sequence[str]) -> dict[str, MirrorRow]:
        """Return those of `keys` that were ever seen."""
        if not keys:
            return {}
        rows = encode({"tenant": tenant, "key": key} for key in keys)
        return {row.key: row for row in _rows(c, _reading(c.dialect.name, self._table), {ROWS: rows})}

    def page(self, c: Connection, tenant: str, after: str | None, limit: int) -> list[MirrorRow]:
        """Return up to `limit` records in the order of their keys, after the key `after`; None: from the start."""
        table = self._table
        beyond = [] if after is None else [table.c.key > after]
        return _rows(
            c, _every_column(table).where(table.c.tenant == tenant, *beyond).order_by(table.c.key).limit(limit)
        )


def _newest(sightings: Iterable[Sighting]) -> dict[str, Sighting]:
    newest: dict[str, Sighting] = {}
    for sighting in sightings:
        key = storable(sighting.key)
        if key not in newest or sighting.order >= newest[key].order:
            newest[key] = replace(sighting, key=key)
    return newest


def _is_news(sighting: Sighting, digest: str, order: int) -> bool:
    return sighting.order >= order and sighting.digest != digest


def _is_later_echo(sighting: Sighting, digest: str, order: int) -> bool:
    """Tell whether only the vendor's ordering moved: unless noted, something in between could overwrite later."""
    return sighting.order > order and sighting.digest == digest


def _encoded(tenant: str, sightings: Iterable[Sighting]) -> str:
    return encode(
        {"tenant": tenant, "key": s.key, "digest": s.digest, "ordering": s.order, "body": s.body} for s in sightings
    )


def _rows(
    c: Connection, query: Select[tuple[object, ...]], parameters: dict[str, str] | None = None
) -> list[MirrorRow]:
    return [
        MirrorRow(row.key, row.revision, row.digest, row.ordering, row.body, row.seen_at)
        for row in c.execute(query, parameters)
    ]


@cache
def _reading(dialect: str, table: Table) -> Select[tuple[object, ...]]:
    return _every_column(table).join(keys := named(dialect, table, "tenant", "key"), same_key(table, keys))


@cache
def _changing(dialect: str, table: Table) -> Executable:
    seen = named(dialect, table, "tenant", "key", "digest", "ordering", "body")
    first: dict[str, ColumnElement[Any]] = {
        "revision": literal(1),
        "announced_revision": literal(0),
        "seen_at": database_now(),
    }
    insert = insert_given(
        dialect, table, select(seen, *(value.label(name) for name, value in first.items())).subquery("new")
    )
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={
            "digest": new.digest,
            "ordering": new.ordering,
            "body": new.body,
            "seen_at": new.seen_at,
            "revision": table.c.revision + 1,
        },
        where=and_(new.ordering >= table.c.ordering, new.digest != table.c.digest),
    ).returning(table.c.key)


@cache
def _noting_order(dialect: str, table: Table) -> Executable:
    seen = locked(table, named(dialect, table, "tenant", "key", "digest", "ordering"))
    return (
        update(table)
        .where(same_key(table, seen), table.c.digest == seen.c.digest, table.c.ordering < seen.c.ordering)
        .values(ordering=seen.c.ordering)
    )


@cache
def _announced(dialect: str, table: Table) -> Executable:
    told = locked(table, named(dialect, table, "tenant", "key", "announced_revision"))
    return (
        update(table)
        .where(same_key(table, told), table.c.announced_revision < told.c.announced_revision)
        .values(announced_revision=told.c.announced_revision)
    )


@cache
def _unannounced_again(dialect: str, table: Table) -> Executable:
    again = locked(table, named(dialect, table, "tenant", "key"))
    return (
        update(table)
        .where(same_key(table, again))
        .values(announced_revision=table.c.revision - 1, seen_at=database_now())
    )


def _every_column(table: Table) -> Select[tuple[object, ...]]:
    return select(table.c.key, table.c.revision, table.c.digest, table.c.ordering, table.c.body, table.c.seen_at)
