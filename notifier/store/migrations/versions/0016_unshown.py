"""answers are shown by a round."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("recipients", sa.Column("unshown", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_recipients_unshown", "recipients", ["id"], sqlite_where=sa.text("unshown"), postgresql_where=sa.text("unshown")
    )
