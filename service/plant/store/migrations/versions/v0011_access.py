"""Lines of a user, since when their access is as it is, and tokens of machine clients."""

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("lines", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("users", sa.Column("since_utc", UtcTime(), nullable=True))
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.String(255), nullable=False) for name in ("enterprise", "site", "name", "role")),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("created_utc", UtcTime(), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("expires_utc", UtcTime(), nullable=False),
        sa.Column("revoked_utc", UtcTime(), nullable=True),
        sa.Column("used_utc", UtcTime(), nullable=True),
        sa.UniqueConstraint("token_sha256", name="uq_access_tokens_token_sha256"),
    )


def downgrade() -> None:
    op.drop_table("access_tokens")
    op.drop_column("users", "since_utc")
    op.drop_column("users", "lines")
