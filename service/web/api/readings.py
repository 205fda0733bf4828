"""Readings of sensors: sent by gateways and systems of the mill, shown newest first."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.event_terms import MeasuredKind, ReadingQuality
from service.plant.ledger.terms import Origin
from service.plant.readings import MOST_AT_ONCE, Kept, ReadingDraft
from service.plant.views.ledger import Reading
from service.plant.views.paging import Page
from service.web.api.access import Technician, ThePlant, Viewer, Web
from service.web.api.ledger import FromUtc, ToUtc
from service.web.api.ledger_bodies import Text, Why
from service.web.api.rolls import PageNumber, PageSize
from service.web.api.schemas import Body

router = APIRouter(tags=["ledger"])
Name = Annotated[str | None, Query(max_length=255)]


class ReadingBody(Body):
    """One value; sent again it changes nothing."""

    sensor_id: Text
    place: Text
    at_utc: datetime
    measured: MeasuredKind
    value: Annotated[float, Field(allow_inf_nan=False)] | None
    unit: Text
    quality: ReadingQuality = ReadingQuality.GOOD
    detail: Why = ""
    reading_id: Text = ""


class ReadingsBody(Body):
    """Several values: all are kept, or none."""

    readings: Annotated[list[ReadingBody], Field(min_length=1, max_length=MOST_AT_ONCE)]


@router.post("/readings", status_code=HTTPStatus.CREATED)
def post_readings(body: ReadingsBody, person: Technician, web: Web) -> Kept:
    """Take readings: energy, power, moisture, temperature, humidity, each with unit and quality."""
    drafts = [ReadingDraft(**one.model_dump()) for one in body.readings]
    by = None if person.is_machine else person.login
    return web.plant.readings.take(drafts, Origin.REST, person=by, demo=web.settings.demo)


@router.get("/readings")
def get_readings(
    person: Viewer,
    plant: ThePlant,
    page: PageNumber = 1,
    page_size: PageSize = 100,
    from_utc: FromUtc = None,
    to_utc: ToUtc = None,
    place: Name = None,
    sensor_id: Name = None,
    measured: MeasuredKind | None = None,
) -> Page[Reading]:
    """Readings, newest first, in kWh, kW, %, °C or kg; without times those of the last month."""
    return plant.readings.page(
        page, page_size, from_utc=from_utc, to_utc=to_utc, place=place, sensor_id=sensor_id, kind=measured
    )
