"""Tables of what leaves the plant for the mill's systems and what comes from them.

Nothing here is a projection: what was told, asked and imported survives a rebuild.
"""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from service.plant.store.columns import UtcTime, demo, tenant, text
from service.plant.store.tables import HASH_LENGTH, METADATA

UUID_LENGTH = 36

OUTBOX = Table(  # a number is never given twice: clients ask for what comes after one
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("message_id", String(UUID_LENGTH), nullable=False, unique=True),
    *tenant(),
    demo(),
    text("kind"),
    Column("topic", Text, nullable=False),  # without the broker's prefix
    Column("retained", Boolean, nullable=False),
    Column("payload", Text, nullable=False),  # the message as JSON, as every receiver gets it
    Column("happened_utc", UtcTime, nullable=False),
    Column("written_utc", UtcTime, nullable=False, index=True),
    sqlite_autoincrement=True,
)
DESTINATIONS = Table(  # who is told; from the settings, at each start
    "destinations",
    METADATA,
    text("name", primary_key=True),
    text("enterprise"),
    text("site"),
    text("kind"),  # "mqtt", "webhook"
    Column("kinds", Text, nullable=False),  # JSON list of message kinds; empty: all
    Column("active", Boolean, nullable=False),
    Column("since_utc", UtcTime, nullable=False),
)
DELIVERIES = Table(  # what is still owed; a row goes when the receiver has acknowledged
    "deliveries",
    METADATA,
    text("destination", primary_key=True),
    Column(
        "outbox_id", Integer, ForeignKey("outbox.id"), primary_key=True, autoincrement=False, nullable=False
    ),
    Column("attempts", Integer, nullable=False),
    Column("next_utc", UtcTime, nullable=False),  # when the sender means to try again
    Column("given_up", Boolean, nullable=False),  # waits for a person: no more attempts by itself
    Column("last_error", Text, nullable=False),
    Index(None, "destination", "given_up", "outbox_id"),
    Index(None, "outbox_id"),
)
IDEMPOTENCY_KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("scope_sha256", String(HASH_LENGTH), primary_key=True),  # of who asked and the key
    Column("request_sha256", String(HASH_LENGTH), nullable=False),
    Column("status", Integer, nullable=False),  # 0: the first request has not been answered yet
    text("media_type"),
    Column("body", Text, nullable=False),
    Column("asked_utc", UtcTime, nullable=False, index=True),
)
COMPLAINTS = Table(
    "complaints",
    METADATA,
    Column("complaint_id", String(UUID_LENGTH), primary_key=True),
    *tenant(),
    demo(),
    Column("roll_id", String(255), nullable=False, index=True),
    text("customer"),
    text("reference"),  # the customer's own number
    Column("from_mm", Float),  # in the roll; None: not told
    Column("to_mm", Float),
    text("kind", nullable=True),
    Column("text", Text, nullable=False),
    text("user"),
    Column("utc", UtcTime, nullable=False, index=True),
)
IMPORT_RUNS = Table(
    "import_runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("kind"),  # what the rows are: see service/plant/imports
    text("source"),  # the file's name, or who sent it
    Column("content_sha256", String(HASH_LENGTH), nullable=False),
    text("mapping"),
    text("user"),
    Column("utc", UtcTime, nullable=False),
    Column("taken", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)
IMPORTED = Table(  # a later row of the same record replaces an earlier one; earlier ones stay
    "imported",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("import_runs.id"), nullable=False, index=True),
    text("enterprise"),
    text("site"),
    text("kind"),
    text("key"),  # the record's own name: order, lot or roll
    Column("latest", Boolean, nullable=False),
    Column("row_no", Integer, nullable=False),  # in the file, the heading is 1
    text("entry_id"),  # of the ledger
    Column("fields", Text, nullable=False),  # JSON, units in the names
    Column("utc", UtcTime, nullable=False),
    Index(None, "kind", "key"),
)
