"""Learning an article from a running line: begin, learn, look at the effect, send to the line."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.line_commands import LineCommand
from service.plant.views.lessons import Effect, LessonView
from service.web.api.access import Engineer, ThePlant, Viewer
from service.web.api.schemas import Body

router = APIRouter(tags=["lessons"])
Rate = Annotated[float, Field(gt=0, le=1000)]


class LessonBody(Body):
    """Which line runs good material, and what it is called."""

    line: Annotated[str, Field(max_length=80)]
    article: Annotated[str, Field(min_length=1, max_length=200)]
    frames: Annotated[int, Field(ge=1, le=10_000)] = 48


class RateBody(Body):
    """At most so many false alarms on 100 m of good material."""

    false_alarms_per_100m: Rate = 10.0


@router.get("/lessons")
def get_lessons(person: Viewer, plant: ThePlant) -> list[LessonView]:
    """Lessons, newest first: how many frames have come, how far learning is."""
    return list(plant.lessons.listing())


@router.post("/lessons", status_code=HTTPStatus.CREATED)
def post_lesson(body: LessonBody, person: Engineer, plant: ThePlant) -> LessonView:
    """Ask a line that runs good material for frames."""
    return plant.lessons.begin(body.line, body.article, body.frames, person.login)


@router.post("/lessons/{lesson_id}/learn", status_code=HTTPStatus.ACCEPTED)
def post_learning(lesson_id: str, body: RateBody, person: Engineer, plant: ThePlant) -> LessonView:
    """Learn the article as a candidate, beside everything else."""
    return plant.lessons.learn(lesson_id, body.false_alarms_per_100m, person.login)


@router.get("/lessons/{lesson_id}/effect")
def get_effect(
    lesson_id: str,
    person: Viewer,
    plant: ThePlant,
    false_alarms_per_100m: Annotated[float, Query(gt=0, le=1000)] = 10.0,
) -> Effect:
    """What the new recipe would have said of the hour before the lesson, at this promise."""
    return plant.lessons.effect(lesson_id, false_alarms_per_100m)


@router.post("/lessons/{lesson_id}/activation", status_code=HTTPStatus.ACCEPTED)
def post_lesson_activation(lesson_id: str, body: RateBody, person: Engineer, plant: ThePlant) -> LineCommand:
    """Write the promise into the recipe and ask the line to run the article with it."""
    return plant.lessons.activate(lesson_id, body.false_alarms_per_100m, person.login)


@router.delete("/lessons/{lesson_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_lesson(lesson_id: str, person: Engineer, plant: ThePlant) -> None:
    """End a lesson; its recipe stays a candidate."""
    plant.lessons.give_up(lesson_id, person.login)
