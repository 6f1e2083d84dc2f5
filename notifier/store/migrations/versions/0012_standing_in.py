"""standing in for somebody silent."""

import sqlalchemy as sa
from alembic import op

import notifier.store.tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("recipients", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    op.add_column("recipients", sa.Column("called_at", notifier.store.tables.Instant(timezone=True), nullable=True))
