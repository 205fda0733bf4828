"""Key figures, each with numerator, denominator, window and source."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from service.plant.views.kpis import Kpi, KpiDefinition, Window, WindowName
from service.web.api.access import ThePlant, Viewer
from service.web.api.problems import ProblemError

router = APIRouter(tags=["figures"])


def _window(
    plant: ThePlant,
    window: WindowName = WindowName.SHIFT,
    from_utc: datetime | None = None,
    to_utc: datetime | None = None,
) -> Window:
    if from_utc is None and to_utc is None:
        return plant.window(window)
    if from_utc is None or to_utc is None or from_utc.tzinfo is None or to_utc.tzinfo is None:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "an own window needs from_utc and to_utc, both with a time zone, e.g. 2026-01-31T06:00:00Z",
        )
    return Window(from_utc=from_utc, to_utc=to_utc)


AskedWindow = Annotated[Window, Depends(_window)]


@router.get("/kpis")
def get_kpis(person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None) -> list[Kpi]:
    """Every figure for a named window, or from from_utc to to_utc."""
    return list(plant.kpis(window, line))


@router.get("/kpis/catalogue")
def get_catalogue(person: Viewer, plant: ThePlant) -> list[KpiDefinition]:
    """What each figure is and how it is worked out."""
    return list(plant.kpi_catalogue())
