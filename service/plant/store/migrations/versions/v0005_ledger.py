"""The ledger: hash chain, entries and what follows from them, balances, the plant's alarms, hourly sums."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "chain_checkpoints",
    "chain_links",
    "hourly_sums",
    "ledger_balances",
    "ledger_entries",
    "ledger_flows",
    "ledger_orders",
    "ledger_parents",
    "ledger_stops",
    "ledger_units",
    "plant_alarms",
    "profile_activations",
    "roll_dispositions",
    "sensor_readings",
    "shifts_stated",
)


def upgrade() -> None:
    _chain_checkpoints()
    _chain_links()
    _hourly_sums()
    _ledger_balances()
    _ledger_entries()
    _ledger_flows()
    _ledger_orders()
    _ledger_parents()
    _ledger_stops()
    _ledger_units()
    _plant_alarms()
    _profile_activations()
    _roll_dispositions()
    _sensor_readings()
    op.create_table(
        "shifts_stated",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _needed("to_utc", UtcTime()),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _chain_checkpoints() -> None:
    op.create_table(
        "chain_checkpoints",
        _text("chain"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        _needed("events_to_seq", sa.BigInteger()),
        _needed("removed_utc", UtcTime()),
        _text("user"),
        _needed("why", sa.Text()),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_chain_checkpoints"),
    )


def _chain_links() -> None:
    op.create_table(
        "chain_links",
        _text("chain"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        _needed("utc", UtcTime()),
        _text("kind"),
        _text("subject"),
        _needed("covers", sa.Text()),
        _needed("marks", sa.Text()),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name="pk_chain_links"),
    )
    op.create_index("ix_chain_links_kind_subject", "chain_links", ["kind", "subject"])
    op.create_index("ix_chain_links_utc", "chain_links", ["utc"])


def _hourly_sums() -> None:
    op.create_table(
        "hourly_sums",
        _text("hour_key"),
        _text("line"),
        _needed("hour_utc", UtcTime()),
        _needed("demo", sa.Boolean()),
        _needed("newest_utc", UtcTime()),
        _needed("spans", sa.Integer()),
        _needed("frames", sa.Integer()),
        _needed("deadline_misses", sa.Integer()),
        _needed("found", sa.Integer()),
        _needed("unsure", sa.Integer()),
        _needed("ordered", sa.Integer()),
        _needed("answered", sa.Integer()),
        _needed("escaped", sa.Integer()),
        _needed("rolls_ended", sa.Integer()),
        _needed("rolls_graded", sa.Integer()),
        _needed("rolls_final", sa.Integer()),
        _needed("points", sa.Integer()),
        _needed("inspected_mm", sa.Float()),
        _needed("not_inspected_mm", sa.Float()),
        _needed("inspected_m2", sa.Float()),
        _needed("decision_ms_sum", sa.Float()),
        _needed("inspected_kg", sa.Float()),
        _needed("not_inspected_kg", sa.Float()),
        _needed("ejected_kg", sa.Float()),
        _needed("good_fibre_kg", sa.Float()),
        _needed("graded_m2", sa.Float()),
        _needed("downgraded_m2", sa.Float()),
        _needed("second_m2", sa.Float()),
        _needed("points_m2", sa.Float()),
        sa.PrimaryKeyConstraint("hour_key", name="pk_hourly_sums"),
    )
    op.create_index("ix_hourly_sums_line_hour_utc", "hourly_sums", ["line", "hour_utc"])


def _ledger_balances() -> None:
    op.create_table(
        "ledger_balances",
        _needed("id", sa.Integer()),
        _text("enterprise"),
        _text("site"),
        _text("scope"),
        _text("subject"),
        _text("line"),
        _text("basis"),
        sa.Column("from_utc", UtcTime()),
        sa.Column("to_utc", UtcTime()),
        _needed("latest", sa.Boolean()),
        _needed("demo", sa.Boolean()),
        sa.Column("input", sa.Float()),
        sa.Column("good", sa.Float()),
        sa.Column("ejected", sa.Float()),
        sa.Column("by_product", sa.Float()),
        sa.Column("waste", sa.Float()),
        sa.Column("unaccounted", sa.Float()),
        _needed("limit_pct", sa.Float()),
        _text("status"),
        _needed("stated_utc", UtcTime()),
        _text("reason"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_balances"),
    )
    op.create_index(
        "ix_ledger_balances_scope_subject_line_latest",
        "ledger_balances",
        ["scope", "subject", "line", "latest"],
    )


def _ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        _text("entry_id"),
        _needed("number", sa.BigInteger()),
        _text("enterprise"),
        _text("site"),
        _text("kind"),
        _needed("at_utc", UtcTime()),
        _needed("entered_utc", UtcTime()),
        _text("entered_by"),
        _text("origin"),
        sa.Column("corrects", sa.String(length=255)),
        _needed("demo", sa.Boolean()),
        _needed("raw", sa.Text()),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_entries"),
        sa.UniqueConstraint("number", name="uq_ledger_entries_number"),
    )
    op.create_index("ix_ledger_entries_corrects", "ledger_entries", ["corrects"])


def _ledger_flows() -> None:
    op.create_table(
        "ledger_flows",
        _text("entry_id"),
        _text("enterprise"),
        _text("site"),
        _text("area"),
        _text("line"),
        _needed("demo", sa.Boolean()),
        _needed("utc", UtcTime()),
        _text("flow"),
        _text("step"),
        _text("unit_id"),
        _text("lot_id"),
        _text("basis"),
        _needed("quantity", sa.Float()),
        _needed("given_value", sa.Float()),
        _text("given_unit"),
        _needed("conversion", sa.Text()),
        _text("cause"),
        _text("origin"),
        sa.Column("superseded_by", sa.String(length=255)),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_flows"),
    )
    op.create_index("ix_ledger_flows_line_utc", "ledger_flows", ["line", "utc"])
    op.create_index("ix_ledger_flows_lot_id", "ledger_flows", ["lot_id"])
    op.create_index("ix_ledger_flows_unit_id", "ledger_flows", ["unit_id"])
    op.create_index("ix_ledger_flows_utc", "ledger_flows", ["utc"])


def _ledger_orders() -> None:
    op.create_table(
        "ledger_orders",
        _text("order_id"),
        _text("article"),
        _text("customer"),
        _needed("quantity", sa.Float()),
        _text("unit"),
        sa.Column("due_utc", UtcTime()),
        _text("profile_id"),
        sa.Column("first_limit", sa.Float()),
        sa.Column("second_limit", sa.Float()),
        _text("entry_id"),
        sa.PrimaryKeyConstraint("order_id", name="pk_ledger_orders"),
    )


def _ledger_parents() -> None:
    op.create_table(
        "ledger_parents",
        _text("unit_id"),
        _text("parent_id"),
        sa.PrimaryKeyConstraint("unit_id", "parent_id", name="pk_ledger_parents"),
    )
    op.create_index("ix_ledger_parents_parent_id", "ledger_parents", ["parent_id"])


def _ledger_stops() -> None:
    op.create_table(
        "ledger_stops",
        _text("entry_id"),
        _text("line"),
        _needed("from_utc", UtcTime()),
        _needed("to_utc", UtcTime()),
        _text("reason"),
        _needed("note", sa.Text()),
        _text("entered_by"),
        sa.Column("superseded_by", sa.String(length=255)),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_stops"),
    )
    op.create_index("ix_ledger_stops_line_from_utc", "ledger_stops", ["line", "from_utc"])


def _ledger_units() -> None:
    op.create_table(
        "ledger_units",
        _text("unit_id"),
        _text("step"),
        _text("name"),
        _text("supplier"),
        _text("article"),
        _text("order_id"),
        _needed("made_utc", UtcTime()),
        sa.Column("closed_utc", UtcTime()),
        _text("entry_id"),
        _needed("demo", sa.Boolean()),
        sa.PrimaryKeyConstraint("unit_id", name="pk_ledger_units"),
    )
    op.create_index("ix_ledger_units_step_name", "ledger_units", ["step", "name"])


def _plant_alarms() -> None:
    op.create_table(
        "plant_alarms",
        _needed("id", sa.Integer()),
        _text("enterprise"),
        _text("site"),
        _text("line"),
        _text("code"),
        _text("subject"),
        _needed("detail", sa.Text()),
        _needed("raised_utc", UtcTime()),
        sa.Column("cleared_utc", UtcTime()),
        sa.Column("acknowledged_utc", UtcTime()),
        _text("acknowledged_by"),
        _needed("demo", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_plant_alarms"),
    )
    op.create_index("ix_plant_alarms_code_subject", "plant_alarms", ["code", "subject"])


def _profile_activations() -> None:
    op.create_table(
        "profile_activations",
        _text("entry_id"),
        _text("profile_id"),
        _needed("version", sa.Integer()),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        _needed("from_utc", UtcTime()),
        _needed("number", sa.BigInteger()),
        sa.PrimaryKeyConstraint("entry_id", name="pk_profile_activations"),
    )


def _roll_dispositions() -> None:
    op.create_table(
        "roll_dispositions",
        _text("entry_id"),
        _text("roll_id"),
        _text("action"),
        sa.Column("grade", sa.String(length=255)),
        _needed("why", sa.Text()),
        _text("entered_by"),
        _needed("utc", UtcTime()),
        _needed("number", sa.BigInteger()),
        sa.PrimaryKeyConstraint("entry_id", name="pk_roll_dispositions"),
    )
    op.create_index("ix_roll_dispositions_roll_id", "roll_dispositions", ["roll_id"])


def _sensor_readings() -> None:
    op.create_table(
        "sensor_readings",
        _text("reading_id"),
        _text("enterprise"),
        _text("site"),
        _text("area"),
        _text("line"),
        _needed("demo", sa.Boolean()),
        _needed("utc", UtcTime()),
        _text("sensor_id"),
        _text("measured"),
        _needed("value", sa.Float()),
        _text("unit"),
        _text("quality"),
        _needed("detail", sa.Text()),
        _text("origin"),
        sa.PrimaryKeyConstraint("reading_id", name="pk_sensor_readings"),
    )
    op.create_index(
        "ix_sensor_readings_line_measured_utc",
        "sensor_readings",
        ["line", "measured", "utc"],
    )
    op.create_index("ix_sensor_readings_sensor_id_utc", "sensor_readings", ["sensor_id", "utc"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=False)


def _needed(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
