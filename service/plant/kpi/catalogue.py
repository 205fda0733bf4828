"""What each KPI is. Slugs are stable: they are in exports and in other systems."""

from service.plant.views.kpis import KpiDefinition, KpiSource

MEASURED, ESTIMATED = KpiSource.MEASURED, KpiSource.ESTIMATED
FABRIC_NEEDED = "a fabric line that inspects in this window"
FIBRE_NEEDED = "a fibre line that runs in this window, with the belt's feed (kg per m2) set"
ROLLS_NEEDED = "a roll that ends in this window and was inspected"


def _define(slug: str, basis: str, units: tuple[str, str, str], formula: str, missing: str) -> KpiDefinition:
    unit, numerator_unit, denominator_unit = units
    source = ESTIMATED if basis == "mass" else MEASURED
    return KpiDefinition(
        slug=slug,
        basis=basis,
        unit=unit,
        numerator_unit=numerator_unit,
        denominator_unit=denominator_unit,
        formula=formula,
        source=source,
        missing=missing,
    )


DEFECT_RATE = _define(
    "defect_rate",
    "area",
    ("1/1000 m2", "defects", "m2"),
    "1000 x defects / inspected area; unsure ones count once marked right, wrong ones don't",
    FABRIC_NEEDED,
)
CONTAMINATION_RATE = _define(
    "defect_rate",
    "mass",
    ("1/t", "findings", "t"),
    "foreign matter found / inspected mass, from the belt's configured feed",
    FIBRE_NEEDED,
)
COVERAGE = _define(
    "coverage",
    "length",
    ("%", "m", "m"),
    "100 x inspected length / length that passed the cameras",
    "a line that runs in this window",
)
DEADLINE_MISS_RATE = _define(
    "deadline_miss_rate",
    "frames",
    ("%", "frames", "frames"),
    "100 x frames decided after their deadline / frames inspected",
    "a line that inspects in this window",
)
DECISION_SPEED = _define(
    "decision_speed",
    "time",
    ("ms", "ms", "spans"),
    "capture to decision: mean over spans of about 1 s of the slowest frame in each",
    "a line that inspects in this window",
)
DEFECT_LEVEL = _define(
    "defect_level",
    "area",
    ("%", "m2", "m2"),
    "100 x area of rolls graded second / area of graded rolls that ended in the window",
    ROLLS_NEEDED,
)
MATERIAL_LOSS_AREA = _define(
    "material_loss",
    "area",
    ("%", "m2", "m2"),
    "100 x area of rolls graded below A / area of graded rolls that ended in the window",
    ROLLS_NEEDED,
)
MATERIAL_LOSS_MASS = _define(
    "material_loss",
    "mass",
    ("%", "kg", "kg"),
    "100 x mass ejected by the sorter, good fibre carried over included / mass fed",
    FIBRE_NEEDED,
)
GOOD_FIBRE_SHARE = _define(
    "good_fibre_share",
    "mass",
    ("%", "kg", "kg"),
    "100 x good fibre carried over / mass ejected",
    "a shot of a fibre line in this window",
)
EJECTED = _define(
    "ejected_kg",
    "mass",
    ("kg", "kg", "kg"),
    "sum of the mass in the windows of accepted shots; beside it the mass fed",
    FIBRE_NEEDED,
)
POINTS = _define(
    "points_per_100_m2",
    "area",
    ("1/100 m2", "points", "m2"),
    "100 x four-point points / inspected area of rolls that ended in the window",
    ROLLS_NEEDED,
)
FALSE_ALARM_SHARE = _define(
    "false_alarm_share",
    "marks",
    ("%", "defects", "defects"),
    "100 x defects marked wrong / defects marked, of those found in the window",
    "marks on the crops of this window",
)
ESCAPES = _define(
    "escape_share",
    "shots",
    ("%", "shots", "shots"),
    "100 x shots refused, late or without answer / shots answered",
    "a shot in this window",
)

CATALOGUE = (
    DEFECT_RATE,
    CONTAMINATION_RATE,
    COVERAGE,
    DEADLINE_MISS_RATE,
    DECISION_SPEED,
    DEFECT_LEVEL,
    MATERIAL_LOSS_AREA,
    MATERIAL_LOSS_MASS,
    GOOD_FIBRE_SHARE,
    EJECTED,
    POINTS,
    FALSE_ALARM_SHARE,
    ESCAPES,
)
