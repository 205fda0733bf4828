"""Readings without a value, stock between shifts, spans seen under an expired calibration."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STOCKS = "ledger_stocks"
NAMES = ("entry_id", "line", "step", "unit_id", "lot_id", "basis")


def upgrade() -> None:
    with op.batch_alter_table("sensor_readings") as batch:
        batch.alter_column("value", existing_type=sa.Float(), nullable=True)
    op.create_table(
        STOCKS,
        *(sa.Column(name, sa.String(255), nullable=False, primary_key=name == "entry_id") for name in NAMES),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=False),
        sa.Column("conversion", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.String(255)),
        sa.Column("demo", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_ledger_stocks_line_utc", STOCKS, ["line", "utc"])
    op.create_index("ix_ledger_stocks_lot_id", STOCKS, ["lot_id"])
    for name in ("stock_before", "stock_after"):
        op.add_column("ledger_balances", sa.Column(name, sa.Float()))
    op.add_column(
        "spans", sa.Column("calibration_expired", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    with op.batch_alter_table("spans") as batch:
        batch.drop_column("calibration_expired")
    with op.batch_alter_table("ledger_balances") as batch:
        for name in ("stock_before", "stock_after"):
            batch.drop_column(name)
    op.drop_table(STOCKS)
    op.execute("DELETE FROM sensor_readings WHERE value IS NULL")
    with op.batch_alter_table("sensor_readings") as batch:
        batch.alter_column("value", existing_type=sa.Float(), nullable=False)
