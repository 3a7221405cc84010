"""
The fleet with one thing broken in it: `python -m tests.journeys.sabotaged_fleet SABOTAGE ARGUMENTS OF fleet...`.

Each sabotage is a fault that somebody could make; the checker must find it, by the right counter.
"""

import secrets
import sys
from collections.abc import Callable
from typing import Final

from ops import cli
from shared.errors import Unavailable
from shared.messaging.deliveries import Batch
from shared.store import ledger
from shared.vendors.trading_grid.port import Document
from workers import harness
from workers.endings import Outcome
from workers.smintio_to_trading_grid import deliver
from workers.smintio_to_trading_grid.copies import Shelf
from workers.smintio_to_trading_grid.judging import Judgement


def ack_early() -> None:
    """Acknowledge before the work is done; a process that then dies, as every other one here, has lost it."""
    work_off = harness.Harness.__call__
    seen: list[Batch] = []

    def acknowledge_then_work(self: harness.Harness, batch: Batch) -> None:
        seen.append(batch)
        if self._queue.name == "publish_assets" and len(seen) > 3:
            for delivery in batch.take():
                delivery.settle()
            return
        work_off(self, batch)

    harness.Harness.__call__ = acknowledge_then_work  # type: ignore[method-assign]


def publish_unknown() -> None:
    """Take an unknown for a yes."""
    Judgement.permits = property(  # type: ignore[assignment,method-assign]
        lambda self: self.decision is not ledger.Decision.REFUSE
    )


def skip_withdrawal() -> None:
    """Say that a document is gone without looking."""
    Shelf.copies = _nothing  # type: ignore[method-assign,assignment]


def _nothing(_shelf: Shelf) -> tuple[Document, ...]:
    return ()


def no_lookup() -> None:
    """Create without looking whether it is there, after an answer was lost."""
    recorded, failed = deliver._recorded, set[str]()

    def lose_the_first_answer(shelf: Shelf, document: Document, *rest: object) -> Outcome:
        if shelf.row.key not in failed:
            failed.add(shelf.row.key)
            raise Unavailable("the answer was lost")
        return recorded(shelf, document, *rest)  # type: ignore[arg-type]

    def any_name(shelf: Shelf, _binary: object) -> str:
        return f"{shelf.wanted.licence}-{secrets.token_hex(4)}.bin"

    deliver._recorded = lose_the_first_answer  # type: ignore[assignment]
    deliver._only_copy = lambda _: None  # type: ignore[assignment]
    deliver.name_of = any_name  # type: ignore[attr-defined, assignment]


SABOTAGES: Final[dict[str, Callable[[], None]]] = {
    sabotage.__name__: sabotage for sabotage in (ack_early, publish_unknown, skip_withdrawal, no_lookup)
}

if __name__ == "__main__":
    SABOTAGES[sys.argv.pop(1)]()
    cli.app()
