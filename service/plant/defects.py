"""Stored defects as they are shown: placed within their roll, with their points."""

from service.plant.grading.flaws import flaw_of, why_ignored
from service.plant.grading.four_point import PointSheet, count_points
from service.plant.grading.profile import Profile
from service.plant.store.defects import DefectRecord
from service.plant.views.defects import DefectView

NOT_A_ROLL = "no_roll"  # fibre, or fabric before the first roll: nothing to grade


def on_a_roll(record: DefectRecord, start_mm: float, sheet: PointSheet) -> DefectView:
    """A defect of a roll whose points are counted."""
    points = sheet.by_defect.get(record.defect_id, 0)
    return _view(record, start_mm, points, sheet.ignored.get(record.defect_id, ""))


def alone(record: DefectRecord, profile: Profile) -> DefectView:
    """A defect outside its roll's page: points as if it were the only one."""
    start_mm = record.start_mm or 0.0
    if record.roll_id is None:
        return _view(record, start_mm, 0, why_ignored(record) or NOT_A_ROLL)
    metres_before = (record.y0_mm - start_mm) // profile.unit_length_mm
    flaw = flaw_of(record, start_mm + metres_before * profile.unit_length_mm)  # those don't matter to it
    return on_a_roll(record, start_mm, count_points([flaw], max(flaw.y1_mm, 1.0), profile))


def _view(record: DefectRecord, start_mm: float, points: int, because: str) -> DefectView:
    return DefectView(
        defect_id=record.defect_id,
        line=record.tenant.line,
        roll_id=record.roll_id,
        lot_id=record.lot_id,
        kind=record.kind,
        score=record.score,
        x_mm=record.x0_mm,
        y_mm=record.y0_mm - start_mm,
        width_mm=record.x1_mm - record.x0_mm,
        height_mm=record.y1_mm - record.y0_mm,
        length_mm=record.length_mm,
        area_mm2=record.area_mm2,
        unsure=record.unsure,
        points=points,
        not_graded_because=because,
        bundle_id=record.bundle_id,
        crop_sha256=record.picture_sha256,
        crop_held=record.picture_held,
        mark=record.mark,
        found_utc=record.utc,
        demo=record.demo,
    )
