"""Key figures against the baseline, what quality control can claim, and the rows behind a figure."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from service.plant.kpi.attribution import Attribution
from service.plant.kpi.compare import Baseline, Comparison
from service.plant.views.drill import DrillRow
from service.plant.views.kpis import Window
from service.plant.views.paging import Page
from service.web.api.access import Manager, ThePlant, Viewer
from service.web.api.kpis import AskedWindow
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import Body

router = APIRouter(tags=["figures"])
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class BaselineBody(Body):
    """A manager sets the plant's own period before; both times with a zone."""

    from_utc: datetime
    to_utc: datetime
    why: Reason
    line: str | None = None


@router.get("/kpis/comparison")
def get_comparison(
    person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None
) -> list[Comparison]:
    """Every figure now, in the baseline period, and as the paper claims."""
    return list(plant.quality.figures.comparisons(window, plant.quality.known(line)))


@router.get("/kpis/attribution")
def get_attribution(
    person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None
) -> list[Attribution]:
    """What lower loss and fewer defects alone give: by the paper's figures, then by the plant's own."""
    figures = plant.quality.figures
    return list(figures.parts_of(figures.comparisons(window, plant.quality.known(line))))


@router.get("/kpis/baselines")
def get_baselines(person: Viewer, plant: ThePlant) -> list[Baseline]:
    """Every baseline period that was ever set, newest first."""
    return list(plant.quality.figures.baselines())


@router.post("/kpis/baselines", status_code=201)
def post_baseline(body: BaselineBody, person: Manager, plant: ThePlant) -> Baseline:
    """Set the baseline period; earlier ones stay on record."""
    window = Window(from_utc=body.from_utc, to_utc=body.to_utc)
    line = plant.quality.known(body.line)
    return plant.quality.figures.set_baseline(window, line, body.why, person.login)


@router.get("/kpis/{slug}/{basis}/rows")
def get_rows(
    slug: str,
    basis: str,
    person: Viewer,
    plant: ThePlant,
    window: AskedWindow,
    line: str | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 50,
) -> Page[DrillRow]:
    """The rows a figure was counted from, with rolls and pictures to open."""
    known = plant.quality.known(line)
    return plant.quality.figures.rows(f"{slug}.{basis}", window, known, page, page_size)
