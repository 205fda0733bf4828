"""Lists for machine clients: cursors instead of pages, and the stream of messages to fetch."""

import json
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from service.mill_terms import MessageKind
from service.plant.listing import Bounds
from service.plant.outbox.messages import schema_of
from service.plant.views.defects import DefectView
from service.plant.views.lots import LotView
from service.plant.views.outbox import DestinationView
from service.plant.views.paging import Slice
from service.plant.views.rolls import RollRow
from service.web.api.access import Admin, Manager, ThePlant, Viewer
from service.web.api.schemas import FeedMessage, FeedPage, RetryAnswer
from service.web.metrics import METRICS_TYPE, metrics_text
from service.web.software import software_version

router = APIRouter(tags=["feeds"])
Limit = Annotated[int, Query(ge=1, le=1000)]
Word = Annotated[str, Query(max_length=255)]


def _bounds(
    line: Word | None = None,
    from_utc: datetime | None = None,
    to_utc: datetime | None = None,
    cursor: Annotated[str, Query(max_length=1000)] | None = None,
    limit: Limit = 100,
) -> Bounds:
    return Bounds(line=line, from_utc=from_utc, to_utc=to_utc, cursor=cursor, limit=limit)


Asked = Annotated[Bounds, Depends(_bounds)]


@router.get("/feeds/rolls")
def get_roll_feed(
    person: Viewer,
    plant: ThePlant,
    bounds: Asked,
    article: Word | None = None,
    grade: Literal["A", "B", "second"] | None = None,
    name: Word | None = None,
) -> Slice[RollRow]:
    """Rolls, newest first; go on with next_cursor until it is null."""
    return plant.listing.rolls(bounds, article=article, grade=grade, name=name)


@router.get("/feeds/lots")
def get_lot_feed(
    person: Viewer, plant: ThePlant, bounds: Asked, supplier: Word | None = None
) -> Slice[LotView]:
    """Lots of fibre, newest first."""
    return plant.listing.lots(bounds, supplier=supplier)


@router.get("/feeds/defects")
def get_defect_feed(
    person: Viewer,
    plant: ThePlant,
    bounds: Asked,
    kind: Word | None = None,
    roll_id: Word | None = None,
    lot_id: Word | None = None,
) -> Slice[DefectView]:
    """Defects, newest first."""
    return plant.listing.defects(bounds, kind=kind, roll_id=roll_id, lot_id=lot_id)


@router.get("/feeds/messages")
def get_messages(
    person: Viewer,
    plant: ThePlant,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    kind: Annotated[list[MessageKind] | None, Query()] = None,
    line: Word | None = None,
    limit: Limit = 100,
) -> FeedPage:
    """What broker and webhooks are told, oldest first: ask again with `last` as `after`."""
    found = plant.mill.messages(after, limit, kind or (), line)
    items = [
        FeedMessage(number=one.id, topic=one.topic, retained=one.retained, message=json.loads(one.payload))
        for one in found
    ]
    return FeedPage(items=items, last=found[-1].id if found else after)


@router.get("/message-schemas/{kind}")
def get_message_schema(kind: Annotated[MessageKind, Path()], person: Viewer) -> dict[str, object]:
    """JSON Schema of one kind of message."""
    return schema_of(kind)


@router.get("/metrics", response_class=Response)
def get_metrics(person: Viewer, plant: ThePlant) -> Response:
    """Plant and lines for Prometheus."""
    return Response(metrics_text(plant, software_version()), media_type=METRICS_TYPE)


@router.get("/destinations")
def get_destinations(person: Manager, plant: ThePlant) -> list[DestinationView]:
    """Broker and webhooks: what each is still owed, and why."""
    return list(plant.mill.destinations())


@router.post("/destinations/{name}/retry", status_code=HTTPStatus.ACCEPTED)
def post_retry(name: str, person: Admin, plant: ThePlant) -> RetryAnswer:
    """Tell a receiver at once what waits for it, messages that were set aside too."""
    return RetryAnswer(waiting=plant.mill.retry(name, person.login))
