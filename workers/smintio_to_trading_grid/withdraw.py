"""
Make one document be gone from its community. Urgent: a process of its own, so bulk publication never delays it.

Listens  fleet.withdrawal.due
Reads    the ledger's row, and what stands in the community now
Writes   deletes every copy; the ledger and the journal
Never    says done while an earlier write of another hand may still land
"""

from typing import Final

from sqlalchemy import Connection

from shared.messaging.topology import work_queue
from shared.store import held, ledger
from shared.store.ledger import State
from workers.endings import Outcome
from workers.executing import Errand, Executor
from workers.smintio_to_trading_grid.copies import Shelf
from workers.smintio_to_trading_grid.wanted_document import WantedDocument
from workers.tools import Tools

HELD_KINDS: Final = ("deliver", "withdraw")  # what is gone waits for nobody, whichever of the two had given up


def withdraw(errand: Errand, tools: Tools) -> Outcome:
    """Make the document of this errand be gone, or say why not yet."""
    with tools.database.read() as c:
        row = ledger.read(c, errand.tenant.name, errand.key)
    if row is None or row.wanted_state is State.PRESENT:
        return Outcome.SUPERSEDED
    if row.made_generation >= row.wanted_generation:
        return Outcome.UNCHANGED
    shelf = Shelf(errand, tools, row, WantedDocument.model_validate_json(row.wanted_body))
    with shelf.settling():
        return _gone(shelf)


def _gone(shelf: Shelf) -> Outcome:
    tenant, row = shelf.errand.tenant.name, shelf.row
    may_land = shelf.has_unsettled_intent()  # asked before we look: what lands after the look was open before it
    for copy in shelf.copies():
        shelf.remove(copy)
    if may_land:
        shelf.record(lambda c: ledger.wait(c, tenant, row.key, "an earlier write may still land; looked up again"))
        return Outcome.WAITING

    def write(c: Connection) -> None:
        for kind in HELD_KINDS:
            held.lift(c, tenant, row.key, kind)
        ledger.record_made(
            c, shelf.errand.lease, generation=row.wanted_generation, state=State.ABSENT, digest=None, document_id=None
        )

    shelf.record(write, shelf.entry("absent", None))
    return Outcome.DONE


WITHDRAW: Final = Executor(
    queue=work_queue("withdraw"), thing="delivery", vendors=frozenset({"trading_grid"}), execute=withdraw
)
