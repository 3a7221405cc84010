"""The instants at which a right of an asset turns, noted by planners and announced by the licence clock."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, delete, false, select, text, true, tuple_, update

from shared.store.sets import ROWS, encode, insert_given, locked, named, same_key
from shared.store.tables.polling import DEADLINE, TO_COME


@dataclass(frozen=True)
class Deadline:
    """A right of `asset` turns at this instant of business time."""

    tenant: str
    asset: str
    at: datetime
    turn: str
    """Began, ending or ended."""


def replace(c: Connection, tenant: str, turns: Mapping[str, Sequence[tuple[datetime, str]]]) -> None:
    """Make these all the deadlines of these assets; what was announced and stays is not announced again."""
    if not turns:
        return
    rows = encode(
        {"tenant": tenant, "asset": asset, "at": at, "turn": turn}
        for asset, its in turns.items()
        for at, turn in (*its, (None, None))  # an asset without any still loses those that it had
    )
    c.execute(_removing(c.dialect.name), {ROWS: rows})
    if any(turns.values()):
        c.execute(_adding(c.dialect.name), {ROWS: rows})


def due(c: Connection, tenant: str, now: datetime, limit: int) -> list[Deadline]:
    """Return up to `limit` deadlines that are over at `now` and not announced, the earliest first."""
    query = (
        select(*DEADLINE.primary_key)
        .where(DEADLINE.c.tenant == tenant, text(TO_COME), DEADLINE.c.at <= now)
        .order_by(DEADLINE.c.at, DEADLINE.c.asset, DEADLINE.c.turn)
        .limit(limit)
    )
    return [Deadline(**row._asdict()) for row in c.execute(query)]


def mark_announced(c: Connection, rows: Sequence[Deadline]) -> None:
    """Note that these were announced; one that is gone meanwhile stays gone."""
    if rows:
        c.execute(_announced(c.dialect.name), {ROWS: encode(asdict(row) for row in rows)})


@cache
def _removing(dialect: str) -> Executable:
    stay = named(dialect, DEADLINE, "tenant", "asset", "at", "turn")
    # As lists of keys and not as EXISTS: for that, SQLite would walk through all deadlines of all assets.
    about = select(stay.c.tenant, stay.c.asset)
    kept = select(*stay.c).where(stay.c.at.is_not(None))
    return delete(DEADLINE).where(
        tuple_(DEADLINE.c.tenant, DEADLINE.c.asset).in_(about), tuple_(*DEADLINE.primary_key).not_in(kept)
    )


@cache
def _adding(dialect: str) -> Executable:
    turns = named(dialect, DEADLINE, "tenant", "asset", "at", "turn")
    rows = select(turns, false().label("announced")).where(turns.c.at.is_not(None)).subquery("new")
    return insert_given(dialect, DEADLINE, rows).on_conflict_do_nothing()


@cache
def _announced(dialect: str) -> Executable:
    told = locked(DEADLINE, named(dialect, DEADLINE, "tenant", "asset", "at", "turn"))
    return update(DEADLINE).where(same_key(DEADLINE, told)).values(announced=true())
