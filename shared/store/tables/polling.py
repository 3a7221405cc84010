"""What pollers keep: how far they read, what they saw, what they could not read, and what the clock will announce."""

from datetime import datetime
from typing import Final

from sqlmodel import Field

from shared.store.column_types import COUNT, Instant, StoredText
from shared.store.tables.row import Row, partial_index, table_of

UNANNOUNCED: Final = "revision > announced_revision"
TO_COME: Final = "NOT announced"


class CursorRow(Row, table=True):
    """How far a poller has read its source."""

    __tablename__ = "cursor"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    poller: str = Field(primary_key=True, sa_type=StoredText)
    value: str | None = Field(sa_type=StoredText)
    version: int = Field(sa_type=COUNT)
    moved_at: datetime = Field(sa_type=Instant)


class MirrorColumns(Row):
    """A record of a source that cannot be read by key."""

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    key: str = Field(primary_key=True, sa_type=StoredText)
    revision: int = Field(sa_type=COUNT)
    """Counts the changes that we saw; the vendor's own count is `ordering`."""
    announced_revision: int = Field(sa_type=COUNT)
    digest: str = Field(sa_type=StoredText)
    ordering: int = Field(sa_type=COUNT)
    body: str = Field(sa_type=StoredText)
    seen_at: datetime = Field(sa_type=Instant)


class LicenceRow(MirrorColumns, table=True):
    """A licence purchase transaction of Smint.io."""

    __tablename__ = "licence"
    __table_args__ = (partial_index("ix_licence_unannounced", "tenant", "seen_at", "key", where=UNANNOUNCED),)


class CommunityRow(MirrorColumns, table=True):
    """A partner community of Trading Grid, with its members."""

    __tablename__ = "community"
    __table_args__ = (partial_index("ix_community_unannounced", "tenant", "seen_at", "key", where=UNANNOUNCED),)


class SetAsideRow(Row, table=True):
    """A record that could not be read, kept so that somebody can."""

    __tablename__ = "set_aside"

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    source: str = Field(primary_key=True, sa_type=StoredText)
    key: str = Field(primary_key=True, sa_type=StoredText)
    digest: str = Field(primary_key=True, sa_type=StoredText)
    reason: str = Field(sa_type=StoredText)
    body: str = Field(sa_type=StoredText)
    at: datetime = Field(sa_type=Instant)


class DeadlineRow(Row, table=True):
    """An instant at which a right of an asset begins, is about to end, or ends."""

    __tablename__ = "deadline"
    __table_args__ = (partial_index("ix_deadline_to_come", "tenant", "at", where=TO_COME),)

    tenant: str = Field(primary_key=True, sa_type=StoredText)
    asset: str = Field(primary_key=True, sa_type=StoredText)
    at: datetime = Field(primary_key=True, sa_type=Instant)
    turn: str = Field(primary_key=True, sa_type=StoredText)
    announced: bool


CURSOR: Final = table_of(CursorRow)
LICENCE: Final = table_of(LicenceRow)
COMMUNITY: Final = table_of(CommunityRow)
SET_ASIDE: Final = table_of(SetAsideRow)
DEADLINE: Final = table_of(DeadlineRow)
