"""
Documents that wait because their community had as many hands as it may have: each community in its own turn, and no
faster than its documents are made.
"""

from collections import Counter
from datetime import timedelta

from sqlalchemy import Connection, func, null, select, text, tuple_, update

from shared.store.column_types import from_now
from shared.store.delivery import Due, State
from shared.store.tables.delivering import DELIVERY, SHARING


def sharing(c: Connection, tenant: str) -> Counter[str]:
    """Count, by community, the documents that wait for a hand."""
    query = select(DELIVERY.c.community, func.count().label("documents")).where(
        DELIVERY.c.tenant == tenant, text(SHARING)
    )
    return Counter({row.community: row.documents for row in c.execute(query.group_by(DELIVERY.c.community))})


def made_lately(c: Connection, tenant: str, within: timedelta) -> Counter[str]:
    """Count, by community, the documents made in that time: how fast its hands are."""
    query = select(DELIVERY.c.community, func.count().label("documents")).where(
        DELIVERY.c.tenant == tenant, DELIVERY.c.made_at > from_now("seconds")
    )
    rows = c.execute(query.group_by(DELIVERY.c.community), {"seconds": -within.total_seconds()})
    return Counter({row.community: row.documents for row in rows})


def next_in_turn(c: Connection, tenant: str, community: str, limit: int, *, pause: timedelta) -> list[Due]:
    """Return up to `limit` documents of `community` that wait for a hand; swept after `pause` should they get lost."""
    due = (
        select(DELIVERY.c.tenant, DELIVERY.c.key)
        .where(DELIVERY.c.tenant == tenant, DELIVERY.c.community == community, text(SHARING))
        .order_by(DELIVERY.c.next_sweep_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = c.execute(
        update(DELIVERY)
        .where(tuple_(DELIVERY.c.tenant, DELIVERY.c.key).in_(due))
        .values(waiting_reason=null(), next_sweep_at=from_now("seconds"))
        .returning(DELIVERY.c.key, DELIVERY.c.wanted_generation, DELIVERY.c.wanted_state, DELIVERY.c.seen_at),
        {"seconds": pause.total_seconds()},
    )
    return [Due(row.key, row.wanted_generation, State(row.wanted_state), row.seen_at) for row in rows]
