"""
Write what is wanted. A planner's statement about an asset is complete: what it does not name must not stand anywhere.

Read, compare, and write only what changed: a statement that repeats what is wanted already costs one read and no
commit to disk.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    update,
)

from shared.store.column_types import database_now, from_now
from shared.store.comparing import AS_BEFORE, Known, Standing, changed, dropped, due
from shared.store.delivery import Due, State, Wanted, delivery_key
from shared.store.sets import ROWS, encode, insert_given, locked, named, same_key
from shared.store.tables.delivering import DELIVERY
from shared.store.text import storable

FIRST_SWEEP_AFTER: Final = timedelta(seconds=5)  # planners announce at once; the sweeper helps when they died first


def want(
    c: Connection,
    tenant: str,
    assets: Sequence[str],
    wanted: Sequence[Wanted],
    *,
    seen_at: Mapping[str, datetime] | None = None,
) -> list[Due]:
    """
    Make `wanted` all that is wanted of `assets`, and return what an executor is to be told of.

    A document of these assets that is not in `wanted` becomes absent; the change behind that was seen at its asset's
    `seen_at`, else at the newest instant in `wanted` of that asset, else now. A generation is added when state or
    digest changed; decision and reasons are always brought up to date. Where an executor never meant to write, absence
    is made at once. Returned is each document of these assets whose wanted generation is neither made nor announced.

    Raises ValueError when `wanted` names an asset that is not in `assets`.
    """
    about = {storable(asset) for asset in assets}
    statement = {delivery_key(w.publication, w.community, w.asset): w for w in wanted}
    if strays := {w.asset for w in statement.values() if storable(w.asset) not in about}:
        raise ValueError(f"a statement about {len(about)} assets names others: {sorted(strays)[:3]}")
    if not about:
        return []
    rows = encode({"tenant": tenant, "asset": asset} for asset in about)
    _one_statement_an_asset(c, rows)
    known = {row.key: Known._make(row) for row in c.execute(_knowing(c.dialect.name), {ROWS: rows})}
    changes = [*changed(tenant, known, statement), *dropped(tenant, known, statement, seen_at or {})]
    rows_due = {key: due(row) for key, row in known.items()}
    if changes:
        parameters = {ROWS: encode(changes), "seconds": FIRST_SWEEP_AFTER.total_seconds()}
        rows_due |= {row.key: due(Standing._make(row)) for row in c.execute(_writing(c.dialect.name), parameters)}
    return [row for _, row in sorted(rows_due.items()) if row is not None]


def mark_announced(c: Connection, tenant: str, rows: Sequence[tuple[str, int]]) -> None:
    """Note that executors were told of these generations of these keys; a later one noted already stays noted."""
    if rows:
        told = encode({"tenant": tenant, "key": key, "announced_generation": generation} for key, generation in rows)
        c.execute(_announced(c.dialect.name), {ROWS: told})


def _one_statement_an_asset(c: Connection, assets: str) -> None:
    """
    Let no other transaction make a statement about these assets until this one commits.

    Rows alone cannot be locked for that: two planners that each want another new document would not meet. SQLite has
    one writer anyway.
    """
    if c.dialect.name == "postgresql":
        c.execute(_waiting_for_turn(), {ROWS: assets})


@cache
def _waiting_for_turn() -> Executable:
    about = named("postgresql", DELIVERY, "tenant", "asset")
    name = literal("delivery/") + about.c.tenant + literal("/") + about.c.asset
    numbers = select(func.hashtextextended(name, 0).label("number")).distinct().order_by("number").subquery("numbers")
    return select(func.pg_advisory_xact_lock(numbers.c.number))


@cache
def _knowing(dialect: str) -> Executable:
    about = named(dialect, DELIVERY, "tenant", "asset")
    columns = (DELIVERY.c[name] for name in Known._fields if name in DELIVERY.c)
    return select(*columns, database_now().label("read_at")).join(
        about, and_(DELIVERY.c.tenant == about.c.tenant, DELIVERY.c.asset == about.c.asset)
    )


@cache
def _writing(dialect: str) -> Executable:
    changes = named(
        dialect,
        DELIVERY,
        "tenant",
        "key",
        "publication",
        "community",
        "asset",
        "external_key",
        "wanted_state",
        "wanted_generation",  # how many to add
        "wanted_digest",
        "wanted_body",
        "decision",
        "reasons",
        "seen_at",
    )
    is_absent = changes.c.wanted_state == State.ABSENT
    first: dict[str, ColumnElement[Any]] = {
        "announced_generation": literal(0),
        "made_state": case((is_absent, State.ABSENT), else_=null()),
        "made_generation": case((is_absent, changes.c.wanted_generation), else_=0),
        "made_at": case((is_absent, database_now()), else_=null()),
        "touched": false(),
        "sweeps": literal(0),
        "next_sweep_at": from_now("seconds"),
    }
    rows = select(changes, *(value.label(name) for name, value in first.items())).subquery("new")
    insert = insert_given(dialect, DELIVERY, rows)
    new, old = insert.excluded, DELIVERY.c
    generation = old.wanted_generation + new.wanted_generation
    has_moved = new.wanted_generation > 0
    is_nothing_there = and_(
        new.wanted_state == State.ABSENT,
        not_(old.touched),
        or_(old.made_state.is_(None), old.made_state == State.ABSENT),
    )
    return insert.on_conflict_do_update(
        index_elements=list(DELIVERY.primary_key),
        set_={
            "wanted_state": new.wanted_state,
            "wanted_generation": generation,
            "wanted_digest": new.wanted_digest,
            "wanted_body": case((new.wanted_body == AS_BEFORE, old.wanted_body), else_=new.wanted_body),
            "decision": new.decision,
            "reasons": new.reasons,
            "seen_at": case((has_moved, new.seen_at), else_=old.seen_at),
            "made_state": case((is_nothing_there, State.ABSENT), else_=old.made_state),
            "made_generation": case((is_nothing_there, generation), else_=old.made_generation),
            "made_at": case((and_(has_moved, is_nothing_there), database_now()), else_=old.made_at),
            "waiting_reason": case((has_moved, null()), else_=old.waiting_reason),
            "sweeps": case((has_moved, 0), else_=old.sweeps),
            "next_sweep_at": case((has_moved, new.next_sweep_at), else_=old.next_sweep_at),
        },
    ).returning(*(DELIVERY.c[name] for name in Standing._fields))


@cache
def _announced(dialect: str) -> Executable:
    told = locked(DELIVERY, named(dialect, DELIVERY, "tenant", "key", "announced_generation"))
    return (
        update(DELIVERY)
        .where(same_key(DELIVERY, told), DELIVERY.c.announced_generation < told.c.announced_generation)
        .values(announced_generation=told.c.announced_generation)
    )
