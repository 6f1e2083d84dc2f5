"""seen."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "seen",
        sa.Column("headcount", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["headcount"], ["headcounts.id"], name=op.f("fk_seen_headcount")),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.id"], name=op.f("fk_seen_recipient")),
        sa.PrimaryKeyConstraint("headcount", "recipient", name=op.f("pk_seen")),
    )
