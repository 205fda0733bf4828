"""What lines deliver: raw events, their logs, and which log spoke for a line when."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        _text("log_id", primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_tenant(),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("mono_ns", sa.BigInteger(), nullable=False),
        sa.Column("encoder_mm", sa.Float(), nullable=False),
        sa.Column("order_no", sa.BigInteger(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        _text("event_id"),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        _text("kind"),
        sa.Column("received_utc", UtcTime(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
    )
    op.create_index("ix_events_line_order_no", "events", ["line", "order_no"])
    op.create_table(
        "logs",
        _text("log_id", primary_key=True),
        *_tenant(),
        sa.Column("last_heard_utc", UtcTime(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("highest_seq", sa.BigInteger(), nullable=False),
        sa.Column("contiguous_seq", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "tenures",
        sa.Column("generation", sa.Integer(), primary_key=True, autoincrement=False),
        *_tenant(),
        _text("log_id"),
        sa.Column("from_seq", sa.BigInteger(), nullable=False),
        sa.Column("began_utc", UtcTime(), nullable=False),
    )
    op.create_index("ix_tenures_line_generation", "tenures", ["line", "generation"])


def downgrade() -> None:
    for table in ("tenures", "logs", "events"):
        op.drop_table(table)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=False, **more)


def _tenant() -> tuple[sa.Column[str], ...]:
    return _text("enterprise"), _text("site"), _text("area"), _text("line")
