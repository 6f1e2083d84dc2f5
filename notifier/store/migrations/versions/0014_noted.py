"""noted."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("headcounts", sa.Column("noted_by", sa.String(length=80), nullable=True))
