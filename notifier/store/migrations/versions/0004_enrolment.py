"""enrolment."""

import sqlalchemy as sa
from alembic import op

import notifier.store.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("addresses", sa.Column("enrolled_at", notifier.store.tables.Instant(timezone=True), nullable=True))
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("expires_at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.Column("used_at", notifier.store.tables.Instant(timezone=True), nullable=True),
        sa.Column("used_blind", sa.LargeBinary(), nullable=True),
        sa.Column("revoked_at", notifier.store.tables.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_invitations_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(op.f("ix_invitations_person"), "invitations", ["person"])
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.BigInteger(), nullable=False),
        sa.Column("chat_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("chat_blind", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_at", notifier.store.tables.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_claims_person_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("chat_blind", name=op.f("uq_claims_chat_blind")),
        sa.UniqueConstraint("person", name=op.f("uq_claims_person")),
    )
