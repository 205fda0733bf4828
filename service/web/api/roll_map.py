"""A roll's map in few bytes: thousands of defects as rows of numbers, drawn by the browser."""

from dataclasses import dataclass

from fastapi import APIRouter

from service.plant.views.defects import DefectView, MarkVerdict
from service.plant.views.rolls import RollView
from service.web.api.access import ThePlant, Viewer

router = APIRouter(tags=["rolls and lots"])
MapDefect = tuple[str, float, float, float, float, str, int, float, int, str]
UNSURE, FALSE = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RollMap:
    """Lengths in mm; y along from the roll's start, x across from the left edge of the web."""

    roll_id: str
    length_mm: float
    width_mm: float
    uninspected: tuple[tuple[float, float, str], ...]  # from, to, reason
    points_per_metre: tuple[int, ...]
    # id, y, x, height (along), width (across), kind, 1 unsure + 2 marked wrong, length, points, held picture
    defects: tuple[MapDefect, ...]


@router.get("/rolls/{roll_id}/map")
def get_roll_map(roll_id: str, person: Viewer, plant: ThePlant) -> RollMap:
    """Everything that a map of the roll shows."""
    return roll_map(plant.roll(roll_id))


def roll_map(roll: RollView) -> RollMap:
    """The map of a roll."""
    return RollMap(
        roll_id=roll.row.roll_id,
        length_mm=roll.row.length_m * 1000,
        width_mm=roll.row.width_mm,
        uninspected=tuple((one.from_mm, one.to_mm, one.reason) for one in roll.uninspected),
        points_per_metre=tuple(roll.points_per_metre),
        defects=tuple(_row(defect) for defect in roll.defects),
    )


def _row(defect: DefectView) -> MapDefect:
    wrong = defect.mark is not None and defect.mark.verdict is MarkVerdict.WRONG
    return (
        defect.defect_id,
        round(defect.y_mm, 1),
        round(defect.x_mm, 1),
        round(defect.height_mm, 1),
        round(defect.width_mm, 1),
        defect.mark.kind if defect.mark is not None and defect.mark.kind else defect.kind,
        UNSURE * defect.unsure + FALSE * (wrong and not (defect.mark and defect.mark.kind)),
        round(defect.length_mm, 1),
        defect.points,
        defect.crop_sha256 or "" if defect.crop_held else "",
    )
