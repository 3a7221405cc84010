"""Compare what is wanted with what was wanted until now: which rows of the ledger change, and which are due. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from shared.store.delivery import Decision, Due, State, Wanted, external_key_of, reasons_text
from shared.store.sets import Value
from shared.store.text import storable

NOT_IN_ANY_PUBLICATION: Final = "not in any publication"
AS_BEFORE: Final = ""
"""A body that need not travel again: the row has it."""


class Known(NamedTuple):
    """What was wanted of a document until now. A tuple, as the database gives it: sets of them are read all day."""

    key: str
    publication: str
    community: str
    asset: str
    wanted_state: str
    wanted_generation: int
    wanted_digest: str
    decision: str
    reasons: str
    seen_at: datetime
    made_generation: int
    announced_generation: int
    read_at: datetime
    """By the database's clock."""


class Standing(NamedTuple):
    """What says of a document whether it is due."""

    key: str
    wanted_state: str
    wanted_generation: int
    seen_at: datetime
    made_generation: int
    announced_generation: int


def changed(tenant: str, known: Mapping[str, Known], statement: Mapping[str, Wanted]) -> Iterator[dict[str, Value]]:
    """
    Yield the row of each document whose state, digest or verdict is not as it was.

    Its `wanted_generation` is how many to add: one, or none when only the verdict's wording changed.
    """
    for key, wanted in statement.items():
        row = known.get(key)
        digest, reasons = storable(wanted.digest), reasons_text(wanted.reasons)
        has_moved = row is None or (row.wanted_state, row.wanted_digest) != (wanted.state, digest)
        if row is None or has_moved or (row.decision, row.reasons) != (wanted.decision, reasons):
            yield {
                "tenant": tenant,
                "key": key,
                "publication": wanted.publication,
                "community": wanted.community,
                "asset": wanted.asset,
                "external_key": external_key_of(tenant, wanted.publication, wanted.asset),
                "wanted_state": wanted.state,
                "wanted_generation": int(has_moved),
                "wanted_digest": digest,
                "wanted_body": wanted.body if has_moved else AS_BEFORE,
                "decision": wanted.decision,
                "reasons": reasons,
                "seen_at": wanted.seen_at,
            }


def dropped(
    tenant: str, known: Mapping[str, Known], statement: Mapping[str, Wanted], seen_at: Mapping[str, datetime]
) -> Iterator[dict[str, Value]]:
    """Yield, in the form of `changed`, the row of each document that the statement does not name any more."""
    seen = _newest_of_each_asset(statement.values()) | {storable(asset): at for asset, at in seen_at.items()}
    reasons = reasons_text((NOT_IN_ANY_PUBLICATION,))
    for key, row in known.items():
        was = (row.wanted_state, row.decision, row.reasons)
        if key not in statement and was != (State.ABSENT, Decision.REFUSE, reasons):
            yield {
                "tenant": tenant,
                "key": key,
                "publication": row.publication,
                "community": row.community,
                "asset": row.asset,
                "external_key": external_key_of(tenant, row.publication, row.asset),
                "wanted_state": State.ABSENT,
                "wanted_generation": int(row.wanted_state != State.ABSENT),
                "wanted_digest": row.wanted_digest,
                "wanted_body": AS_BEFORE,
                "decision": Decision.REFUSE,
                "reasons": reasons,
                "seen_at": seen.get(row.asset, row.read_at),
            }


def _newest_of_each_asset(wanted: Iterable[Wanted]) -> dict[str, datetime]:
    newest: dict[str, datetime] = {}
    for one in wanted:
        asset = storable(one.asset)
        newest[asset] = max(one.seen_at, newest.get(asset, one.seen_at))
    return newest


def due(row: Known | Standing) -> Due | None:
    """Say what an executor is to be told of the document, if anything."""
    if max(row.made_generation, row.announced_generation) >= row.wanted_generation:
        return None
    return Due(row.key, row.wanted_generation, State(row.wanted_state), row.seen_at)
