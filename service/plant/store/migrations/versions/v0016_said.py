"""What lines and plant say, for any language, beside its English text."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("lines", "alarm_events", "command_answers", "plant_alarms", "loop_actions")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as rows:
            rows.add_column(sa.Column("said", sa.Text(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as rows:
            rows.drop_column("said")
