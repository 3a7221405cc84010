"""
Intents: what is about to be written at a vendor, noted before it is sent.

They answer two questions. May an earlier write still land, so that nothing found means nothing yet? And is a change
that a poller sees an echo of our own write? The author alone never answers the second one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Row, exists, insert, or_, select, update

from shared.store import leases
from shared.store.column_types import database_now, from_now
from shared.store.leases import Lease
from shared.store.making import touch
from shared.store.tables.delivering import INTENT

FAILED: Final = "failed"
"""The outcome of a write that the vendor surely did not carry out: it has no echo."""


@dataclass(frozen=True)
class Intent:
    """A write that was about to be sent."""

    id: int
    tenant: str
    external_key: str
    operation: str
    digest: str | None
    owner: str
    opened_at: datetime
    settles_at: datetime
    """By then a write whose answer was lost has landed or never will."""
    outcome: str | None
    """None: not known."""
    subject: str
    """The key of the lease that it was written under: an external key may stand in several communities."""


COLUMNS: Final = tuple(INTENT.c[name] for name in Intent.__dataclass_fields__)


def open_intent(  # noqa: PLR0913 - a row's columns, all named
    c: Connection,
    lease: Lease,
    *,
    external_key: str,
    operation: str,
    digest: str | None,
    settles_after: timedelta,
) -> Intent:
    """
    Note a write before it is sent; the delivery under `lease` counts as touched from now on.

    Raises Contended when the lease went to another hand.
    """
    leases.guard(c, [lease])
    touch(c, lease.tenant, lease.subject)
    row = c.execute(
        insert(INTENT)
        .values(
            tenant=lease.tenant,
            subject=lease.subject,
            external_key=external_key,
            operation=operation,
            digest=digest,
            owner=lease.owner,
            fence=lease.fence,
            opened_at=database_now(),
            settles_at=from_now("seconds"),
        )
        .returning(*COLUMNS),
        {"seconds": settles_after.total_seconds()},
    ).one()
    return _intent(row)


def close_intent(c: Connection, intent_id: int, outcome: str) -> None:
    """Note how the write ended: FAILED when the vendor surely did not carry it out, any other word when it did."""
    c.execute(update(INTENT).where(INTENT.c.id == intent_id).values(outcome=outcome, closed_at=database_now()))


def unsettled(c: Connection, tenant: str, external_key: str, *, subject: str | None = None) -> list[Intent]:
    """Return the writes of unknown outcome, oldest first; of one lease's subject alone when it is named."""
    query = select(*COLUMNS).where(
        INTENT.c.tenant == tenant, INTENT.c.external_key == external_key, INTENT.c.outcome.is_(None)
    )
    if subject is not None:
        query = query.where(INTENT.c.subject == subject)
    return [_intent(row) for row in c.execute(query.order_by(INTENT.c.id))]


def is_ours(c: Connection, tenant: str, external_key: str, digest: str | None, *, subject: str | None = None) -> bool:
    """
    Tell whether we wrote this digest under this key, or may have; digest None asks for any write under this key.

    One whose outcome is FAILED does not count.
    """
    query = select(INTENT.c.id).where(
        INTENT.c.tenant == tenant,
        INTENT.c.external_key == external_key,
        or_(INTENT.c.outcome.is_(None), INTENT.c.outcome != FAILED),
    )
    if digest is not None:
        query = query.where(INTENT.c.digest == digest)
    if subject is not None:
        query = query.where(INTENT.c.subject == subject)
    return c.execute(select(exists(query))).scalar_one()


def _intent(row: Row[tuple[object, ...]]) -> Intent:
    return Intent(**row._asdict())
