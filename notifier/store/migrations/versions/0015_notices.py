"""service texts."""

import sqlalchemy as sa
from alembic import op

import notifier.store.tables

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("lane", sa.String(length=40), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=True),
        sa.Column("recipient", sa.BigInteger(), nullable=True),
        sa.Column("to_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("to_blind", sa.LargeBinary(), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("due", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("ended_at", notifier.store.tables.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["recipient"], ["recipients.id"], name=op.f("fk_notices_recipient")),
        sa.ForeignKeyConstraint(["row"], ["outbox.id"], name=op.f("fk_notices_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("key", name=op.f("uq_notices_key")),
    )
    op.create_index(op.f("ix_notices_recipient"), "notices", ["recipient"])
    op.create_index(op.f("ix_notices_row"), "notices", ["row"])
    op.create_index(op.f("ix_notices_to_blind"), "notices", ["to_blind"])
    op.create_index("ix_notices_turn", "notices", ["lane", "stage", "due", "id"])
