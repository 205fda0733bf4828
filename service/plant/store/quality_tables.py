"""Tables of the figures' second half: baselines, charts, alarms, audits, studies, drift, advice.

Nothing here is a projection: a frozen limit, an answer or a decision is a fact of its own and survives a
rebuild. What a subgroup counted is kept as it was counted; rows that arrive later are told beside it.
"""

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

BASELINES = Table(  # the plant's own period before; the newest of a line (or of all, line empty) is in force
    "baselines",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("line", nullable=True),
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    Column("set_utc", UtcTime, nullable=False),
    text("set_by"),
    Column("why", Text, nullable=False),
)
SUBGROUPS = Table(
    "spc_subgroups",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("article"),
    text("bundle_id"),
    text("supplier"),
    Column("from_order", BigInteger, nullable=False),
    Column("to_order", BigInteger, nullable=False),
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    Column("from_mm", Float, nullable=False),
    Column("to_mm", Float, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("defective", Integer, nullable=False),
    Column("unsure", Integer, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("defects", Integer, nullable=False),
    Column("whole", Boolean, nullable=False),  # False: cut short by another article or CNN, not judged
    Index(None, "line", "to_order"),
    Index(None, "line", "article", "bundle_id", "id"),
)
LIMITS = Table(
    "spc_limits",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    text("article"),
    text("bundle_id"),
    text("measure"),
    Column("version", Integer, nullable=False),
    Column("centre", Float, nullable=False),
    Column("sigma_z", Float, nullable=False),
    Column("subgroups", Integer, nullable=False),
    Column("outside", Integer, nullable=False),
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    Column(
        "baseline_end", BigInteger, nullable=False
    ),  # last subgroup of it (g: order_no); later ones are judged
    Column("frozen_utc", UtcTime, nullable=False),
    text("frozen_by"),
    Column("why", Text, nullable=False),
    UniqueConstraint("line", "article", "bundle_id", "measure", "version"),
)
QUALITY_ALARMS = Table(  # one row an excursion, of a chart or of a drift measure
    "quality_alarms",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("article"),
    text("bundle_id"),
    text("measure"),
    text("rule"),
    Column("limits_version", Integer, nullable=False),
    Column("first_point", BigInteger),  # subgroup id; g chart: order_no of the defect
    Column("last_point", BigInteger),
    Column("signals", Integer, nullable=False),  # points of this excursion
    Column("value", Float, nullable=False),
    Column("bound", Float, nullable=False),
    text("plan_id"),
    Column("plan_version", Integer, nullable=False),
    Column("steps", Text, nullable=False),  # JSON list
    Column("respond_within_min", Float, nullable=False),
    Column("raised_utc", UtcTime, nullable=False),
    Column("ended_utc", UtcTime),  # the first point without this signal
    Column("acknowledged_utc", UtcTime),
    text("acknowledged_by", nullable=True),
    Column("cause", Text, nullable=False),
    Column("action", Text, nullable=False),
    Index(None, "line", "raised_utc"),
)
AUDIT_SAMPLES = Table(  # what the machine let pass, drawn at random for a person to look at
    "audit_samples",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    demo(),
    text("draw_id"),
    text("kind"),  # "roll" or "picture"
    text("subject"),
    Column("population", Integer, nullable=False),  # of which it was drawn
    Column("seed", BigInteger, nullable=False),
    Column("from_utc", UtcTime, nullable=False),
    Column("to_utc", UtcTime, nullable=False),
    Column("drawn_utc", UtcTime, nullable=False),
    text("drawn_by"),
    Column("answered_utc", UtcTime),
    text("answered_by", nullable=True),
    Column("missed", Integer),  # defects that the machine had not found; None: not answered
    Column("note", Text, nullable=False),
    Index(None, "draw_id"),
    Index(None, "line", "drawn_utc"),
)
STUDIES = Table(
    "studies",
    METADATA,
    text("study_id", primary_key=True),
    *tenant(),
    Column("made_utc", UtcTime, nullable=False),
    text("made_by"),
    Column("seed", BigInteger, nullable=False),
    Column("items", Text, nullable=False),  # JSON: [sha256, defective by the CNN, bundle_id]
    demo(),
)
APPRAISALS = Table(
    "appraisals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("study_id", String(255), nullable=False, index=True),
    Column("picture_sha256", String(HASH_LENGTH), nullable=False),
    text("appraiser"),
    Column("trial", Integer, nullable=False),
    Column("reference", Boolean, nullable=False),  # the panel's verdict that others are measured by
    Column("defective", Boolean, nullable=False),
    text("kind", nullable=True),  # what it is, where it is defective and somebody said so
    Column("utc", UtcTime, nullable=False),
    UniqueConstraint(
        "study_id", "picture_sha256", "appraiser", "trial", "reference", name="uq_appraisals_answer"
    ),
)
PICTURE_MEASURES = Table(
    "picture_measures",
    METADATA,
    Column("sha256", String(HASH_LENGTH), primary_key=True),
    Column("measured_utc", UtcTime, nullable=False),
    Column("brightness", Float, nullable=False),
    Column("sharpness", Float, nullable=False),
)
DRIFT_REFERENCES = Table(
    "drift_references",
    METADATA,
    Column("id", Integer, primary_key=True),
    *tenant(),
    text("article"),
    text("bundle_id"),
    text("measure"),
    Column("version", Integer, nullable=False),
    Column("edges", Text, nullable=False),  # JSON: bounds of the bins, or names of the classes
    Column("counts", Text, nullable=False),  # JSON
    Column("frozen_utc", UtcTime, nullable=False),
    text("frozen_by"),
    Column("why", Text, nullable=False),
    UniqueConstraint("line", "article", "bundle_id", "measure", "version"),
)
ADVICE = Table(
    "advice",
    METADATA,
    Column("id", Integer, primary_key=True),
    text("enterprise"),
    text("site"),
    text("line", nullable=True),
    demo(),
    text("kind"),
    text("subject"),
    Column("evidence", Text, nullable=False),  # JSON: list of facts, each with its figure
    text("measured_by"),  # slug.basis of the figure that will tell whether it helped
    Column("before_value", Float, nullable=False),
    Column("expected_value", Float, nullable=False),
    Column("quantity_per_week", Float, nullable=False),  # what one point of the figure is multiplied with
    Column("expected_per_week", Float, nullable=False),
    text("currency"),
    Column("made_utc", UtcTime, nullable=False),
    text("status"),
    text("decided_by", nullable=True),
    Column("decided_utc", UtcTime),
    Column("note", Text, nullable=False),
    Column("after_value", Float),
    Column("gained_per_week", Float),
    Column("scored_utc", UtcTime),
    Index(None, "kind", "subject"),
)
