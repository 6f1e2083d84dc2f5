"""an alert that is over is shown by a round."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("alerts", sa.Column("unshown", sa.Boolean(), server_default=sa.false(), nullable=False))
