"""until enough have answered."""

import sqlalchemy as sa
from alembic import op

import notifier.store.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    instant = notifier.store.tables.Instant(timezone=True)
    op.add_column("alerts", sa.Column("met_at", instant, nullable=True))
    op.add_column("alerts", sa.Column("stood_down_at", instant, nullable=True))
    op.add_column("recipients", sa.Column("stood_down_at", instant, nullable=True))
