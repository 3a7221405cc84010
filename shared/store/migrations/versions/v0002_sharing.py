"""Communities that wait for a hand, and how fast each one's documents are made."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"
branch_labels: Final = None
depends_on: Final = None

SHARING: Final = "made_generation < wanted_generation and waiting_reason = 'over its share'"


def upgrade() -> None:
    op.create_index(
        "ix_delivery_sharing",
        "delivery",
        ["tenant", "community", "next_sweep_at"],
        postgresql_where=sa.text(SHARING),
        sqlite_where=sa.text(SHARING),
    )
    op.create_index("ix_delivery_made_at", "delivery", ["tenant", "made_at", "community"])


def downgrade() -> None:
    op.drop_index("ix_delivery_made_at", "delivery")
    op.drop_index("ix_delivery_sharing", "delivery")
