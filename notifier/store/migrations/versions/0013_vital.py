"""vital."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("alerts", sa.Column("vital", sa.Boolean(), server_default=sa.false(), nullable=False))
