"""What goes no further until a person decides, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select

from shared.store.column_types import database_now
from shared.store.sets import insert_into
from shared.store.tables.delivering import HELD


@dataclass(frozen=True)
class Held:
    """A subject that waits for a person."""

    subject: str
    kind: str
    """What kind of decision is missing: a subject may wait for several."""
    reason: str
    detail: str
    """JSON text."""
    since: datetime


def put(  # noqa: PLR0913, PLR0917 - a row's columns, in their order
    c: Connection, tenant: str, subject: str, kind: str, reason: str, detail: str
) -> None:
    """Hold `subject`. Held already, it waits since then, for the reason given last."""
    insert = insert_into(c.dialect.name, HELD).values(
        tenant=tenant, subject=subject, kind=kind, reason=reason, detail=detail, since=database_now()
    )
    new = insert.excluded
    c.execute(
        insert.on_conflict_do_update(
            index_elements=list(HELD.primary_key),
            set_={"reason": new.reason, "detail": new.detail},
            where=or_(HELD.c.reason != new.reason, HELD.c.detail != new.detail),
        )
    )


def lift(c: Connection, tenant: str, subject: str, kind: str) -> None:
    """Let `subject` go on, as far as this kind of decision is concerned."""
    c.execute(delete(HELD).where(HELD.c.tenant == tenant, HELD.c.subject == subject, HELD.c.kind == kind))


def listed(c: Connection, tenant: str) -> list[Held]:
    """Return all that is held, what waits longest first."""
    rows = select(HELD.c.subject, HELD.c.kind, HELD.c.reason, HELD.c.detail, HELD.c.since).where(
        HELD.c.tenant == tenant
    )
    return [Held(**row._asdict()) for row in c.execute(rows.order_by(HELD.c.since, HELD.c.subject, HELD.c.kind))]


def count(c: Connection, tenant: str) -> int:
    """Return how much is held."""
    return c.execute(select(func.count()).select_from(HELD).where(HELD.c.tenant == tenant)).scalar_one()
