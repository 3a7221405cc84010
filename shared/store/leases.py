"""
Leases: one subject, one hand at a time, by a row and never by a database lock across a vendor's call.

Time is the database's own clock. A lease is held by its fence, not by its owner's name: while it lasts nobody else gets
it, another thread of the same process included. The fence of a subject only ever grows, also over release and expiry,
so a hand that woke up too late is known by its old fence and may not record anything.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache

from sqlalchemy import Connection, Executable, Subquery, literal, null, select, update

from shared.errors import Contended
from shared.store.column_types import database_now, from_now
from shared.store.engine import Database
from shared.store.sets import ROWS, encode, insert_given, locked, named, same_key
from shared.store.tables.working import LEASE


@dataclass(frozen=True)
class Lease:
    """A hand on a subject; the last write of the work carries it to `guard`."""

    tenant: str
    kind: str
    subject: str
    owner: str
    fence: int


def take(  # noqa: PLR0913 - a lease's parts, and how long
    db: Database, tenant: str, kind: str, subjects: Sequence[str], *, owner: str, lasting: timedelta
) -> dict[str, Lease]:
    """Take the leases of those `subjects` that nobody holds, all in one statement; return them by subject."""
    if not subjects:
        return {}
    rows = encode({"tenant": tenant, "kind": kind, "subject": subject, "owner": owner} for subject in set(subjects))

    def body(c: Connection) -> dict[str, Lease]:
        taken = c.execute(_taking(c.dialect.name), {ROWS: rows, "seconds": lasting.total_seconds()})
        return {subject: Lease(tenant, kind, subject, owner, fence) for subject, fence in taken}

    return db.write(body)


def renew(db: Database, leases: Sequence[Lease], *, lasting: timedelta) -> set[str]:
    """Let `leases` last from now on again; return the subjects of those that are still ours."""
    if not leases:
        return set()
    rows = _encoded(leases)

    def body(c: Connection) -> set[str]:
        renewed = c.execute(_renewing(c.dialect.name), {ROWS: rows, "seconds": lasting.total_seconds()})
        return set(renewed.scalars())

    return db.write(body)


def release(db: Database, leases: Sequence[Lease]) -> None:
    """Give `leases` up; one that meanwhile went to another hand is left alone."""
    if leases:
        rows = _encoded(leases)
        db.write(lambda c: c.execute(_releasing(c.dialect.name), {ROWS: rows}))


def guard(c: Connection, leases: Sequence[Lease]) -> None:
    """
    Make sure that `leases` are ours, and stay ours until this writing transaction commits.

    Raises Contended when a fence has moved, or when a lease was released. One that ran out and that nobody took is
    still ours: nothing happened in between.
    """
    if not leases:
        return
    ours = set(map(tuple, c.execute(_guarding(c.dialect.name), {ROWS: _encoded(leases)})))
    for lease in leases:
        if (lease.tenant, lease.kind, lease.subject) not in ours:
            raise Contended(f"the lease on {lease.kind} {lease.subject} is not ours any more")


def _encoded(leases: Sequence[Lease]) -> str:
    return encode(asdict(lease) for lease in set(leases))


def _given(dialect: str) -> Subquery:
    return named(dialect, LEASE, "tenant", "kind", "subject", "owner", "fence")


@cache
def _taking(dialect: str) -> Executable:
    free = named(dialect, LEASE, "tenant", "kind", "subject", "owner")
    new = select(free, literal(1).label("fence"), from_now("seconds").label("until")).subquery("new")
    insert = insert_given(dialect, LEASE, new)
    return insert.on_conflict_do_update(
        index_elements=list(LEASE.primary_key),
        set_={"owner": insert.excluded.owner, "fence": LEASE.c.fence + 1, "until": insert.excluded.until},
        where=LEASE.c.until <= database_now(),
    ).returning(LEASE.c.subject, LEASE.c.fence)


@cache
def _renewing(dialect: str) -> Executable:
    ours = locked(LEASE, _given(dialect))
    return (
        update(LEASE)
        .where(same_key(LEASE, ours), LEASE.c.owner == ours.c.owner, LEASE.c.fence == ours.c.fence)
        .values(until=from_now("seconds"))
        .returning(LEASE.c.subject)
    )


@cache
def _releasing(dialect: str) -> Executable:
    ours = locked(LEASE, _given(dialect))
    return (
        update(LEASE)
        .where(same_key(LEASE, ours), LEASE.c.owner == ours.c.owner, LEASE.c.fence == ours.c.fence)
        .values(owner=null(), until=database_now())
    )


@cache
def _guarding(dialect: str) -> Executable:
    ours = _given(dialect)
    return (
        select(*LEASE.primary_key)
        .join(ours, same_key(LEASE, ours))
        .where(LEASE.c.owner == ours.c.owner, LEASE.c.fence == ours.c.fence)
        .order_by(*LEASE.primary_key)
        .with_for_update(of=LEASE)
    )
