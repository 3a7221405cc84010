"""What the fleet has done and what it still owes, read from the store: the facts behind `fleet status` and the demo."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from shared.store import dead_letters, held, ledger
from shared.store.engine import Database
from shared.store.ledger import Decision, State


@dataclass(frozen=True)
class TenantStatus:
    """One tenant's deliveries, and what waits for a person."""

    tenant: str
    delivered: int
    """Documents that stand in communities as wanted."""
    withdrawn: int
    """Documents that are gone as wanted, or never were there because rights said no."""
    to_deliver: int
    to_withdraw: int
    refused: int
    """Deliveries that rights forbid."""
    unknown: int
    """Deliveries that cannot be judged: nothing is published until someone or something tells more."""
    held: int
    dead: int
    oldest_unmade_seconds: float | None

    def as_dict(self) -> dict[str, object]:
        """Return the fields for `--json`."""
        return asdict(self)


def status_of(database: Database, tenant: str) -> TenantStatus:
    """Read the present state of `tenant`."""
    with database.read() as c:
        counts = ledger.counts(c, tenant)
        decisions = ledger.decisions(c, tenant)
        oldest = ledger.oldest_unmade(c, tenant)
        return TenantStatus(
            tenant=tenant,
            delivered=counts[State.PRESENT, "made"],
            withdrawn=counts[State.ABSENT, "made"],
            to_deliver=counts[State.PRESENT, "due"],
            to_withdraw=counts[State.ABSENT, "due"],
            refused=decisions[Decision.REFUSE],
            unknown=decisions[Decision.UNKNOWN],
            held=held.count(c, tenant),
            dead=dead_letters.count(c, tenant),
            oldest_unmade_seconds=(datetime.now(UTC) - oldest).total_seconds() if oldest else None,
        )
