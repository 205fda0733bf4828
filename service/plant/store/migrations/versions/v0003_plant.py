"""What the plant decides or is told: pictures, grades, marks, commands, users, tokens, audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("audit", "tokens", "users", "commands", "marks", "grades", "pictures")


def upgrade() -> None:
    _pictures()
    _grades()
    _marks()
    _commands()
    _people()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.String(64), primary_key=True),
        *_tenant(),
        _text("media_type"),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        _utc("stored_utc"),
    )


def _grades() -> None:
    op.create_table(
        "grades",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_tenant(),
        _text("roll_id"),
        _flag("latest"),
        _flag("demo"),
        _text("grade", nullable=True),
        _text("status"),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.Column("points_per_100_m2", sa.Float()),
        *(_number(name) for name in ("length_m", "inspected_length_m", "width_mm", "area_m2", "coverage")),
        *(_number(name) for name in ("first_limit", "second_limit")),
        _text("profile_id"),
        sa.Column("profile_version", sa.Integer(), nullable=False),
        sa.Column("profile_source", sa.Text(), nullable=False),
        _text("profile_edition"),
        _flag("contract_is_example"),
        _flag("profile_verified"),
        sa.Column("workings", sa.Text(), nullable=False),
        _utc("graded_utc"),
        _text("reason"),
    )
    op.create_index("ix_grades_roll_id", "grades", ["roll_id"])


def _marks() -> None:
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_tenant(),
        _flag("demo"),
        _text("defect_id"),
        _text("label_id"),
        _text("verdict"),
        _text("kind", nullable=True),
        _text("user"),
        _utc("utc"),
    )
    op.create_index("ix_marks_defect_id", "marks", ["defect_id"])
    op.create_index("ix_marks_utc", "marks", ["utc"])


def _commands() -> None:
    op.create_table(
        "commands",
        _text("id", primary_key=True),
        *_tenant(),
        _text("command"),
        sa.Column("arguments", sa.Text(), nullable=False),
        _text("issued_by"),
        _utc("issued_utc"),
        _utc("expires_utc"),
    )
    op.create_index("ix_commands_line_issued_utc", "commands", ["line", "issued_utc"])


def _people() -> None:
    owner = ("enterprise", "site")
    op.create_table(
        "users",
        _text("login", primary_key=True),
        *(_text(name) for name in (*owner, "role", "password_hash")),
        _flag("must_change_password"),
        _utc("created_utc"),
    )
    op.create_table(
        "tokens",
        _text("line", primary_key=True),
        *(_text(name) for name in owner),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        _utc("since_utc"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(_text(name) for name in owner),
        _utc("utc"),
        *(_text(name) for name in ("user", "action", "subject")),
        sa.Column("detail", sa.Text(), nullable=False),
    )


def _text(name: str, *, nullable: bool = False, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=nullable, **more)


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _utc(name: str) -> sa.Column[Any]:
    return sa.Column(name, UtcTime(), nullable=False)


def _tenant() -> tuple[sa.Column[str], ...]:
    return _text("enterprise"), _text("site"), _text("area"), _text("line")
