"""What the fleet itself says about a run, read from its ledger after it has stopped."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.store import dead_letters, held, ledger
from shared.store.engine import Database
from shared.store.ledger import Decision, Delivery

PAGE: Final = 500


@dataclass(frozen=True)
class Ages:
    """How long it took from the moment a change was seen until its effect was made and read back."""

    p50: timedelta
    p99: timedelta


@dataclass(frozen=True)
class Accounts:
    """The fleet's own numbers."""

    refused: int
    """Documents that rights forbid."""
    held: int
    """Documents about which something is not known, or that a person must decide about."""
    dead: int
    """Events that ended as dead letters."""
    ages: Ages | None
    """None: nothing was made."""
    held_in: Counter[str]
    """How many of those, by community."""
    held_because: Counter[str]
    """How many of those, by reason."""


def read_accounts(database_url: str, tenant: str, communities: Sequence[str]) -> Accounts:
    """Read the ledger of a fleet that has stopped. Raises Unavailable."""
    database = Database(database_url, pool_size=1)
    try:
        rows = {community: [*_rows(database, tenant, community)] for community in communities}
        with database.read() as c:
            dead = dead_letters.count(c, tenant)
            waiting = {one.subject: one.reason for one in held.listed(c, tenant)}
    finally:
        database.close()
    every = [row for of_one in rows.values() for row in of_one]
    unknown = {row.key: _said(row.reasons) for row in every if row.decision is Decision.UNKNOWN}
    reasons = waiting | unknown
    return Accounts(
        refused=sum(row.decision is Decision.REFUSE for row in every),
        held=len(reasons),
        dead=dead,
        ages=ages_of([row.made_at - row.seen_at for row in every if row.touched and row.made_at]),
        held_in=Counter(row.community for row in every if row.key in reasons),
        held_because=Counter(reasons.values()),
    )


def ages_of(spans: Sequence[timedelta]) -> Ages | None:
    """Return the spans that half, and all but one in a hundred, do not exceed."""
    if not spans:
        return None
    ordered = sorted(spans)
    return Ages(*(ordered[-(-len(ordered) * percent // 100) - 1] for percent in (50, 99)))


def _rows(database: Database, tenant: str, community: str) -> Iterator[Delivery]:
    after: str | None = None
    while True:
        with database.read() as c:
            page = ledger.of_community(c, tenant, community, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].key


def _said(reasons: Sequence[str]) -> str:
    """Return the first reason, without what it says of the community after a semicolon: one line for all of them."""
    return reasons[0].split(";")[0] if reasons else "unknown"
