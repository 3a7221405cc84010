"""The first tables."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: Final = "0001"
down_revision: Final = None
branch_labels: Final = None
depends_on: Final = None

# Types are spelt out here and not imported: a released revision must not change when the models do.
TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
INSTANT: Final = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
ROW_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))


def upgrade() -> None:
    op.create_table(
        "community",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("announced_revision", sa.BigInteger(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("ordering", sa.BigInteger(), nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_community")),
    )
    partial_index(
        "ix_community_unannounced", "community", ["tenant", "seen_at", "key"], "revision > announced_revision"
    )
    op.create_table(
        "credential",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("vendor", TEXT, nullable=False),
        sa.Column("refresh_token", TEXT, nullable=False),
        sa.Column("access_token", TEXT, nullable=True),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "vendor", name=op.f("pk_credential")),
    )
    op.create_table(
        "cursor",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("poller", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "poller", name=op.f("pk_cursor")),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", TEXT, nullable=True),
        sa.Column("queue", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("flow", TEXT, nullable=True),
        sa.Column("event_type", TEXT, nullable=True),
        sa.Column("event_id", TEXT, nullable=True),
        sa.Column("key", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("died_at", INSTANT, nullable=False),
        sa.Column("replayed_at", INSTANT, nullable=True),
        sa.Column("trace", TEXT, nullable=True),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("queue", "digest", name="uq_dead_letter_queue_digest"),
    )
    op.create_index("ix_dead_letter_tenant", "dead_letter", ["tenant", "id"])
    op.create_table(
        "deadline",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("asset", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("turn", TEXT, nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "asset", "at", "turn", name=op.f("pk_deadline")),
    )
    partial_index("ix_deadline_to_come", "deadline", ["tenant", "at"], "NOT announced")
    op.create_table(
        "delivery",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("publication", TEXT, nullable=False),
        sa.Column("community", TEXT, nullable=False),
        sa.Column("asset", TEXT, nullable=False),
        sa.Column("external_key", TEXT, nullable=False),
        sa.Column("wanted_state", TEXT, nullable=False),
        sa.Column("wanted_generation", sa.BigInteger(), nullable=False),
        sa.Column("announced_generation", sa.BigInteger(), nullable=False),
        sa.Column("wanted_digest", TEXT, nullable=False),
        sa.Column("wanted_body", TEXT, nullable=False),
        sa.Column("decision", TEXT, nullable=False),
        sa.Column("reasons", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("made_state", TEXT, nullable=True),
        sa.Column("made_generation", sa.BigInteger(), nullable=False),
        sa.Column("made_digest", TEXT, nullable=True),
        sa.Column("made_at", INSTANT, nullable=True),
        sa.Column("document_id", TEXT, nullable=True),
        sa.Column("content_sha256", TEXT, nullable=True),
        sa.Column("content_bytes", sa.BigInteger(), nullable=True),
        sa.Column("content_version", TEXT, nullable=True),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("waiting_reason", TEXT, nullable=True),
        sa.Column("sweeps", sa.Integer(), nullable=False),
        sa.Column("next_sweep_at", INSTANT, nullable=False),
        sa.CheckConstraint("made_generation <= wanted_generation", name=op.f("ck_delivery_never_made_above_wanted")),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_asset", "delivery", ["tenant", "asset"])
    op.create_index("ix_delivery_community", "delivery", ["tenant", "community", "key"])
    partial_index(
        "ix_delivery_sweep",
        "delivery",
        ["tenant", "wanted_state", "next_sweep_at"],
        "made_generation < wanted_generation",
    )
    partial_index(
        "ix_delivery_unmade", "delivery", ["tenant", "wanted_state", "seen_at"], "made_generation < wanted_generation"
    )
    op.create_index("ix_delivery_wanted_state", "delivery", ["tenant", "wanted_state"])
    op.create_table(
        "held",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "subject", "kind", name=op.f("pk_held")),
    )
    op.create_table(
        "intent",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("external_key", TEXT, nullable=False),
        sa.Column("operation", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=True),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("settles_at", INSTANT, nullable=False),
        sa.Column("outcome", TEXT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intent")),
    )
    op.create_index("ix_intent_external_key", "intent", ["tenant", "external_key"])
    op.create_table(
        "journal",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("asset", TEXT, nullable=True),
        sa.Column("community", TEXT, nullable=True),
        sa.Column("publication", TEXT, nullable=True),
        sa.Column("document_id", TEXT, nullable=True),
        sa.Column("version", TEXT, nullable=True),
        sa.Column("decision", TEXT, nullable=True),
        sa.Column("reasons", TEXT, nullable=False),
        sa.Column("event_id", TEXT, nullable=True),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_asset", "journal", ["tenant", "asset", "id"])
    op.create_index("ix_journal_tenant", "journal", ["tenant", "id"])
    op.create_table(
        "lease",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "subject", name=op.f("pk_lease")),
    )
    op.create_table(
        "licence",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("announced_revision", sa.BigInteger(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("ordering", sa.BigInteger(), nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_licence")),
    )
    partial_index("ix_licence_unannounced", "licence", ["tenant", "seen_at", "key"], "revision > announced_revision")
    op.create_table(
        "pause",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("scope", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("who", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "scope", "name", name=op.f("pk_pause")),
    )
    op.create_table(
        "set_aside",
        sa.Column("tenant", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "source", "key", "digest", name=op.f("pk_set_aside")),
    )
    op.create_table(
        "started",
        sa.Column("queue", TEXT, nullable=False),
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("queue", "event_id", name=op.f("pk_started")),
    )


def downgrade() -> None:
    op.drop_table("started")
    op.drop_table("set_aside")
    op.drop_table("pause")
    op.drop_table("licence")
    op.drop_table("lease")
    op.drop_table("journal")
    op.drop_table("intent")
    op.drop_table("held")
    op.drop_table("delivery")
    op.drop_table("deadline")
    op.drop_table("dead_letter")
    op.drop_table("cursor")
    op.drop_table("credential")
    op.drop_table("community")
