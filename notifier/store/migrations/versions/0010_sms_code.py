"""sms_code."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("alerts", sa.Column("sms_code", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("recipients", sa.Column("wrong_codes", sa.Integer(), server_default="0", nullable=False))
