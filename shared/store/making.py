"""
Note what stands at the vendor: only under the fence of the hand that made it, and never backwards.

An executor that means to write says so first (`touch`). Until then a document that is not wanted needs no withdrawal;
from then on it does, also when the planner had already counted its absence as made a moment before.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, and_, case, select, text, true, update

from shared.store import leases
from shared.store.column_types import database_now
from shared.store.delivery import State
from shared.store.leases import Lease
from shared.store.tables.delivering import DELIVERY, UNMADE

NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


def touch(c: Connection, tenant: str, key: str) -> None:
    """
    Note that an executor means to write there, if it is the first.

    A document whose absence was counted as made without anybody looking becomes due once more: this write may put
    something there.
    """
    absence_was_assumed = and_(
        DELIVERY.c.wanted_state == State.ABSENT, DELIVERY.c.made_generation == DELIVERY.c.wanted_generation
    )
    c.execute(
        update(DELIVERY)
        .where(DELIVERY.c.tenant == tenant, DELIVERY.c.key == key, DELIVERY.c.touched.is_(False))
        .values(
            touched=True,
            wanted_generation=DELIVERY.c.wanted_generation + case((absence_was_assumed, 1), else_=0),
            next_sweep_at=case((absence_was_assumed, database_now()), else_=DELIVERY.c.next_sweep_at),
        )
    )


def record_made(  # noqa: PLR0913 - what was made, each part named
    c: Connection,
    lease: Lease,
    *,
    generation: int,
    state: State,
    digest: str | None,
    document_id: str | None,
    content_sha256: str | None = None,
    content_bytes: int | None = None,
    content_version: str | None = None,
) -> int:
    """
    Note that `generation` of the document under `lease` was made, and return the generation wanted now.

    A later generation noted already stays noted. Of what is absent no document and no content is kept. Raises Contended
    when the lease went to another hand, ValueError when nobody ever wanted this generation, LookupError when the ledger
    has no such document.
    """
    leases.guard(c, [lease])
    is_ours = and_(DELIVERY.c.tenant == lease.tenant, DELIVERY.c.key == lease.subject)
    wanted = c.execute(select(DELIVERY.c.wanted_generation).where(is_ours).with_for_update()).scalar_one_or_none()
    if wanted is None:
        raise LookupError(f"the ledger has no delivery {lease.subject}")
    if generation > wanted:
        raise ValueError(f"generation {generation} of {lease.subject} was never wanted; the last one is {wanted}")
    stands = state is State.PRESENT
    c.execute(
        update(DELIVERY)
        .where(is_ours, DELIVERY.c.made_generation <= generation)
        .values(
            made_state=state,
            made_generation=generation,
            made_digest=digest if stands else None,
            made_at=database_now(),
            document_id=document_id if stands else None,
            content_sha256=content_sha256 if stands else None,
            content_bytes=content_bytes if stands else None,
            content_version=content_version if stands else None,
            touched=true() if stands else DELIVERY.c.touched,
            waiting_reason=None,
            sweeps=0,
        )
    )
    return int(wanted)


def wait(c: Connection, tenant: str, key: str, reason: str) -> None:
    """Note why an executor could not make the document as it is wanted; the sweeper has it tried again."""
    c.execute(update(DELIVERY).where(DELIVERY.c.tenant == tenant, DELIVERY.c.key == key).values(waiting_reason=reason))


def stall(c: Connection, tenant: str, key: str, reason: str) -> None:
    """Note why the document must wait though nothing is wrong with it: it is due again as soon as its scope is open."""
    c.execute(
        update(DELIVERY)
        .where(DELIVERY.c.tenant == tenant, DELIVERY.c.key == key, text(UNMADE))
        .values(waiting_reason=reason, next_sweep_at=database_now(), sweeps=0)
    )


def rest(c: Connection, tenant: str, key: str, generation: int) -> None:
    """Leave this generation to a person: the sweeper passes the document by until something else is wanted of it."""
    is_it = and_(DELIVERY.c.tenant == tenant, DELIVERY.c.key == key, DELIVERY.c.wanted_generation == generation)
    c.execute(update(DELIVERY).where(is_it).values(next_sweep_at=NEVER))
