"""The closed loop: bounds, locks, trade curves, checked shots, and what the loop did."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("loop_actions", "shot_checks", "loop_curves", "loop_locks", "loop_bounds")
TENANT = ("enterprise", "site", "area", "line")
WHERE = ["line", "article", "kind"]
BOUND_NUMBERS = (
    *("low", "high", "step", "hysteresis_pct", "cool_down_min", "miss_price", "fibre_price_per_kg", "start"),
)
ACTION_NUMBERS = (
    *("before", "after", "expected_before_per_t", "expected_after_per_t", "happened_per_t"),
    *("unchanged_per_t", "scored_tonnes"),
)


def upgrade() -> None:
    _settings()
    _checks()
    _actions()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _settings() -> None:
    op.create_table(
        "loop_bounds",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts(*TENANT, "article", "kind"),
        *(sa.Column(name, sa.Float(), nullable=False) for name in BOUND_NUMBERS),
        sa.Column("least_findings", sa.Integer(), nullable=False),
        sa.Column("least_checks", sa.Integer(), nullable=False),
        *_texts("bundle_id", "set_by"),
        sa.Column("set_utc", UtcTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_table(
        "loop_locks",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts(*TENANT, "article", "kind"),
        sa.Column("locked", sa.Boolean(), nullable=False),
        *_texts("by"),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_table(
        "loop_curves",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("article", "kind"),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("measured_t", sa.Float(), nullable=False),
        *_texts("taken_by"),
        sa.Column("taken_utc", UtcTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )
    for table in ("loop_bounds", "loop_locks", "loop_curves"):
        op.create_index(f"ix_{table}_{'_'.join(WHERE)}", table, WHERE)


def _checks() -> None:
    op.create_table(
        "shot_checks",
        sa.Column("check_id", sa.String(255), primary_key=True),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("command_id"),
        sa.Column("lot_id", sa.String(255)),
        *_texts("article", "kind"),
        sa.Column("score", sa.Float()),
        *_texts("verdict", "seen_kind", "checked_by"),
        sa.Column("checked_utc", UtcTime(), nullable=False),
        sa.Column("taken_utc", UtcTime(), nullable=False),
        *_texts("origin"),
    )
    for columns in (["command_id"], ["lot_id"], ["line", "taken_utc"]):
        op.create_index(f"ix_shot_checks_{'_'.join(columns)}", "shot_checks", columns)


def _actions() -> None:
    op.create_table(
        "loop_actions",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("kind", "article", "subject"),
        *(sa.Column(name, sa.Float()) for name in ACTION_NUMBERS),
        *_texts("reason"),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("made_utc", UtcTime(), nullable=False),
        sa.Column("command_id", sa.String(255)),
        *_texts("status"),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_utc", UtcTime()),
        sa.Column("scored_utc", UtcTime()),
    )
    op.create_index("ix_loop_actions_command_id", "loop_actions", ["command_id"])
    op.create_index("ix_loop_actions_line_article_subject", "loop_actions", ["line", "article", "subject"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(255), nullable=False) for name in names]
