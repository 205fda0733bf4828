"""Every table. Projections hold nothing that the events don't say, so that they can be made again."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.schema import SchemaItem

from service.plant.store.columns import UtcTime, clocks, demo, said, tenant, text

NAMES = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}
METADATA = MetaData(naming_convention=NAMES)
HASH_LENGTH = 64


def _from_event(name: str, *columns: SchemaItem) -> Table:
    """A table with one row an event, found by the event's own key."""
    key = (text("log_id", primary_key=True), Column("seq", BigInteger, primary_key=True, autoincrement=False))
    return Table(
        name, METADATA, *key, *tenant(), *clocks(), demo(), *columns, Index(None, "line", "order_no")
    )


def _material(name: str, key: str, *columns: SchemaItem) -> Table:
    """A roll or a lot; clocks are those of the first event that speaks of it."""
    shared: Sequence[SchemaItem] = (
        text("name"),
        text("article"),
        Column("start_mm", Float),
        Column("end_mm", Float),
        Column("started_utc", UtcTime),
        Column("ended_utc", UtcTime, index=True),
        Column("start_order", BigInteger),
        Column("end_order", BigInteger),
    )
    index = Index(None, "line", "order_no")
    return Table(
        name,
        METADATA,
        text(key, primary_key=True),
        *tenant(),
        *clocks(),
        demo(),
        *shared,
        *columns,
        index,
    )


def _place() -> tuple[Column[str], Column[str]]:
    return (
        Column("roll_id", String(255), nullable=True, index=True),
        Column("lot_id", String(255), nullable=True, index=True),
    )


# --- what was delivered ---------------------------------------------------------------------------------

