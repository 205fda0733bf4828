"""Roll-ups of energy counters by hour, made for the readings that are kept."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BATCH = 5_000
READINGS = sa.table(
    "sensor_readings",
    *(sa.column(name, sa.String()) for name in ("reading_id", "line", "sensor_id", "measured", "quality")),
    sa.column("utc", UtcTime()),
    sa.column("value", sa.Float()),
)


def upgrade() -> None:
    made = op.create_table(
        "hourly_energy",
        sa.Column("line", sa.String(255), primary_key=True),
        sa.Column("sensor_id", sa.String(255), primary_key=True),
        sa.Column("hour_utc", UtcTime(), primary_key=True),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("first_kwh", "last_kwh", "kwh")),
        sa.Column("last_utc", UtcTime(), nullable=False),
        sa.Column("resets", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
    )
    op.create_index("ix_hourly_energy_line_hour_utc", "hourly_energy", ["line", "hour_utc"])
    rows: list[dict[str, Any]] = []  # Any: column values
    for row in _hours(op.get_bind()):
        rows.append(row)
        if len(rows) == BATCH:
            op.bulk_insert(made, rows)
            rows = []
    op.bulk_insert(made, rows)


def _hours(bind: sa.Connection) -> Iterator[dict[str, Any]]:
    order = [READINGS.c[name] for name in ("line", "sensor_id", "utc", "reading_id")]
    query = (
        sa.select(*order, READINGS.c.value)
        .where(READINGS.c.measured == "energy", READINGS.c.quality == "good")
        .order_by(*order)
    )
    found = bind.execute(query.execution_options(yield_per=BATCH))
    for (line, sensor_id, hour), readings in groupby(
        found, lambda row: (row.line, row.sensor_id, row.utc.replace(minute=0, second=0, microsecond=0))
    ):
        first, *later = readings
        last, last_utc, kwh, resets, steps = first.value, first.utc, 0.0, 0, 0
        for row in later:
            fell = row.value < last
            kwh += row.value if fell else row.value - last
            resets, steps = resets + int(fell), steps + 1
            last, last_utc = row.value, row.utc
        yield {
            "line": line, "sensor_id": sensor_id, "hour_utc": hour, "first_kwh": first.value,
            "last_kwh": last, "kwh": kwh, "last_utc": last_utc, "resets": resets, "steps": steps,
        }  # fmt: skip


def downgrade() -> None:
    op.drop_table("hourly_energy")
