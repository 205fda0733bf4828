"""Tables of the ledger: what people, scales and imports entered, the hash chain, and what follows."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from service.plant.store.columns import UtcTime, demo, said, tenant, text
from service.plant.store.tables import HASH_LENGTH, METADATA

ROLL_COUNTS = (
    *("rolls_ended", "rolls_graded", "rolls_final", "points"),
    *("rolls_complete", "first_graded", "first_pass"),  # with all of a record; with a first grade; that was A
)
ROLL_SUMS = ("graded_m2", "downgraded_m2", "second_m2", "points_m2", "release_s")
HOUR_COUNTS = (
    *("spans", "frames", "deadline_misses", "found", "unsure", "ordered", "answered", "escaped"),
    *ROLL_COUNTS,
)
HOUR_SUMS = (
    *("inspected_mm", "not_inspected_mm", "inspected_m2", "decision_ms_sum", "inspected_kg"),
    *("not_inspected_kg", "ejected_kg", "good_fibre_kg"),
    *ROLL_SUMS,
)

# --- the hash chain: one for what people entered ("plant"), one for each line's event log -----------------

LINKS = Table(
    "chain_links",
    METADATA,
    text("chain", primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 … without gaps
    Column("utc", UtcTime, nullable=False, index=True),
    text("kind"),  # what it seals: "entry", "grade", "audit", "events", "retention"
    Column("subject", String(255), nullable=False),  # the sealed row's key
    Column("covers", Text, nullable=False),  # events: ranges of seq; empty otherwise
    Column("marks", Text, nullable=False),  # events: the first digits of the hash of each
    Column("digest", String(HASH_LENGTH), nullable=False),  # SHA-256 of the sealed content
    Column("previous", String(HASH_LENGTH), nullable=False),
    Column("hash", String(HASH_LENGTH), nullable=False),
    Index(None, "kind", "subject"),
)
CHECKPOINTS = Table(  # what retention left of the links and events it removed
    "chain_checkpoints",
    METADATA,
    text("chain", primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the last removed link
    Column("hash", String(HASH_LENGTH), nullable=False),  # of that link: the next one names it
    Column("events_to_seq", BigInteger, nullable=False),
    Column("removed_utc", UtcTime, nullable=False),
    text("user"),
    Column("why", Text, nullable=False),
)

# --- what was entered -------------------------------------------------------------------------------------

ENTRIES = Table(
    "ledger_entries",
    METADATA,
    text("entry_id", primary_key=True),
    Column("number", BigInteger, nullable=False),  # 1, 2, 3 …: the order in which they were entered
    text("enterprise"),
    text("site"),
    text("kind"),
    Column("at_utc", UtcTime, nullable=False),
    Column("entered_utc", UtcTime, nullable=False),
    text("entered_by"),
    text("origin"),
    Column("corrects", String(255), nullable=True, index=True),
    demo(),
    Column("raw", Text, nullable=False),  # the entry as JSON
    UniqueConstraint("number"),
)

# --- what follows from entries and events: can be made again ------------------------------------------------

FLOWS = Table(
    "ledger_flows",
    METADATA,
    text("entry_id", primary_key=True),  # of the ledger, or "log_id/seq" of an event
    *tenant(),  # line: the place of the balance
    demo(),
    Column("utc", UtcTime, nullable=False),
    text("flow"),
    text("step"),
    Column("unit_id", String(255), nullable=False, index=True),
    Column("lot_id", String(255), nullable=False, index=True),  # empty: not known
    text("basis"),
    Column("quantity", Float, nullable=False),  # kg, m2 or m; mass at standard regain where it is known
    Column("given_value", Float, nullable=False),
    text("given_unit"),
    Column("conversion", Text, nullable=False),  # how one became the other; empty: as given
    text("cause"),
    text("origin"),
    Column("superseded_by", String(255), nullable=True),  # the entry that corrects it
    Index(None, "line", "utc"),
    Index(None, "utc"),
)
UNITS = Table(
    "ledger_units",
    METADATA,
    text("unit_id", primary_key=True),
    text("step"),
    text("name"),
    text("supplier"),
    text("article"),
    text("order_id"),
    Column("made_utc", UtcTime, nullable=False),
    Column("closed_utc", UtcTime),
    text("entry_id"),
    demo(),
    Index(None, "step", "name"),
)
PARENTS = Table(
    "ledger_parents",
    METADATA,
    text("unit_id", primary_key=True),
    Column("parent_id", String(255), primary_key=True, index=True),
)
MOUNTS = Table(  # what feeds a line, from when on
    "ledger_mounts",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # of the entry
    text("entry_id"),
    text("line"),
    Column("unit_id", String(255), nullable=True, index=True),  # null: taken off
    Column("utc", UtcTime, nullable=False),
    Column("superseded_by", String(255), nullable=True),
    Index(None, "line", "utc"),
)
STOPS = Table(
    "ledger_stops",
    METADATA,
    text("entry_id", primary_key=True),
    text("line"),
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    text("reason"),
    Column("note", Text, nullable=False),
    text("entered_by"),
    Column("superseded_by", String(255), nullable=True),
    Index(None, "line", "from_utc"),
)
ORDERS = Table(
    "ledger_orders",
    METADATA,
    text("order_id", primary_key=True),
    text("article"),
    text("customer"),
    Column("quantity", Float, nullable=False),
    text("unit"),
    Column("due_utc", UtcTime),
    text("profile_id"),  # empty: the plant's
    Column("first_limit", Float),  # None: the plant's
    Column("second_limit", Float),
    text("entry_id"),
)
DISPOSITIONS = Table(
    "roll_dispositions",
    METADATA,
    text("entry_id", primary_key=True),
    Column("roll_id", String(255), nullable=False, index=True),
    text("action"),
    text("grade", nullable=True),
    Column("why", Text, nullable=False),
    text("entered_by"),
    Column("utc", UtcTime, nullable=False),
    Column("number", BigInteger, nullable=False),
)
ACTIVATIONS = Table(  # from when on a grading profile is in force
    "profile_activations",
    METADATA,
    text("entry_id", primary_key=True),
    text("profile_id"),
    Column("version", Integer, nullable=False),
    Column("sha256", String(HASH_LENGTH), nullable=False),
    Column("from_utc", UtcTime, nullable=False),
    Column("number", BigInteger, nullable=False),
)
STOCKS = Table(  # what lay in a machine or on the floor of a place, as counted
    "ledger_stocks",
    METADATA,
    text("entry_id", primary_key=True),
    text("line"),
    text("step"),
    text("unit_id"),
    Column("lot_id", String(255), nullable=False, index=True),
    text("basis"),
    Column("utc", UtcTime, nullable=False),
    Column("quantity", Float, nullable=False),  # kg, m2 or m
    Column("conversion", Text, nullable=False),
    Column("superseded_by", String(255), nullable=True),
    demo(),
    Index(None, "line", "utc"),
)
READINGS = Table(
    "sensor_readings",
    METADATA,
    text("reading_id", primary_key=True),  # "log_id/seq" of an event, or the importer's own
    *tenant(),
    demo(),
    Column("utc", UtcTime, nullable=False),
    text("sensor_id"),
    text("measured"),
    Column("value", Float),  # None: the sensor gave none
    text("unit"),
    text("quality"),
    Column("detail", Text, nullable=False),
    text("origin"),
    Index(None, "line", "measured", "utc"),
    Index(None, "sensor_id", "utc"),
)
BALANCES = Table(  # every statement a shift or lot ever got; one of them is in force
    "ledger_balances",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("scope"),  # "shift" or "lot"
    text("subject"),
    text("line"),
    text("basis"),
    Column("from_utc", UtcTime),
    Column("to_utc", UtcTime),
    Column("latest", Boolean, nullable=False),
    demo(),
    *(Column(name, Float) for name in ("input", "good", "ejected", "by_product", "waste", "unaccounted")),
    *(Column(name, Float) for name in ("stock_before", "stock_after")),  # None: not counted
    Column("limit_pct", Float, nullable=False),
    text("status"),
    Column("stated_utc", UtcTime, nullable=False),
    text("reason"),
    Index(None, "scope", "subject", "line", "latest"),
)
STATED = Table(  # one row: up to when shifts were stated
    "shifts_stated",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("to_utc", UtcTime, nullable=False),
)
PLANT_ALARMS = Table(
    "plant_alarms",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("line"),
    text("code"),
    text("subject"),
    Column("detail", Text, nullable=False),
    said(),
    Column("raised_utc", UtcTime, nullable=False),
    Column("cleared_utc", UtcTime),
    Column("acknowledged_utc", UtcTime),
    text("acknowledged_by"),
    demo(),
    Index(None, "code", "subject"),
)
HOURS = Table(  # sums over a line's spans, defects and shots of one hour; made with the projections
    "hourly_sums",
    METADATA,
    text("hour_key", primary_key=True),  # line and hour
    text("line"),
    Column("hour_utc", UtcTime, nullable=False),
    demo(),
    Column("newest_utc", UtcTime, nullable=False),
    *(Column(name, Integer, nullable=False) for name in HOUR_COUNTS),
    *(Column(name, Float, nullable=False) for name in HOUR_SUMS),
    Index(None, "line", "hour_utc"),
)
PRODUCED = Table(  # graded area of the rolls that ended in an hour, by article and grade in force
    "hourly_produced",
    METADATA,
    text("hour_key", primary_key=True),
    text("article", primary_key=True),
    text("grade", primary_key=True),
    text("line"),
    Column("hour_utc", UtcTime, nullable=False),
    Column("m2", Float, nullable=False),
    Index(None, "line", "hour_utc"),
)
TOUCHES = Table(  # a note of each stretch of a line's time that was written to; an hour's worth is kept
    "touched_hours",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("line"),  # empty: every line
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    Column("written_utc", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
# Made again from entries and events; readings that were imported are not: they have no event.
LEDGER_PROJECTIONS = (
    FLOWS,
    UNITS,
    PARENTS,
    MOUNTS,
    STOPS,
    STOCKS,
    ORDERS,
    DISPOSITIONS,
    ACTIVATIONS,
    HOURS,
    PRODUCED,
)
