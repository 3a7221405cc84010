"""
The journal: who got what, when, which version, under which verdict, caused by which event.

Lines are added and never changed or removed; there is no function that could.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Connection, Executable, select

from shared.store.column_types import COUNT
from shared.store.delivery import reasons_of, reasons_text
from shared.store.sets import ROWS, encode, insert_into, named
from shared.store.tables.delivering import JOURNAL


@dataclass(frozen=True)
class Entry:
    """A line of the journal; None where the action has no such thing."""

    tenant: str
    at: datetime
    """Business time."""
    action: str
    asset: str | None
    community: str | None
    publication: str | None
    document_id: str | None
    version: str | None
    decision: str | None
    reasons: tuple[str, ...]
    event_id: str | None
    detail: str
    """JSON text."""


@dataclass(frozen=True)
class Line:
    """An entry as it stands in the journal."""

    id: int
    """Counts up within the journal, with gaps."""
    entry: Entry


FIELDS: Final = tuple(Entry.__dataclass_fields__)


def append(c: Connection, entries: Sequence[Entry]) -> None:
    """Add `entries` at the end, in their order."""
    if entries:
        rows = encode(
            asdict(entry) | {"reasons": reasons_text(entry.reasons), "place": place}
            for place, entry in enumerate(entries)
        )
        c.execute(_appending(c.dialect.name), {ROWS: rows})


def page(c: Connection, tenant: str, *, after: int = 0, limit: int, asset: str | None = None) -> list[Line]:
    """
    Return up to `limit` lines after the line with the id `after`, oldest first; of one asset when it is named.

    A line that another transaction is still writing may turn up later under a lower id than one returned already.
    """
    query = select(JOURNAL.c.id, *(JOURNAL.c[name] for name in FIELDS)).where(
        JOURNAL.c.tenant == tenant, JOURNAL.c.id > after
    )
    if asset is not None:
        query = query.where(JOURNAL.c.asset == asset)
    return [
        Line(row.id, Entry(**{name: getattr(row, name) for name in FIELDS} | {"reasons": reasons_of(row.reasons)}))
        for row in c.execute(query.order_by(JOURNAL.c.id).limit(limit))
    ]


@cache
def _appending(dialect: str) -> Executable:
    rows = named(dialect, JOURNAL, *FIELDS, place=COUNT)
    ordered = select(*(rows.c[name] for name in FIELDS)).order_by(rows.c.place)
    return insert_into(dialect, JOURNAL).from_select(list(FIELDS), ordered)
