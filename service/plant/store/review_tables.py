"""Tables of what people say: the review queue, judged strips, alarms taken up. No projections: facts."""

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

from service.plant.store.columns import UtcTime, demo, tenant, text
from service.plant.store.tables import HASH_LENGTH, METADATA

REVIEW_ITEMS = Table(
    "review_items",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("subject"),
    text("subject_id"),
    Column("audit_id", Integer, nullable=False),  # of audit_samples; 0: not drawn there
    Column("picture_sha256", String(HASH_LENGTH)),
    text("why"),
    Column("value", Float, nullable=False),
    Column("queued_utc", UtcTime, nullable=False),
    Column("round", Integer, nullable=False),  # 1: first verdict, 2: blind second, 3: they differ; 0: done
    text("leased_to", nullable=True),
    Column("leased_until", UtcTime),
    UniqueConstraint("subject", "subject_id", "audit_id", name="uq_review_items_subject"),
    Index(None, "round", "value"),
    Index(None, "leased_to"),
)
REVIEW_WORDS = Table(  # verdicts and skips, never changed but for `undone`
    "review_words",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("item_id", Integer, nullable=False, index=True),
    Column("round", Integer, nullable=False),
    text("user"),
    Column("utc", UtcTime, nullable=False),
    Column("skipped", Boolean, nullable=False),
    Column("defective", Boolean),
    text("kind", nullable=True),
    Column("missed", Integer, nullable=False),
    Column("boxes", Text, nullable=False),  # JSON: in pixels of the picture, and in mm on the web
    Column("label_ids", Text, nullable=False),  # JSON: of the label log; empty for a blind second verdict
    Column("undone", Boolean, nullable=False),
    Index(None, "user", "utc"),
)
STRIP_WORDS = Table(  # what people said of frames on the live strip; the label follows with the picture
    "strip_words",
    METADATA,
    Column("id", Integer, primary_key=True),  # in the order in which they were said
    text("word_id"),
    *tenant(),
    text("user"),
    Column("utc", UtcTime, nullable=False),
    demo(),  # of its picture; False before that has come
    Column("frame_seq", BigInteger, nullable=False),
    Column("web_mm", Float, nullable=False),  # where the frame begins
    Column("end_mm", Float, nullable=False),
    text("machine"),  # its verdict
    Column("found", Integer, nullable=False),  # findings that it showed
    Column("good", Boolean, nullable=False),
    text("supersedes", nullable=True),  # the word before on the same frame
    Column("after_no", BigInteger, nullable=False),  # order_no of the line when the frame was first judged
    Column("picture_sha256", String(HASH_LENGTH)),  # None: its picture has not come
    text("label_id", nullable=True),  # the label that says it; None: as above
    Column("marks", Text, nullable=False),  # JSON: [defect, label] of each finding that was marked by it
    Index(None, "line", "utc"),
    Index(None, "picture_sha256"),
    UniqueConstraint("word_id", name="uq_strip_words_word_id"),
)
ALARM_ACKS = Table(  # of lines' and of the plant's alarms; those of charts keep theirs in quality_alarms
    "alarm_acks",
    METADATA,
    text("alarm_key", primary_key=True),
    text("enterprise"),
    text("site"),
    Column("utc", UtcTime, nullable=False),
    text("user"),
    Column("note", Text, nullable=False),
)
