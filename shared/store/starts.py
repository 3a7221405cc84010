"""How often work on an event began and never ended: an event that kills its worker leaves no other trace."""

from sqlalchemy import Connection, delete

from shared.store.column_types import database_now
from shared.store.sets import insert_into
from shared.store.tables.working import STARTED


def note(c: Connection, queue: str, event_id: str) -> int:
    """Note that work on the event begins, and return how often it has begun by now without ending."""
    first = insert_into(c.dialect.name, STARTED).values(
        queue=queue, event_id=event_id, starts=1, last_at=database_now()
    )
    again = first.on_conflict_do_update(
        index_elements=list(STARTED.primary_key),
        set_={"starts": STARTED.c.starts + 1, "last_at": first.excluded.last_at},
    )
    starts: int = c.execute(again.returning(STARTED.c.starts)).scalar_one()
    return starts


def clear(c: Connection, queue: str, event_id: str) -> None:
    """Note that work on the event ended, however it ended."""
    c.execute(delete(STARTED).where(STARTED.c.queue == queue, STARTED.c.event_id == event_id))
