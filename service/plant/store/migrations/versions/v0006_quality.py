"""Baselines, control charts and their alarms, audits, studies, drift, advice."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = (
    "baselines",
    "spc_subgroups",
    "spc_limits",
    "quality_alarms",
    "audit_samples",
    "studies",
    "appraisals",
    "picture_measures",
    "drift_references",
    "advice",
)


def upgrade() -> None:
    _baselines()
    _spc_subgroups()
    _spc_limits()
    _quality_alarms()
    _audit_samples()
    _studies()
    _appraisals()
    _picture_measures()
    _drift_references()
    _advice()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _baselines() -> None:
    op.create_table(
        "baselines",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site"),
        sa.Column("line", sa.String(255), nullable=True),
        sa.Column("from_utc", UtcTime(), nullable=False),
        sa.Column("to_utc", UtcTime(), nullable=False),
        sa.Column("set_utc", UtcTime(), nullable=False),
        _text("set_by"),
        sa.Column("why", sa.Text(), nullable=False),
    )


def _spc_subgroups() -> None:
    op.create_table(
        "spc_subgroups",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "area", "line"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("article", "bundle_id", "supplier"),
        sa.Column("from_order", sa.BigInteger(), nullable=False),
        sa.Column("to_order", sa.BigInteger(), nullable=False),
        sa.Column("from_utc", UtcTime(), nullable=False),
        sa.Column("to_utc", UtcTime(), nullable=False),
        sa.Column("from_mm", sa.Float(), nullable=False),
        sa.Column("to_mm", sa.Float(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("defective", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
    )
    _index("spc_subgroups", "line", "article", "bundle_id", "id")
    _index("spc_subgroups", "line", "to_order")


def _spc_limits() -> None:
    op.create_table(
        "spc_limits",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "area", "line", "article", "bundle_id", "measure"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("centre", sa.Float(), nullable=False),
        sa.Column("sigma_z", sa.Float(), nullable=False),
        sa.Column("subgroups", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Integer(), nullable=False),
        sa.Column("from_utc", UtcTime(), nullable=False),
        sa.Column("to_utc", UtcTime(), nullable=False),
        sa.Column("baseline_end", sa.BigInteger(), nullable=False),
        sa.Column("frozen_utc", UtcTime(), nullable=False),
        _text("frozen_by"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.UniqueConstraint(
            "line",
            "article",
            "bundle_id",
            "measure",
            "version",
            name="uq_spc_limits_line_article_bundle_id_measure_version",
        ),
    )


def _quality_alarms() -> None:
    op.create_table(
        "quality_alarms",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "area", "line"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("article", "bundle_id", "measure", "rule"),
        sa.Column("limits_version", sa.Integer(), nullable=False),
        sa.Column("first_point", sa.BigInteger(), nullable=True),
        sa.Column("last_point", sa.BigInteger(), nullable=True),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        _text("plan_id"),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("respond_within_min", sa.Float(), nullable=False),
        sa.Column("raised_utc", UtcTime(), nullable=False),
        sa.Column("ended_utc", UtcTime(), nullable=True),
        sa.Column("acknowledged_utc", UtcTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(255), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
    )
    _index("quality_alarms", "line", "raised_utc")


def _audit_samples() -> None:
    op.create_table(
        "audit_samples",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "area", "line"),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("draw_id", "kind", "subject"),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("from_utc", UtcTime(), nullable=False),
        sa.Column("to_utc", UtcTime(), nullable=False),
        sa.Column("drawn_utc", UtcTime(), nullable=False),
        _text("drawn_by"),
        sa.Column("answered_utc", UtcTime(), nullable=True),
        sa.Column("answered_by", sa.String(255), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
    )
    _index("audit_samples", "draw_id")
    _index("audit_samples", "line", "drawn_utc")


def _studies() -> None:
    op.create_table(
        "studies",
        sa.Column("study_id", sa.String(255), primary_key=True),
        *_texts("enterprise", "site", "area", "line"),
        sa.Column("made_utc", UtcTime(), nullable=False),
        _text("made_by"),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
    )


def _appraisals() -> None:
    op.create_table(
        "appraisals",
        sa.Column("id", sa.Integer(), primary_key=True),
        _text("study_id"),
        sa.Column("picture_sha256", sa.String(64), nullable=False),
        _text("appraiser"),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Boolean(), nullable=False),
        sa.Column("defective", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(255), nullable=True),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.UniqueConstraint(
            "study_id", "picture_sha256", "appraiser", "trial", "reference", name="uq_appraisals_answer"
        ),
    )
    _index("appraisals", "study_id")


def _picture_measures() -> None:
    op.create_table(
        "picture_measures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("measured_utc", UtcTime(), nullable=False),
        sa.Column("brightness", sa.Float(), nullable=False),
        sa.Column("sharpness", sa.Float(), nullable=False),
    )


def _drift_references() -> None:
    op.create_table(
        "drift_references",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "area", "line", "article", "bundle_id", "measure"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edges", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("frozen_utc", UtcTime(), nullable=False),
        _text("frozen_by"),
        sa.Column("why", sa.Text(), nullable=False),
        sa.UniqueConstraint(
            "line",
            "article",
            "bundle_id",
            "measure",
            "version",
            name="uq_drift_references_line_article_bundle_id_measure_version",
        ),
    )


def _advice() -> None:
    op.create_table(
        "advice",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site"),
        sa.Column("line", sa.String(255), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("kind", "subject"),
        sa.Column("evidence", sa.Text(), nullable=False),
        _text("measured_by"),
        sa.Column("before_value", sa.Float(), nullable=False),
        sa.Column("expected_value", sa.Float(), nullable=False),
        sa.Column("quantity_per_week", sa.Float(), nullable=False),
        sa.Column("expected_per_week", sa.Float(), nullable=False),
        _text("currency"),
        sa.Column("made_utc", UtcTime(), nullable=False),
        _text("status"),
        sa.Column("decided_by", sa.String(255), nullable=True),
        sa.Column("decided_utc", UtcTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("after_value", sa.Float(), nullable=True),
        sa.Column("gained_per_week", sa.Float(), nullable=True),
        sa.Column("scored_utc", UtcTime(), nullable=True),
    )
    _index("advice", "kind", "subject")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=False)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_text(name) for name in names]


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
