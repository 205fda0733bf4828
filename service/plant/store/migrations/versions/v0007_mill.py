"""What leaves the plant for the mill's systems, and what comes from them."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "imported", "import_runs", "complaints", "idempotency_keys", "deliveries", "destinations", "outbox",
)  # fmt: skip
TENANT = ("enterprise", "site", "area", "line")


def upgrade() -> None:
    _outbox()
    _deliveries()
    _idempotency_keys()
    _complaints()
    _imports()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.String(36), nullable=False),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("kind"),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("happened_utc", UtcTime(), nullable=False),
        sa.Column("written_utc", UtcTime(), nullable=False),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_written_utc", "outbox", ["written_utc"])


def _deliveries() -> None:
    op.create_table(
        "destinations",
        sa.Column("name", sa.String(255), primary_key=True),
        *_texts("enterprise", "site", "kind"),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since_utc", UtcTime(), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("destination", sa.String(255), primary_key=True),
        sa.Column(
            "outbox_id", sa.Integer(), sa.ForeignKey("outbox.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_utc", UtcTime(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
    )
    for columns in (["destination", "given_up", "outbox_id"], ["outbox_id"]):
        op.create_index(f"ix_deliveries_{'_'.join(columns)}", "deliveries", columns)


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("scope_sha256", sa.String(64), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        *_texts("media_type"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("asked_utc", UtcTime(), nullable=False),
    )
    op.create_index("ix_idempotency_keys_asked_utc", "idempotency_keys", ["asked_utc"])


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("complaint_id", sa.String(36), primary_key=True),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("roll_id", "customer", "reference"),
        sa.Column("from_mm", sa.Float()),
        sa.Column("to_mm", sa.Float()),
        sa.Column("kind", sa.String(255)),
        sa.Column("text", sa.Text(), nullable=False),
        *_texts("user"),
        sa.Column("utc", UtcTime(), nullable=False),
    )
    for column in ("roll_id", "utc"):
        op.create_index(f"ix_complaints_{column}", "complaints", [column])


def _imports() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts("enterprise", "site", "kind", "source"),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        *_texts("mapping", "user"),
        sa.Column("utc", UtcTime(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("taken", "unchanged", "refused")),
    )
    op.create_table(
        "imported",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("import_runs.id"), nullable=False),
        *_texts("enterprise", "site", "kind", "key"),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        *_texts("entry_id"),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("utc", UtcTime(), nullable=False),
    )
    op.create_index("ix_imported_run_id", "imported", ["run_id"])
    op.create_index("ix_imported_kind_key", "imported", ["kind", "key"])


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(255), nullable=False) for name in names)
