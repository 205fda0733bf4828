"""Rolls, lots, their defects and pictures."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from service.plant.views.defects import MarkView
from service.plant.views.lint import LintLot, LintReading
from service.plant.views.lots import LotDetail, LotView
from service.plant.views.paging import Page
from service.plant.views.rolls import RollRow, RollView
from service.web.api.access import Technician, ThePlant, Viewer
from service.web.api.ingest import Sha256InPath
from service.web.api.schemas import MarkBody

router = APIRouter(tags=["rolls and lots"])
PageNumber = Annotated[int, Query(ge=1)]
PageSize = Annotated[int, Query(ge=1, le=500)]
PICTURE_CACHE = "private, max-age=31536000, immutable"  # a hash's content never changes


@router.get("/rolls")
def get_rolls(
    person: Viewer,
    plant: ThePlant,
    page: PageNumber = 1,
    page_size: PageSize = 50,
    line: str | None = None,
    article: str | None = None,
    grade: Literal["A", "B", "second"] | None = None,
) -> Page[RollRow]:
    """Rolls, newest first."""
    return plant.rolls(page, page_size, line=line, article=article, grade=grade)


@router.get("/rolls/{roll_id}")
def get_roll(roll_id: str, person: Viewer, plant: ThePlant) -> RollView:
    """One roll with its defects, uninspected stretches, points and grade."""
    return plant.roll(roll_id)


@router.get("/lots")
def get_lots(
    person: Viewer, plant: ThePlant, page: PageNumber = 1, page_size: PageSize = 50, line: str | None = None
) -> Page[LotView]:
    """Lots of fibre, newest first."""
    return plant.lots(page, page_size, line=line)


@router.get("/lots/{lot_id}/lint")
def get_lot_lint(lot_id: str, person: Viewer, plant: ThePlant) -> LintLot:
    """A lot's trash and colour, and its grade as a distribution, or why it is refused."""
    return plant.lint.lot(lot_id)


@router.get("/lots/{lot_id}/lint/readings")
def get_lot_lint_readings(lot_id: str, person: Viewer, plant: ThePlant) -> list[LintReading]:
    """A lot's readings of trash and colour, in their order."""
    return list(plant.lint.readings(lot_id))


@router.get("/lots/{lot_id}")
def get_lot(lot_id: str, person: Viewer, plant: ThePlant) -> LotDetail:
    """One lot with its masses, shots and findings."""
    return plant.lot(lot_id)


@router.post("/defects/{defect_id}/mark")
def post_mark(defect_id: str, body: MarkBody, person: Technician, plant: ThePlant) -> MarkView:
    """Say that a found defect is right or wrong; the roll is graded anew."""
    return plant.mark(defect_id, body.verdict, body.defect_kind, person.login)


@router.get("/pictures/{sha256}", response_class=Response)
def get_picture(sha256: Sha256InPath, person: Viewer, plant: ThePlant) -> Response:
    """A picture by its content hash."""
    data, media_type = plant.picture(sha256)
    return Response(data, media_type=media_type, headers={"Cache-Control": PICTURE_CACHE})
