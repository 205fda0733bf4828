"""What people said of frames on the live strip."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TENANT = ("enterprise", "site", "area", "line")


def upgrade() -> None:
    op.create_table(
        "strip_words",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("word_id", sa.String(255), nullable=False),
        *(sa.Column(name, sa.String(255), nullable=False) for name in (*TENANT, "user")),
        sa.Column("utc", UtcTime(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("frame_seq", sa.BigInteger(), nullable=False),
        sa.Column("web_mm", sa.Float(), nullable=False),
        sa.Column("end_mm", sa.Float(), nullable=False),
        sa.Column("machine", sa.String(255), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("supersedes", sa.String(255)),
        sa.Column("after_no", sa.BigInteger(), nullable=False),
        sa.Column("picture_sha256", sa.String(64)),
        sa.Column("label_id", sa.String(255)),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.UniqueConstraint("word_id", name="uq_strip_words_word_id"),
    )
    op.create_index("ix_strip_words_picture_sha256", "strip_words", ["picture_sha256"])
    op.create_index("ix_strip_words_line_utc", "strip_words", ["line", "utc"])


def downgrade() -> None:
    op.drop_table("strip_words")