EVENTS = _from_event(
    "events",
    text("event_id"),
    Column("schema_version", Integer, nullable=False),
    text("kind"),
    Column("received_utc", UtcTime, nullable=False),
    Column("raw", Text, nullable=False),  # the event as JSON
)
LOGS = Table(
    "logs",
    METADATA,
    text("log_id", primary_key=True),
    *tenant(),
    Column("last_heard_utc", UtcTime, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("highest_seq", BigInteger, nullable=False),
    Column("contiguous_seq", BigInteger, nullable=False),
    Column("ended", Boolean, nullable=False),  # its highest event is LineStopped
)
TENURES = Table(  # which log spoke for a line, from which event on; the newest of a line is in force
    "tenures",
    METADATA,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    *tenant(),
    text("log_id"),
    Column("from_seq", BigInteger, nullable=False),
    Column("began_utc", UtcTime, nullable=False),
    Index(None, "line", "generation"),
)

# --- projections of events ------------------------------------------------------------------------------

LINES = Table(
    "lines",
    METADATA,
    text("line", primary_key=True),
    text("enterprise"),
    text("site"),
    text("area"),
    *clocks(),  # of its newest event
    demo(),
    text("line_kind", nullable=True),
    text("software", nullable=True),
    Column("web_width_mm", Float),
    Column("started_order", BigInteger, nullable=False),
    text("state", nullable=True),
    Column("cause", Text, nullable=False),
    said(),
    Column("since_utc", UtcTime),
    Column("state_order", BigInteger, nullable=False),
    text("article", nullable=True),
    Column("article_order", BigInteger, nullable=False),
    text("bundle_id", nullable=True),
    Column("bundle_order", BigInteger, nullable=False),
)
ROLLS = _material("rolls", "roll_id", Column("width_mm", Float))
LOTS = _material("lots", "lot_id", text("supplier"))
SPANS = _from_event(
    "spans",
    *_place(),
    Column("inspected", Boolean, nullable=False),
    Column("from_mm", Float, nullable=False),
    Column("to_mm", Float, nullable=False),
    Column("width_mm", Float, nullable=False),  # inspected width; 0 where not inspected
    text("reason"),  # empty where inspected
    Column("detail", Text, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("clean", Integer, nullable=False),
    Column("defective", Integer, nullable=False),
    Column("unsure", Integer, nullable=False),
    Column("deadline_misses", Integer, nullable=False),
    Column("decision_ms_max", Float),
    Column("stage_ms", Text, nullable=False),  # JSON
    Column("fed_kg", Float, nullable=False),
    Column("trash_area_pct", Float),
    Column("calibration_expired", Boolean, nullable=False, server_default=false()),
    Index(None, "line", "utc"),
)
DEFECTS = Table(
    "defects",
    METADATA,
    text("defect_id", primary_key=True),
    *tenant(),
    *clocks(),
    demo(),
    *_place(),
    text("kind"),
    Column("score", Float, nullable=False),
    Column("x0_mm", Float, nullable=False),
    Column("y0_mm", Float, nullable=False),
    Column("x1_mm", Float, nullable=False),
    Column("y1_mm", Float, nullable=False),
    Column("area_mm2", Float, nullable=False),
    Column("length_mm", Float, nullable=False),
    Column("unsure", Boolean, nullable=False),
    Column("frames", Integer, nullable=False),
    text("bundle_id"),
    Column("picture_sha256", String(HASH_LENGTH), index=True),
    Index(None, "line", "utc"),
    Index(None, "utc"),
)
SHOTS = Table(  # ordered in a FrameJudged, answered in a ShotAnswered; either may arrive first
    "shots",
    METADATA,
    text("command_id", primary_key=True),
    *tenant(),
    *clocks(),
    demo(),
    *_place(),
    text("actuator"),
    Column("lane", Integer, nullable=False),
    Column("from_mm", Float, nullable=False),
    Column("to_mm", Float, nullable=False),
    text("rule", nullable=True),  # None: the order has not arrived
    text("fate", nullable=True),  # None: not answered
    Column("detail", Text, nullable=False),
    Column("answered_utc", UtcTime),
    Column("margin_ms", Float),
    Column("ejected_kg", Float, nullable=False),
    Column("good_fibre_kg", Float, nullable=False),
    Index(None, "line", "utc"),
)
ALARM_EVENTS = _from_event(
    "alarm_events",
    text("code"),
    Column("raised", Boolean, nullable=False),
    Column("detail", Text, nullable=False),
    said(),
)
STARTS = _from_event(  # a line process began or ended
    "starts", Column("started", Boolean, nullable=False), Index(None, "line", "utc")
)
STATES = _from_event(
    "states", text("state"), Column("cause", Text, nullable=False), Index(None, "line", "utc")
)
PICTURE_NOTES = _from_event(  # a picture was kept on the line, or left its ring
    "picture_notes",
    *_place(),
    Column("sha256", String(HASH_LENGTH), nullable=False, index=True),
    text("why"),
    Column("dropped", Boolean, nullable=False),
    text("media_type"),
    Column("bytes", BigInteger, nullable=False),
    Column("web_mm", Float),
    Column("x0_mm", Float),
    Column("mm_per_px", Float),
    Column("score", Float),
)
COMMAND_ANSWERS = _from_event(
    "command_answers",
    Column("command_id", String(255), nullable=False, index=True),
    text("command"),
    text("outcome"),
    Column("detail", Text, nullable=False),
    said(),
)
SHADOW_COMPARISONS = _from_event(
    "shadow_comparisons",
    text("article"),
    text("active_bundle_id"),
    text("shadow_bundle_id"),
    Column("skipped", BigInteger, nullable=False),
    Column("verdicts", Text, nullable=False),  # JSON: [active, shadow, frames] of each pair that occurred
    Index(None, "utc"),
)
PROJECTIONS = (
    LINES,
    ROLLS,
    LOTS,
    SPANS,
    DEFECTS,
    SHOTS,
    ALARM_EVENTS,
    STARTS,
    STATES,
    PICTURE_NOTES,
    COMMAND_ANSWERS,
    SHADOW_COMPARISONS,
)

# --- what the plant itself decides or is told -----------------------------------------------------------

PICTURES = Table(
    "pictures",
    METADATA,
    Column("sha256", String(HASH_LENGTH), primary_key=True),
    *tenant(),
    text("media_type"),
    Column("bytes", BigInteger, nullable=False),
    Column("stored_utc", UtcTime, nullable=False),
)
GRADES = Table(
    "grades",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    Column("roll_id", String(255), nullable=False, index=True),
    Column("latest", Boolean, nullable=False),  # the grade in force
    demo(),
    text("grade", nullable=True),
    text("status"),
    Column("points", Integer, nullable=False),
    Column("defects", Integer, nullable=False),
    Column("points_per_100_m2", Float),
    Column("length_m", Float, nullable=False),
    Column("inspected_length_m", Float, nullable=False),
    Column("width_mm", Float, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("first_limit", Float, nullable=False),
    Column("second_limit", Float, nullable=False),
    text("profile_id"),
    Column("profile_version", Integer, nullable=False),
    Column("profile_source", Text, nullable=False),
    text("profile_edition"),
    Column("contract_is_example", Boolean, nullable=False),
    Column("profile_verified", Boolean, nullable=False),
    Column("workings", Text, nullable=False),  # JSON: sayings, or English lines of earlier versions
    Column("graded_utc", UtcTime, nullable=False),
    text("reason"),
)
MARKS = Table(
    "marks",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    Column("defect_id", String(255), nullable=False, index=True),
    text("label_id"),  # of the same word in the label log
    text("verdict"),
    text("kind", nullable=True),
    text("user"),
    Column("utc", UtcTime, nullable=False, index=True),
)
COMMANDS = Table(
    "commands",
    METADATA,
    text("id", primary_key=True),
    *tenant(),
    text("command"),
    Column("arguments", Text, nullable=False),  # JSON
    text("issued_by"),
    Column("issued_utc", UtcTime, nullable=False),
    Column("expires_utc", UtcTime, nullable=False),
    Index(None, "line", "issued_utc"),
)
USERS = Table(
    "users",
    METADATA,
    text("login", primary_key=True),
    text("enterprise"),
    text("site"),
    text("role"),
    text("password_hash"),
    Column("must_change_password", Boolean, nullable=False),
    Column("created_utc", UtcTime, nullable=False),
    Column("lines", Text, nullable=False, server_default="[]"),  # JSON; none: every line
    Column("since_utc", UtcTime),  # of password, role and lines
)
ACCESS_TOKENS = Table(
    "access_tokens",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("name"),
    text("role"),
    Column("lines", Text, nullable=False),  # JSON; none: every line
    Column("token_sha256", String(HASH_LENGTH), nullable=False),
    Column("created_utc", UtcTime, nullable=False),
    text("created_by"),
    Column("expires_utc", UtcTime, nullable=False),
    Column("revoked_utc", UtcTime),
    Column("used_utc", UtcTime),
    UniqueConstraint("token_sha256"),
)
TOKENS = Table(
    "tokens",
    METADATA,
    text("line", primary_key=True),
    text("enterprise"),
    text("site"),
    Column("token_sha256", String(HASH_LENGTH), nullable=False),
    Column("since_utc", UtcTime, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    Column("utc", UtcTime, nullable=False),
    text("user"),
    text("action"),
    text("subject"),
    Column("detail", Text, nullable=False),  # JSON
)
