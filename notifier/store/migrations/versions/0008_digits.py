"""digits."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("recipients", sa.Column("digits", sa.String(length=9), server_default="", nullable=False))
