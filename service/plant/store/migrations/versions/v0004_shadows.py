"""What lines say of recipes that look on as shadow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLE = "shadow_comparisons"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("log_id", sa.String(255), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(_text(name) for name in ("enterprise", "site", "area", "line")),
        *_clocks(),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("article", "active_bundle_id", "shadow_bundle_id")),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("verdicts", sa.Text(), nullable=False),
    )
    for columns in (["line", "order_no"], ["utc"]):
        op.create_index(f"ix_{TABLE}_{'_'.join(columns)}", TABLE, columns)


def downgrade() -> None:
    op.drop_table(TABLE)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=False)


def _clocks() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("mono_ns", sa.BigInteger(), nullable=False),
        sa.Column("encoder_mm", sa.Float(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
    )
