"""Which found defects count for a grade, and under which kind: a person's mark stands above the CNN. Pure."""

from service.plant.grading.four_point import Flaw
from service.plant.store.defects import DefectRecord
from service.plant.views.defects import MarkVerdict


def flaw_of(record: DefectRecord, start_mm: float) -> Flaw:
    """A defect as the grader needs it."""
    return Flaw(
        defect_id=record.defect_id,
        kind=kind_in_force(record),
        y0_mm=record.y0_mm - start_mm,
        y1_mm=record.y1_mm - start_mm,
        length_mm=record.length_mm,
        ignored_because=why_ignored(record),
        x0_mm=record.x0_mm,
        x1_mm=record.x1_mm,
    )


def kind_in_force(record: DefectRecord) -> str:
    """The kind as found, or as corrected."""
    return record.mark.kind if record.mark and record.mark.kind else record.kind


def why_ignored(record: DefectRecord) -> str:
    """Empty where the defect counts: doubt does not count until someone says that it is right.

    "Wrong" with a kind says that there is a defect, but another one: it counts as that.
    """
    if record.mark is None:
        return "unsure" if record.unsure else ""
    return "marked_wrong" if record.mark.verdict is MarkVerdict.WRONG and not record.mark.kind else ""
