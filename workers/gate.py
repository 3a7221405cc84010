"""
What must wait now, though it is wanted: someone paused it, or its vendor refuses our credential.

The store knows, and a process asks it at most once a second. Nothing is lost by waiting: what is wanted stays in the
ledger, and the sweeper announces it when its scope is open again.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from shared.errors import CredentialRefused, Forbidden, Stopped
from shared.messaging.topology import WorkQueue
from shared.store import pauses
from shared.store.engine import Database
from shared.store.pauses import FLEET, Pause, Scope

LOOK_EVERY: Final = timedelta(seconds=1)
TRY_AGAIN_AFTER: Final = timedelta(minutes=1)  # a credential may have been mended: one event goes and sees

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Where work is about to be done, as far as it can be stopped there."""

    tenant: str
    queue: WorkQueue
    names: Mapping[Scope, frozenset[str]]
    """What each scope is called here; a scope that is missing does not concern this work."""

    def is_stopped_by(self, pause: Pause) -> bool:
        """
        Tell whether `pause` is about this place.

        Withdrawals stop only where their own queue is paused: one that a vendor refuses must not keep the others.
        """
        if self.queue.is_urgent and pause.scope is not Scope.QUEUE:
            return False
        return pause.name in self.names.get(pause.scope, frozenset())

    @property
    def community(self) -> str | None:
        """The community that is worked for, if it is one."""
        return next(iter(self.names.get(Scope.COMMUNITY, ())), None)


@dataclass(frozen=True)
class _Look:
    at: float
    pauses: tuple[Pause, ...]


class Gate:
    """Knows what is stopped; one a process."""

    def __init__(self, database: Database, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._looks: dict[str, _Look] = {}
        self._tried_at: dict[tuple[str, Scope, str], float] = {}

    def check(self, place: Place) -> None:
        """Raise Stopped, with the reason, when work at `place` must wait."""
        for pause in self._pauses(place.tenant):
            if place.is_stopped_by(pause) and not self._may_try(place.tenant, pause):
                scope = f"{pause.scope} {pause.name}".rstrip()
                raise Stopped(f"{scope} is paused by {pause.who}: {pause.why}")

    def passed(self, place: Place) -> None:
        """Note that work at `place` succeeded: whatever the fleet itself had stopped there goes on."""
        for pause in self._pauses(place.tenant):
            if pause.mends_itself and place.is_stopped_by(pause):
                self._resume(place.tenant, pause.text)

    def refused(self, place: Place, fault: Forbidden) -> None:
        """Stop what `fault` says we may not do: the whole vendor for a credential, else the one community."""
        scope = _scope_of(fault, place)
        self._database.write(lambda c: pauses.pause(c, place.tenant, scope, who=FLEET, why=str(fault)))
        self._forget(place.tenant)
        log.error("paused", tenant=place.tenant, scope=scope, error=str(fault))

    def _resume(self, tenant: str, scope: str) -> None:
        self._database.write(lambda c: pauses.resume(c, tenant, scope))
        self._forget(tenant)
        log.warning("goes on", tenant=tenant, scope=scope)

    def _pauses(self, tenant: str) -> tuple[Pause, ...]:
        with self._lock:
            look, now = self._looks.get(tenant), self._monotonic()
            if look is not None and now - look.at < LOOK_EVERY.total_seconds():
                return look.pauses
        with self._database.read() as c:
            found = tuple(pauses.listed(c, tenant))
        with self._lock:
            self._looks[tenant] = _Look(now, found)
        return found

    def _forget(self, tenant: str) -> None:
        with self._lock:
            self._looks.pop(tenant, None)

    def _may_try(self, tenant: str, pause: Pause) -> bool:
        """Let one event through now and then, where only trying shows whether it works again."""
        if not pause.mends_itself:
            return False
        key, now = (tenant, pause.scope, pause.name), self._monotonic()
        with self._lock:
            if now - self._tried_at.setdefault(key, now) < TRY_AGAIN_AFTER.total_seconds():
                return False
            self._tried_at[key] = now
            return True


def _scope_of(fault: Forbidden, place: Place) -> str:
    if isinstance(fault, CredentialRefused) and fault.vendor is not None:
        return f"{Scope.VENDOR}:{fault.vendor}"
    if place.community is not None:
        return f"{Scope.COMMUNITY}:{place.community}"
    return f"{Scope.QUEUE}:{place.queue.name}"
