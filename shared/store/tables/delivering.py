"""What should stand at partners, what does, what was tried, what is held, and the record of who got what."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from shared.store.column_types import COUNT, ROW_ID, Instant, StoredText
from shared.store.tables.row import Row, partial_index, table_of

UNMADE: Final = "made_generation < wanted_generation"
OVER_SHARE: Final = "over its share"
"""Why a document waits whose community has as many hands as it may have."""
SHARING: Final = f"{UNMADE} and waiting_reason = '{OVER_SHARE}'"


class DeliveryRow(Row, table=True):
    """One document in one community: wanted and made. The row stays when nothing is wanted: it holds the verdict."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("made_generation <= wanted_generation", name="never_made_above_wanted"),
        Index("ix_delivery_asset", "tenant", "asset"),
        Index("ix_delivery_community", "tenant", "community", "key"),
        Index("ix_delivery_wanted_state", "tenant", "wanted_state"),
        partial_index("ix_delivery_sweep", "tenant", "wanted_state", "next_sweep_at", where=UNMADE),
        partial_index("ix_delivery_sharing", "tenant", "community", "next_sweep_at", where=SHARING),
        Index("ix_delivery_made_at", "tenant", "made_at", "community"),
        partial_index("ix_delivery_unmade", "tenant", "wanted_state", "seen_at", where=UNMADE),
    )

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    key: str = Field(primary_key=True, sa_type=StoredText)
    publication: str = Field(sa_type=StoredText)
    community: str = Field(sa_type=StoredText)
    asset: str = Field(sa_type=StoredText)
    external_key: str = Field(sa_type=StoredText)
    wanted_state: str = Field(sa_type=StoredText)
    wanted_generation: int = Field(sa_type=COUNT)
    announced_generation: int = Field(sa_type=COUNT)
    wanted_digest: str = Field(sa_type=StoredText)
    wanted_body: str = Field(sa_type=StoredText)
    decision: str = Field(sa_type=StoredText)
    reasons: str = Field(sa_type=StoredText)
    seen_at: datetime = Field(sa_type=Instant)
    made_state: str | None = Field(sa_type=StoredText)
    made_generation: int = Field(sa_type=COUNT)
    made_digest: str | None = Field(sa_type=StoredText)
    made_at: datetime | None = Field(sa_type=Instant)
    document_id: str | None = Field(sa_type=StoredText)
    content_sha256: str | None = Field(sa_type=StoredText)
    content_bytes: int | None = Field(sa_type=COUNT)
    content_version: str | None = Field(sa_type=StoredText)
    touched: bool
    waiting_reason: str | None = Field(sa_type=StoredText)
    sweeps: int
    next_sweep_at: datetime = Field(sa_type=Instant)


class IntentRow(Row, table=True):
    """A write at a vendor, noted before it was sent."""

    __tablename__ = "intent"
    __table_args__ = (Index("ix_intent_external_key", "tenant", "external_key"),)

    id: int = Field(primary_key=True, sa_type=ROW_ID)
    tenant: str = Field(sa_type=StoredText)
    subject: str = Field(sa_type=StoredText)
    external_key: str = Field(sa_type=StoredText)
    operation: str = Field(sa_type=StoredText)
    digest: str | None = Field(sa_type=StoredText)
    owner: str = Field(sa_type=StoredText)
    fence: int = Field(sa_type=COUNT)
    opened_at: datetime = Field(sa_type=Instant)
    settles_at: datetime = Field(sa_type=Instant)
    outcome: str | None = Field(sa_type=StoredText)
    closed_at: datetime | None = Field(sa_type=Instant)


class JournalRow(Row, table=True):
    """Who got what, when, which version, under which verdict, caused by which event. Never changed, never removed."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_asset", "tenant", "asset", "id"), Index("ix_journal_tenant", "tenant", "id"))

    id: int = Field(primary_key=True, sa_type=ROW_ID)
    tenant: str = Field(sa_type=StoredText)
    at: datetime = Field(sa_type=Instant)
    action: str = Field(sa_type=StoredText)
    asset: str | None = Field(sa_type=StoredText)
    community: str | None = Field(sa_type=StoredText)
    publication: str | None = Field(sa_type=StoredText)
    document_id: str | None = Field(sa_type=StoredText)
    version: str | None = Field(sa_type=StoredText)
    decision: str | None = Field(sa_type=StoredText)
    reasons: str = Field(sa_type=StoredText)
    event_id: str | None = Field(sa_type=StoredText)
    detail: str = Field(sa_type=StoredText)


class HeldRow(Row, table=True):
    """What goes no further until a person decides."""

    __tablename__ = "held"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    subject: str = Field(primary_key=True, sa_type=StoredText)
    kind: str = Field(primary_key=True, sa_type=StoredText)
    reason: str = Field(sa_type=StoredText)
    detail: str = Field(sa_type=StoredText)
    since: datetime = Field(sa_type=Instant)


DELIVERY: Final = table_of(DeliveryRow)
INTENT: Final = table_of(IntentRow)
JOURNAL: Final = table_of(JournalRow)
HELD: Final = table_of(HeldRow)
