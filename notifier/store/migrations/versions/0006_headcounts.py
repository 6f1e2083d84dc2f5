"""headcounts."""

import sqlalchemy as sa
from alembic import op

import notifier.store.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "headcounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("alert", sa.BigInteger(), nullable=False),
        sa.Column("clinic", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=8), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.id"], name=op.f("fk_headcounts_recipient")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcounts")),
    )
    op.create_index(op.f("ix_headcounts_alert"), "headcounts", ["alert"])
    op.create_index(op.f("ix_headcounts_recipient"), "headcounts", ["recipient"])
