"""The review queue: take items, say what they are, skip, take back."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from datasets.labels import PixelBox
from service.plant.errors import PlantError
from service.plant.views.review import ReviewItem, ReviewState, ReviewWord
from service.web.api.access import Technician, ThePlant
from service.web.api.schemas import Body

router = APIRouter(tags=["review queue"])
ItemId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Pixel = Annotated[int, Field(ge=0, le=65_535)]


class TakeBody(Body):
    """A person asks for work."""

    count: Annotated[int, Field(ge=1, le=10)] = 1
    line: Annotated[str, Field(max_length=255)] | None = None


class BoxBody(Body):
    """A box in pixels of the picture; x1 and y1 lie outside of it, and it holds one pixel at least."""

    x0: Pixel
    y0: Pixel
    x1: Pixel
    y1: Pixel
    mm_per_px: Annotated[float, Field(gt=0, le=1000)] | None = None


class WordBody(Body):
    """What a person says: a defect or not, of which kind, where; for a roll the number of missed defects."""

    defective: bool
    defect_kind: Annotated[str, Field(max_length=40)] | None = None
    boxes: Annotated[list[BoxBody], Field(max_length=50)] = []
    missed: Annotated[int, Field(ge=0, le=1000)] | None = None


@router.get("/review")
def get_review(person: Technician, plant: ThePlant) -> ReviewState:
    """How much waits and why, what this person did today, and what they may take back."""
    return plant.review.state(person.login)


@router.post("/review/take")
def post_take(body: TakeBody, person: Technician, plant: ThePlant) -> list[ReviewItem]:
    """The items on this person's desk, filled up to `count`; nobody else gets them for three minutes."""
    line = plant.quality.known(body.line)
    return list(plant.review.take(person.login, body.count, (line,) if line else person.lines))


@router.post("/review/items/{item_id}/verdict", status_code=204)
def post_word(item_id: ItemId, body: WordBody, person: Technician, plant: ThePlant) -> None:
    """Say what an item is; into the label log and the marks before this answers."""
    plant.review.judge(item_id, word_of(body), person.login)


@router.post("/review/items/{item_id}/skip", status_code=204)
def post_skip(item_id: ItemId, person: Technician, plant: ThePlant) -> None:
    """Leave an item to others."""
    plant.review.skip(item_id, person.login)


@router.post("/review/undo")
def post_undo(person: Technician, plant: ThePlant) -> list[ReviewItem]:
    """Take back what this person said last; gives their desk."""
    plant.review.undo(person.login)
    return list(plant.review.take(person.login, 1, person.lines))


def word_of(body: WordBody) -> ReviewWord:
    """What was sent, as the plant takes it. PlantError: bad_word."""
    return ReviewWord(
        defective=body.defective,
        kind=body.defect_kind,
        boxes=tuple(box_of(box) for box in body.boxes),
        missed=body.missed,
    )


def box_of(body: BoxBody) -> PixelBox:
    """A box as the plant takes it. PlantError: bad_word: it holds no pixel."""
    try:
        return PixelBox(**body.model_dump())
    except ValueError as error:
        raise PlantError("bad_word", str(error)) from error
