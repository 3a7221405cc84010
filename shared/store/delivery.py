"""
The row of the ledger as others see it: one document in one community, wanted and made.

`wanted_generation` counts every change of what is wanted, `made_generation` says which of them stands at the vendor,
`announced_generation` which of them an executor was told of. None of them ever goes down.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote

from sqlalchemy import Row, Select, select

from shared.store.tables.delivering import DELIVERY
from shared.store.text import storable


class State(StrEnum):
    """Should it stand there, or does it."""

    PRESENT = "present"
    ABSENT = "absent"


class Decision(StrEnum):
    """What rights say."""

    PERMIT = "permit"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wanted:
    """What a planner wants for one document in one community."""

    publication: str
    community: str
    asset: str
    state: State
    decision: Decision
    reasons: tuple[str, ...]
    digest: str
    """Of everything that a delivered document would show."""
    body: str
    """JSON text for the executor."""
    seen_at: datetime
    """When the change behind it was seen: an effect's age counts from here."""


@dataclass(frozen=True)
class Due:
    """A document that is not as it is wanted."""

    key: str
    generation: int
    state: State
    seen_at: datetime


@dataclass(frozen=True)
class Delivery:
    """Everything the ledger knows of one document in one community."""

    key: str
    publication: str
    community: str
    asset: str
    external_key: str
    """Our own key of the document at the vendor: looked up before anything is created."""
    wanted_state: State
    wanted_generation: int
    wanted_digest: str
    wanted_body: str
    decision: Decision
    reasons: tuple[str, ...]
    seen_at: datetime
    made_state: State | None
    """None: nothing was ever made, and nobody knows what stands there."""
    made_generation: int
    made_digest: str | None
    document_id: str | None
    content_sha256: str | None
    content_bytes: int | None
    content_version: str | None
    made_at: datetime | None
    touched: bool
    """An executor once meant to write there; until then nothing of ours can stand there."""
    waiting_reason: str | None


def delivery_key(publication: str, community: str, asset: str) -> str:
    """Return the ledger's key of a document: its three parts, quoted so that none can pretend to be two."""
    return "/".join(quote(storable(part), safe="") for part in (publication, community, asset))


def asset_of(key: str) -> str:
    """Return the asset that a ledger's key is about."""
    return unquote(key.rsplit("/", 1)[-1])


def place_of(key: str) -> tuple[str, str]:
    """Return the publication and the community that a ledger's key is about. Raises ValueError when it is no key."""
    publication, community, _asset = key.split("/")
    return unquote(publication), unquote(community)


def external_key_of(tenant: str, publication: str, asset: str) -> str:
    """Return our own key of a document, as the vendor keeps it; the community is where it stands."""
    return f"smintio:{tenant}:{publication}:{asset}"


def reasons_text(reasons: Sequence[str]) -> str:
    """Write reasons as the store keeps them."""
    return _JSON.encode([storable(reason) for reason in reasons])


def reasons_of(written: str) -> tuple[str, ...]:
    """Read reasons as the store keeps them."""
    return tuple(json.loads(written))


_JSON: Final = json.JSONEncoder(ensure_ascii=False)
COLUMNS: Final = tuple(DELIVERY.c[name] for name in Delivery.__dataclass_fields__)


def every_delivery() -> Select[tuple[object, ...]]:
    """Select whole deliveries, to be read by `delivery_of`."""
    return select(*COLUMNS)


def delivery_of(row: Row[tuple[object, ...]]) -> Delivery:
    """Read a whole delivery."""
    fields = row._asdict()
    return Delivery(
        **fields
        | {
            "wanted_state": State(row.wanted_state),
            "decision": Decision(row.decision),
            "reasons": reasons_of(row.reasons),
            "made_state": None if row.made_state is None else State(row.made_state),
        }
    )
