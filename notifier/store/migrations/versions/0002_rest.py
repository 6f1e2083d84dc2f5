"""rest."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("alerts", sa.Column("despite_rest", sa.Text(), nullable=True))
    op.add_column("recipients", sa.Column("rest", sa.String(length=12), nullable=True))
