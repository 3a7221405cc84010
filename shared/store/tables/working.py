"""What keeps workers safe: leases, starts, pauses, dead letters and credentials."""

from datetime import datetime
from typing import Final

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from shared.store.column_types import COUNT, ROW_ID, Instant, StoredText
from shared.store.tables.row import Row, table_of


class LeaseRow(Row, table=True):
    """Whose hand is on a subject. The row stays when nobody's is: the fence grows for ever."""

    __tablename__ = "lease"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    kind: str = Field(primary_key=True, sa_type=StoredText)
    subject: str = Field(primary_key=True, sa_type=StoredText)
    owner: str | None = Field(sa_type=StoredText)
    fence: int = Field(sa_type=COUNT)
    until: datetime = Field(sa_type=Instant)


class StartedRow(Row, table=True):
    """How often work on an event began and did not end: what kills its worker is found by this."""

    __tablename__ = "started"

    queue: str = Field(primary_key=True, sa_type=StoredText)
    event_id: str = Field(primary_key=True, sa_type=StoredText)
    starts: int
    last_at: datetime = Field(sa_type=Instant)


class PauseRow(Row, table=True):
    """What a person, or a guard, has stopped."""

    __tablename__ = "pause"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    scope: str = Field(primary_key=True, sa_type=StoredText)
    name: str = Field(primary_key=True, sa_type=StoredText)
    who: str = Field(sa_type=StoredText)
    why: str = Field(sa_type=StoredText)
    since: datetime = Field(sa_type=Instant)


class DeadLetterRow(Row, table=True):
    """An event that nobody will try again by itself."""

    __tablename__ = "dead_letter"
    __table_args__ = (
        UniqueConstraint("queue", "digest", name="uq_dead_letter_queue_digest"),
        Index("ix_dead_letter_tenant", "tenant", "id"),
    )

    id: int = Field(primary_key=True, sa_type=ROW_ID)
    tenant: str | None = Field(sa_type=StoredText)
    queue: str = Field(sa_type=StoredText)
    digest: str = Field(sa_type=StoredText)
    flow: str | None = Field(sa_type=StoredText)
    event_type: str | None = Field(sa_type=StoredText)
    event_id: str | None = Field(sa_type=StoredText)
    key: str | None = Field(sa_type=StoredText)
    reason: str = Field(sa_type=StoredText)
    error: str = Field(sa_type=StoredText)
    attempts: int
    first_seen_at: datetime = Field(sa_type=Instant)
    died_at: datetime = Field(sa_type=Instant)
    replayed_at: datetime | None = Field(sa_type=Instant)
    trace: str | None = Field(sa_type=StoredText)
    body: str = Field(sa_type=StoredText)


class CredentialRow(Row, table=True):
    """A vendor's tokens. They rotate: whoever replaces them must have seen the ones replaced."""

    __tablename__ = "credential"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    vendor: str = Field(primary_key=True, sa_type=StoredText)
    refresh_token: str = Field(sa_type=StoredText)
    access_token: str | None = Field(sa_type=StoredText)
    expires_at: datetime | None = Field(sa_type=Instant)
    version: int = Field(sa_type=COUNT)


LEASE: Final = table_of(LeaseRow)
STARTED: Final = table_of(StartedRow)
PAUSE: Final = table_of(PauseRow)
DEAD_LETTER: Final = table_of(DeadLetterRow)
CREDENTIAL: Final = table_of(CredentialRow)
