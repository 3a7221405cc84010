"""Records that a poller could not read: kept with their reason, so that their page goes on and nothing is lost."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from shared.store.column_types import database_now
from shared.store.sets import insert_into
from shared.store.tables.polling import SET_ASIDE
from shared.store.text import storable


@dataclass(frozen=True)
class SetAside:
    """A record that could not be read."""

    source: str
    key: str
    digest: str
    reason: str
    body: str
    at: datetime
    """When it was first set aside."""


def set_aside(  # noqa: PLR0913, PLR0917 - a row's columns, in their order
    c: Connection, tenant: str, source: str, key: str, reason: str, body: str
) -> None:
    """Keep a record of `source` that cannot be read; the same record again is not kept twice."""
    insert = insert_into(c.dialect.name, SET_ASIDE).values(
        tenant=tenant,
        source=source,
        key=key,
        digest=hashlib.sha256(storable(body).encode()).hexdigest(),
        reason=reason,
        body=body,
        at=database_now(),
    )
    c.execute(insert.on_conflict_do_nothing())


def listed(c: Connection, tenant: str) -> list[SetAside]:
    """Return all records set aside, the latest first."""
    columns = (SET_ASIDE.c[name] for name in SetAside.__dataclass_fields__)
    rows = select(*columns).where(SET_ASIDE.c.tenant == tenant).order_by(SET_ASIDE.c.at.desc(), SET_ASIDE.c.key)
    return [SetAside(**row._asdict()) for row in c.execute(rows)]
