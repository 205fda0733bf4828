"""Tables of the closed loop: bounds, locks, curves, checked shots, actions. None is a projection."""

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from service.plant.store.columns import UtcTime, demo, said, tenant, text
from service.plant.store.tables import METADATA

BOUND_NUMBERS = (
    *("low", "high", "step", "hysteresis_pct", "cool_down_min", "miss_price", "fibre_price_per_kg", "start"),
)
ACTION_NUMBERS = (
    *("before", "after", "expected_before_per_t", "expected_after_per_t", "happened_per_t"),
    *("unchanged_per_t", "scored_tonnes"),
)

LOOP_BOUNDS = Table(  # every version; the newest of a line, article and kind is in force
    "loop_bounds",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    text("article"),
    text("kind"),
    *(Column(name, Float, nullable=False) for name in BOUND_NUMBERS),
    Column("least_findings", Integer, nullable=False),
    Column("least_checks", Integer, nullable=False),
    text("bundle_id"),
    text("set_by"),
    Column("set_utc", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "line", "article", "kind"),
)
LOOP_LOCKS = Table(  # likewise
    "loop_locks",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    text("article"),
    text("kind"),  # empty: every kind
    Column("locked", Boolean, nullable=False),
    text("by"),
    Column("utc", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    Index(None, "line", "article", "kind"),
)
LOOP_CURVES = Table(  # likewise
    "loop_curves",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("article"),
    text("kind"),
    Column("points", Text, nullable=False),  # JSON
    Column("measured_t", Float, nullable=False),
    text("taken_by"),
    Column("taken_utc", UtcTime, nullable=False),
    Column("source", Text, nullable=False),
    Index(None, "line", "article", "kind"),
)
SHOT_CHECKS = Table(
    "shot_checks",
    METADATA,
    text("check_id", primary_key=True),
    *tenant(),
    demo(),
    Column("command_id", String(255), nullable=False, index=True),
    Column("lot_id", String(255), nullable=True, index=True),
    text("article"),
    text("kind"),  # as the line named it; empty: no finding lies at the shot
    Column("score", Float),
    text("verdict"),
    text("seen_kind"),
    text("checked_by"),
    Column("checked_utc", UtcTime, nullable=False),
    Column("taken_utc", UtcTime, nullable=False),
    text("origin"),
    Index(None, "line", "taken_utc"),
)
LOOP_ACTIONS = Table(
    "loop_actions",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("kind"),
    text("article"),
    text("subject"),
    *(Column(name, Float) for name in ACTION_NUMBERS),
    text("reason"),
    Column("evidence", Text, nullable=False),  # JSON: [what, value, unit, pieces]
    Column("made_utc", UtcTime, nullable=False),
    Column("command_id", String(255), nullable=True, index=True),
    text("status"),
    Column("answer", Text, nullable=False),
    said(),  # the answer for any language
    Column("answered_utc", UtcTime),
    Column("scored_utc", UtcTime),
    Index(None, "line", "article", "subject"),
)
