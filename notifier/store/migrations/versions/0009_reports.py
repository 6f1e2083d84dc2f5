"""reports."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("headcounts", sa.Column("patients", sa.Integer(), nullable=True))
    op.add_column("headcounts", sa.Column("folder", sa.Boolean(), nullable=True))
    op.add_column("headcounts", sa.Column("phones", sa.Boolean(), nullable=True))
    op.add_column("headcounts", sa.Column("blocked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("headcounts", sa.Column("event", sa.String(length=160), nullable=True))
