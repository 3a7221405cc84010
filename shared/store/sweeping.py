"""Find again what is wanted and not made: later and later for each row, but withdrawals always within seconds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Executable, and_, func, select, text, true, update

from shared.store.column_types import database_now
from shared.store.delivery import Due, State
from shared.store.sets import ROWS, Value, encode, named, same_key
from shared.store.tables.delivering import DELIVERY, OVER_SHARE, UNMADE

WITHDRAWALS_AT_MOST: Final = timedelta(seconds=10)  # a sixth of the minute within which a cancelled right must be gone
LONGEST_DOUBLING: Final = 20  # a million times the shortest pause is beyond every limit


@dataclass(frozen=True)
class Stops:
    """What is not swept now. Withdrawals are, whatever else is stopped."""

    deliveries: bool = False
    """All of them: their queue is long, or paused, or a vendor is down."""
    communities: frozenset[str] = frozenset()
    publications: frozenset[str] = frozenset()
    only_community: str | None = None
    """Of deliveries, sweep those of this community alone."""
    withdrawals: bool = False
    """Only where a person paused their queue."""


NOTHING_STOPPED: Final = Stops()


class Ripe(NamedTuple):
    """A document that is not as wanted and whose turn has come."""

    key: str
    wanted_generation: int
    wanted_state: str
    seen_at: datetime
    sweeps: int
    now: datetime
    """By the database's clock."""


def unmade(  # noqa: PLR0913 - how often and what not, all named
    c: Connection,
    tenant: str,
    limit: int,
    *,
    every_at_least: timedelta,
    at_most: timedelta,
    stops: Stops = NOTHING_STOPPED,
) -> list[Due]:
    """
    Return up to `limit` documents that are not as wanted and whose turn has come: withdrawals before all others, then
    those first that wait longest for it.

    Each is returned again after `every_at_least`, then after twice, four times as long, up to `at_most`; from the
    start again when its wanted generation moves. A withdrawal is never left for longer than WITHDRAWALS_AT_MOST. Rows
    that another transaction is writing are left for the next time; so are documents that wait for their community's
    share (`sharing.py`).
    """
    ripe: list[Ripe] = []
    if not stops.withdrawals:  # before all else: a bulk publication must not delay one
        ripe += _ripe(c, tenant, State.ABSENT, limit)
    if not stops.deliveries:
        ripe += _ripe(c, tenant, State.PRESENT, limit - len(ripe), _open(stops))
    if ripe:
        postponed: list[dict[str, Value]] = [
            {
                "tenant": tenant,
                "key": row.key,
                "sweeps": row.sweeps + 1,
                "next_sweep_at": row.now + pause(row.sweeps, State(row.wanted_state), every_at_least, at_most),
            }
            for row in ripe
        ]
        c.execute(_postponing(c.dialect.name), {ROWS: encode(postponed)})
    return [Due(row.key, row.wanted_generation, State(row.wanted_state), row.seen_at) for row in ripe]


def pause(sweeps: int, state: State, every_at_least: timedelta, at_most: timedelta) -> timedelta:
    """Say how long a row rests that was returned `sweeps` times before."""
    longest = min(at_most, WITHDRAWALS_AT_MOST) if state is State.ABSENT else at_most
    return min(every_at_least * (1 << min(sweeps, LONGEST_DOUBLING)), longest)


def _open(stops: Stops) -> ColumnElement[bool]:
    return and_(
        true() if stops.only_community is None else DELIVERY.c.community == stops.only_community,
        func.coalesce(DELIVERY.c.waiting_reason, "") != OVER_SHARE,
        DELIVERY.c.community.not_in(stops.communities),
        DELIVERY.c.publication.not_in(stops.publications),
    )


def _ripe(c: Connection, tenant: str, state: State, limit: int, *conditions: ColumnElement[bool]) -> list[Ripe]:
    query = (
        select(*(DELIVERY.c[name] for name in Ripe._fields if name in DELIVERY.c), database_now().label("now"))
        .where(
            DELIVERY.c.tenant == tenant,
            DELIVERY.c.wanted_state == state,
            text(UNMADE),
            DELIVERY.c.next_sweep_at <= database_now(),
            *conditions,
        )
        .order_by(DELIVERY.c.next_sweep_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Ripe._make(row) for row in c.execute(query)]


@cache
def _postponing(dialect: str) -> Executable:
    rows = named(dialect, DELIVERY, "tenant", "key", "sweeps", "next_sweep_at")
    return (
        update(DELIVERY)
        .where(same_key(DELIVERY, rows))
        .values(sweeps=rows.c.sweeps, next_sweep_at=rows.c.next_sweep_at)
    )
