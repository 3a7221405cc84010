"""The event that says a ledger row is due: planner, executors and sweeper all announce the same one."""

from typing import Final

from shared.events import ChangeEvent, DeliveryDue, Flow, WithdrawalDue, announce
from shared.store.ledger import Due, State

SWEEPER: Final = "sweeper"


def is_swept(event: ChangeEvent) -> bool:
    """Tell whether the sweeper announced `event`: it will again, so this one need not be kept."""
    return event.source == f"/fleet/{SWEEPER}"


def due_event(tenant: str, row: Due, *, source: str) -> ChangeEvent:
    """Make the event that brings `row` to its executor; its version is the generation wanted."""
    return announce(
        DeliveryDue if row.state is State.PRESENT else WithdrawalDue,
        source=source,
        tenant=tenant,
        key=row.key,
        version=row.generation,
        seen_at=row.seen_at,
        flow=Flow.PUBLISH_ASSETS,
    )
