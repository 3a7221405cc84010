"""What a person, or a guard, has stopped: all work of a tenant, or that of one flow, queue, publication and so on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, delete, select

from shared.store.column_types import database_now
from shared.store.sets import insert_into
from shared.store.tables.working import PAUSE

FLEET: Final = "fleet"
"""Who paused, when no person did."""


class Scope(StrEnum):
    """What can be paused."""

    TENANT = "tenant"
    FLOW = "flow"
    QUEUE = "queue"
    PUBLICATION = "publication"
    COMMUNITY = "community"
    VENDOR = "vendor"


@dataclass(frozen=True)
class Pause:
    """Work that was stopped."""

    scope: Scope
    name: str
    """Of the flow, queue and so on; empty for the whole tenant."""
    who: str
    why: str
    since: datetime

    @property
    def mends_itself(self) -> bool:
        """Tell whether only trying shows that it is over: the fleet stopped it because a vendor refused us."""
        return self.who == FLEET and self.scope in {Scope.VENDOR, Scope.COMMUNITY}

    @property
    def text(self) -> str:
        """The scope as `pause` and `resume` take it."""
        return f"{self.scope}:{self.name}" if self.name else self.scope.value


def pause(c: Connection, tenant: str, scope: str, *, who: str, why: str) -> None:
    """
    Stop work in `scope`: "tenant", or "queue:deliver", "vendor:smintio" and so on. Paused already, it stays as it is.

    Raises ValueError when there is no such scope.
    """
    kind, name = parted(scope)
    insert = insert_into(c.dialect.name, PAUSE).values(
        tenant=tenant, scope=kind, name=name, who=who, why=why, since=database_now()
    )
    c.execute(insert.on_conflict_do_nothing())


def resume(c: Connection, tenant: str, scope: str) -> bool:
    """Let work in `scope` go on; return whether it was paused. Raises ValueError when there is no such scope."""
    kind, name = parted(scope)
    ours = delete(PAUSE).where(PAUSE.c.tenant == tenant, PAUSE.c.scope == kind, PAUSE.c.name == name)
    return c.execute(ours.returning(PAUSE.c.scope)).one_or_none() is not None


def is_paused(c: Connection, tenant: str, scopes: Sequence[str]) -> bool:
    """Tell whether work in any of `scopes` is stopped, or all of the tenant's. Raises ValueError for no such scope."""
    asked = {parted(scope) for scope in scopes} | {(Scope.TENANT, "")}
    return any((pause.scope, pause.name) in asked for pause in listed(c, tenant))


def listed(c: Connection, tenant: str) -> list[Pause]:
    """Return every pause of the tenant, the oldest first. There are few: a person made each."""
    rows = select(PAUSE.c.scope, PAUSE.c.name, PAUSE.c.who, PAUSE.c.why, PAUSE.c.since).where(PAUSE.c.tenant == tenant)
    return [
        Pause(Scope(row.scope), row.name, row.who, row.why, row.since)
        for row in c.execute(rows.order_by(PAUSE.c.since, PAUSE.c.scope, PAUSE.c.name))
    ]


def parted(scope: str) -> tuple[Scope, str]:
    """Take "queue:deliver" apart. Raises ValueError when there is no such scope, or no name where one is needed."""
    kind, _, name = scope.partition(":")
    if (kind == Scope.TENANT) == bool(name):
        raise ValueError(f"{scope!r} is no scope; allowed: tenant, or one of {', '.join(list(Scope)[1:])} with :name")
    return Scope(kind), name
