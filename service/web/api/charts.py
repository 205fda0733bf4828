"""Control charts, their frozen limits and their alarms."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.plant.chart_views import ChartState, ChartView, RareView, SubgroupView
from service.plant.spc.reaction import ReactionPlan
from service.plant.spc.records import ChartKey, Limits, Measure
from service.plant.views.alarm_list import ListedAlarm
from service.plant.views.paging import Page
from service.plant.views.quality_alarms import QualityAlarm
from service.web.api.access import Engineer, Technician, ThePlant, Viewer
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import Body

router = APIRouter(tags=["control charts"])
Words = Annotated[str, Field(max_length=500)]
AlarmId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Points = Annotated[int, Query(ge=1, le=1000)]


class FreezeBody(Body):
    """An engineer freezes new limits from the subgroups of a stretch of time; both times with a zone."""

    line: str
    article: Annotated[str, Field(max_length=80)]
    bundle_id: Annotated[str, Field(max_length=255)]
    measure: Measure
    from_utc: datetime
    to_utc: datetime
    why: Annotated[str, Field(min_length=1, max_length=500)]


class AcknowledgeBody(Body):
    """A person takes an alarm up: what it was, and what was done."""

    cause: Words = ""
    action: Words = ""


class ListedBody(Body):
    """A person takes an alarm of the list up: what it was or what was done."""

    key: Annotated[str, Field(max_length=255)]
    note: Words = ""


@router.get("/charts")
def get_charts(person: Viewer, plant: ThePlant, line: str | None = None) -> list[ChartState]:
    """Every chart with its limits, its newest point, and what it waits for."""
    return list(plant.quality.charts.states(plant.quality.known(line)))


@router.get("/charts/points")
def get_points(
    person: Viewer,
    plant: ThePlant,
    line: str,
    article: str,
    bundle_id: str,
    measure: Measure = Measure.DEFECTIVE_FRAMES,
    newest: Points = 100,
) -> ChartView:
    """One chart with its points and every version of its limits."""
    plant.quality.known(line)
    key = ChartKey(line=line, article=article, bundle_id=bundle_id, measure=measure)
    return plant.quality.charts.view(key, newest)


@router.get("/charts/rare")
def get_rare(person: Viewer, plant: ThePlant, line: str, article: str, bundle_id: str) -> RareView:
    """The g chart of critical defects."""
    plant.quality.known(line)
    key = ChartKey(line=line, article=article, bundle_id=bundle_id, measure=Measure.RARE_DEFECTS)
    return plant.quality.charts.rare(key)


@router.post("/charts/limits", status_code=201)
def post_limits(body: FreezeBody, person: Engineer, plant: ThePlant) -> Limits:
    """Freeze new limits; earlier versions stay."""
    plant.quality.known(body.line)
    key = ChartKey(line=body.line, article=body.article, bundle_id=body.bundle_id, measure=body.measure)
    return plant.quality.charts.freeze(key, body.from_utc, body.to_utc, body.why, person.login)


@router.get("/charts/subgroups/{subgroup_id}")
def get_subgroup(subgroup_id: AlarmId, person: Viewer, plant: ThePlant) -> SubgroupView:
    """What a point was counted from, down to defects and pictures."""
    return plant.quality.charts.subgroup(subgroup_id)


@router.get("/charts/reaction-plan")
def get_reaction_plan(person: Viewer, plant: ThePlant) -> ReactionPlan:
    """What to do at a signal, rule by rule."""
    return plant.quality.charts.plan


@router.get("/quality-alarms")
def get_alarms(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    only_open: bool = False,
    page: PageNumber = 1,
    page_size: PageSize = 50,
) -> Page[QualityAlarm]:
    """Alarms of charts and of drift, newest first; open: nobody acknowledged them."""
    known = plant.quality.known(line)
    return plant.quality.charts.alarms(known, only_open=only_open, page=page, page_size=page_size)


@router.get("/alarm-list")
def get_alarm_list(
    person: Viewer,
    plant: ThePlant,
    line: str | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ListedAlarm]:
    """Alarms of lines, plant and charts in one list: raised first, then taken up, then over."""
    return list(plant.quality.alarms.listing(plant.quality.known(line), limit))


@router.post("/alarm-list/acknowledge", status_code=204)
def post_listed_acknowledge(body: ListedBody, person: Technician, plant: ThePlant) -> None:
    """Take any alarm of the list up."""
    plant.quality.alarms.acknowledge(body.key, body.note, person.login)


@router.post("/quality-alarms/{alarm_id}/acknowledge")
def post_acknowledge(
    alarm_id: AlarmId, body: AcknowledgeBody, person: Technician, plant: ThePlant
) -> QualityAlarm:
    """Take an alarm up; the time from raised to here is kept."""
    return plant.quality.charts.acknowledge(alarm_id, body.cause, body.action, person.login)
