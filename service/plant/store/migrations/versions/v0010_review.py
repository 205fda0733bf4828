"""The review queue: items with their leases, and what people said; alarms that were taken up."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TENANT = ("enterprise", "site", "area", "line")


def upgrade() -> None:
    op.create_table(
        "review_items",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_texts(*TENANT),
        sa.Column("demo", sa.Boolean(), nullable=False),
        *_texts("subject", "subject_id"),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("picture_sha256", sa.String(64)),
        *_texts("why"),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("queued_utc", UtcTime(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("leased_to", sa.String(255)),
        sa.Column("leased_until", UtcTime()),
        sa.UniqueConstraint("subject", "subject_id", "audit_id", name="uq_review_items_subject"),
    )
    op.create_index("ix_review_items_round_value", "review_items", ["round", "value"])
    op.create_index("ix_review_items_leased_to", "review_items", ["leased_to"])
    op.create_table(
        "review_words",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        *_texts("user"),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("defective", sa.Boolean()),
        sa.Column("kind", sa.String(255)),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("boxes", sa.Text(), nullable=False),
        sa.Column("label_ids", sa.Text(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_review_words_item_id", "review_words", ["item_id"])
    op.create_index("ix_review_words_user_utc", "review_words", ["user", "utc"])
    op.create_table(
        "alarm_acks",
        sa.Column("alarm_key", sa.String(255), primary_key=True),
        *_texts("enterprise", "site"),
        sa.Column("utc", UtcTime(), nullable=False),
        *_texts("user"),
        sa.Column("note", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("alarm_acks")
    op.drop_table("review_words")
    op.drop_table("review_items")


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String(255), nullable=False) for name in names)
