"""
The ledger: what should stand in which community, what does, and the way from one to the other.

Planners `want`, executors `touch` and then `record_made`, the sweeper finds what is `unmade`. Each of these is a module
of its own; this one is their door, and answers questions.
"""

from collections import Counter
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, select, text, union_all

from shared.store.delivery import (
    Decision,
    Delivery,
    Due,
    State,
    Wanted,
    asset_of,
    delivery_key,
    delivery_of,
    every_delivery,
    place_of,
)
from shared.store.making import record_made, rest, stall, touch, wait
from shared.store.sharing import made_lately, next_in_turn, sharing
from shared.store.sweeping import Stops, unmade
from shared.store.tables.delivering import DELIVERY, UNMADE
from shared.store.wanting import mark_announced, want

__all__ = [
    "Decision",
    "Delivery",
    "Due",
    "State",
    "Stops",
    "Wanted",
    "asset_of",
    "counts",
    "decisions",
    "delivery_key",
    "made_lately",
    "mark_announced",
    "next_in_turn",
    "of_asset",
    "of_community",
    "oldest_unmade",
    "place_of",
    "read",
    "record_made",
    "rest",
    "sharing",
    "stall",
    "touch",
    "unmade",
    "wait",
    "want",
]


def read(c: Connection, tenant: str, key: str) -> Delivery | None:
    """Return one document, None when nobody ever decided about it."""
    row = c.execute(every_delivery().where(DELIVERY.c.tenant == tenant, DELIVERY.c.key == key)).one_or_none()
    return None if row is None else delivery_of(row)


def of_asset(c: Connection, tenant: str, asset: str) -> list[Delivery]:
    """Return every document of one asset, in the order of their keys."""
    query = every_delivery().where(DELIVERY.c.tenant == tenant, DELIVERY.c.asset == asset).order_by(DELIVERY.c.key)
    return [delivery_of(row) for row in c.execute(query)]


def of_community(c: Connection, tenant: str, community: str, after: str | None, limit: int) -> list[Delivery]:
    """Return up to `limit` documents of one community in the order of their keys, those after the key `after`."""
    query = every_delivery().where(DELIVERY.c.tenant == tenant, DELIVERY.c.community == community)
    if after is not None:
        query = query.where(DELIVERY.c.key > after)
    return [delivery_of(row) for row in c.execute(query.order_by(DELIVERY.c.key).limit(limit))]


def counts(c: Connection, tenant: str) -> Counter[tuple[State, Literal["made", "due"]]]:
    """Count documents by what is wanted of them and whether it is so; cheap also for a million of them."""
    ours = select(DELIVERY.c.wanted_state, func.count()).where(DELIVERY.c.tenant == tenant)
    counted: Counter[tuple[State, Literal["made", "due"]]] = Counter()
    for state, rows in c.execute(ours.group_by(DELIVERY.c.wanted_state)):
        counted[State(state), "made"] = rows
    for state, rows in c.execute(ours.where(text(UNMADE)).group_by(DELIVERY.c.wanted_state)):
        counted[State(state), "due"] = rows
        counted[State(state), "made"] -= rows
    return counted


def decisions(c: Connection, tenant: str) -> Counter[Decision]:
    """Count documents by what rights say of them."""
    query = select(DELIVERY.c.decision, func.count()).where(DELIVERY.c.tenant == tenant).group_by(DELIVERY.c.decision)
    return Counter({Decision(decision): rows for decision, rows in c.execute(query)})


def oldest_unmade(c: Connection, tenant: str) -> datetime | None:
    """Return when the change was seen that has been waiting longest to be made; None when all is as wanted."""
    oldest = union_all(
        *(
            select(func.min(DELIVERY.c.seen_at).label("seen_at")).where(
                DELIVERY.c.tenant == tenant, DELIVERY.c.wanted_state == state, text(UNMADE)
            )
            for state in State
        )
    ).subquery("oldest")
    seen_at: datetime | None = c.execute(select(func.min(oldest.c.seen_at))).scalar_one()
    return seen_at
