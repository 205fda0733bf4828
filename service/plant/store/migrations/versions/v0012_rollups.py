"""Roll-ups of graded rolls by hour, and a note of each hour that changed."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COUNTS = ("rolls_complete", "first_graded", "first_pass")


def upgrade() -> None:
    with op.batch_alter_table("hourly_sums") as hours:
        for name in COUNTS:
            hours.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        hours.add_column(sa.Column("release_s", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "hourly_produced",
        sa.Column("hour_key", sa.String(255), primary_key=True),
        sa.Column("article", sa.String(255), primary_key=True),
        sa.Column("grade", sa.String(255), primary_key=True),
        sa.Column("line", sa.String(255), nullable=False),
        sa.Column("hour_utc", UtcTime(), nullable=False),
        sa.Column("m2", sa.Float(), nullable=False),
    )
    op.create_index("ix_hourly_produced_line_hour_utc", "hourly_produced", ["line", "hour_utc"])
    op.create_table(
        "touched_hours",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("line", sa.String(255), nullable=False),
        sa.Column("from_utc", UtcTime(), nullable=False),
        sa.Column("to_utc", UtcTime(), nullable=False),
        sa.Column("written_utc", UtcTime(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_defects_picture_sha256", "defects", ["picture_sha256"])
    for table in ("starts", "states"):
        op.create_index(f"ix_{table}_line_utc", table, ["line", "utc"])


def downgrade() -> None:
    for table in ("starts", "states"):
        op.drop_index(f"ix_{table}_line_utc", table)
    op.drop_index("ix_defects_picture_sha256", "defects")
    op.drop_table("touched_hours")
    op.drop_table("hourly_produced")
    with op.batch_alter_table("hourly_sums") as hours:
        for name in (*COUNTS, "release_s"):
            hours.drop_column(name)
