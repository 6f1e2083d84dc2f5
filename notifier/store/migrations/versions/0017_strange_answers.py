"""what a provider said that nobody understood is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("attempts") as table:
        table.alter_column("detail", existing_type=sa.String(80), type_=sa.Text(), existing_nullable=True)
