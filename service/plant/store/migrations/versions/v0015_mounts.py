"""What feeds a line, from when on."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_mounts",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.String(255), nullable=False),
        sa.Column("line", sa.String(255), nullable=False),
        sa.Column("unit_id", sa.String(255), nullable=True),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("superseded_by", sa.String(255), nullable=True),
    )
    op.create_index("ix_ledger_mounts_unit_id", "ledger_mounts", ["unit_id"])
    op.create_index("ix_ledger_mounts_line_utc", "ledger_mounts", ["line", "utc"])


def downgrade() -> None:
    op.drop_table("ledger_mounts")
