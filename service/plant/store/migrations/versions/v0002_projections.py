"""What events say: lines, rolls, lots, spans, defects, shots, alarms, states, pictures, answers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.plant.store.columns import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    *("alarm_events", "command_answers", "defects", "lines", "lots", "picture_notes", "rolls", "shots"),
    *("spans", "starts", "states"),
)


def upgrade() -> None:
    _lines()
    _material("rolls", "roll_id", _number("width_mm", nullable=True))
    _material("lots", "lot_id", _text("supplier"))
    _spans()
    _defects()
    _shots()
    _small_tables()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _lines() -> None:
    op.create_table(
        "lines",
        _text("line", primary_key=True),
        _text("enterprise"),
        _text("site"),
        _text("area"),
        *_clocks(),
        _flag("demo"),
        _text("line_kind", nullable=True),
        _text("software", nullable=True),
        _number("web_width_mm", nullable=True),
        _whole("started_order"),
        _text("state", nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("since_utc", UtcTime()),
        _whole("state_order"),
        _text("article", nullable=True),
        _whole("article_order"),
        _text("bundle_id", nullable=True),
        _whole("bundle_order"),
    )


def _material(table: str, key: str, own: sa.Column[Any]) -> None:
    op.create_table(
        table,
        _text(key, primary_key=True),
        *_tenant(),
        *_clocks(),
        _flag("demo"),
        _text("name"),
        _text("article"),
        _number("start_mm", nullable=True),
        _number("end_mm", nullable=True),
        sa.Column("started_utc", UtcTime()),
        sa.Column("ended_utc", UtcTime()),
        sa.Column("start_order", sa.BigInteger()),
        sa.Column("end_order", sa.BigInteger()),
        own,
    )
    _index(table, "ended_utc")
    _index(table, "line", "order_no")


def _spans() -> None:
    _from_event(
        "spans",
        *_place(),
        _flag("inspected"),
        _number("from_mm"),
        _number("to_mm"),
        _number("width_mm"),
        _text("reason"),
        sa.Column("detail", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("frames", "clean", "defective")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("unsure", "deadline_misses")),
        _number("decision_ms_max", nullable=True),
        sa.Column("stage_ms", sa.Text(), nullable=False),
        _number("fed_kg"),
        _number("trash_area_pct", nullable=True),
    )
    _index("spans", "roll_id")
    _index("spans", "lot_id")
    _index("spans", "line", "utc")


def _defects() -> None:
    op.create_table(
        "defects",
        _text("defect_id", primary_key=True),
        *_tenant(),
        *_clocks(),
        _flag("demo"),
        *_place(),
        _text("kind"),
        *(_number(name) for name in ("score", "x0_mm", "y0_mm", "x1_mm", "y1_mm", "area_mm2", "length_mm")),
        _flag("unsure"),
        sa.Column("frames", sa.Integer(), nullable=False),
        _text("bundle_id"),
        sa.Column("picture_sha256", sa.String(64)),
    )
    _index("defects", "roll_id")
    _index("defects", "lot_id")
    _index("defects", "line", "utc")
    _index("defects", "utc")


def _shots() -> None:
    op.create_table(
        "shots",
        _text("command_id", primary_key=True),
        *_tenant(),
        *_clocks(),
        _flag("demo"),
        *_place(),
        _text("actuator"),
        sa.Column("lane", sa.Integer(), nullable=False),
        _number("from_mm"),
        _number("to_mm"),
        _text("rule", nullable=True),
        _text("fate", nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("answered_utc", UtcTime()),
        _number("margin_ms", nullable=True),
        _number("ejected_kg"),
        _number("good_fibre_kg"),
    )
    _index("shots", "roll_id")
    _index("shots", "lot_id")
    _index("shots", "line", "utc")


def _small_tables() -> None:
    _from_event(
        "alarm_events", _text("code"), _flag("raised"), sa.Column("detail", sa.Text(), nullable=False)
    )
    _from_event("starts", _flag("started"))
    _from_event("states", _text("state"), sa.Column("cause", sa.Text(), nullable=False))
    _from_event(
        "picture_notes",
        *_place(),
        sa.Column("sha256", sa.String(64), nullable=False),
        _text("why"),
        _flag("dropped"),
        _text("media_type"),
        _whole("bytes"),
        *(_number(name, nullable=True) for name in ("web_mm", "x0_mm", "mm_per_px", "score")),
    )
    for column in ("roll_id", "lot_id", "sha256"):
        _index("picture_notes", column)
    _from_event(
        "command_answers",
        _text("command_id"),
        _text("command"),
        _text("outcome"),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    _index("command_answers", "command_id")


def _from_event(table: str, *columns: sa.Column[Any]) -> None:
    key = (
        _text("log_id", primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
    )
    op.create_table(table, *key, *_tenant(), *_clocks(), _flag("demo"), *columns)
    _index(table, "line", "order_no")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _text(name: str, *, nullable: bool = False, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(255), nullable=nullable, **more)


def _number(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _tenant() -> tuple[sa.Column[str], ...]:
    return _text("enterprise"), _text("site"), _text("area"), _text("line")


def _place() -> tuple[sa.Column[str], ...]:
    return _text("roll_id", nullable=True), _text("lot_id", nullable=True)


def _clocks() -> tuple[sa.Column[Any], ...]:
    utc: sa.Column[Any] = sa.Column("utc", UtcTime(), nullable=False)
    return utc, _whole("mono_ns"), _number("encoder_mm"), _whole("order_no")
