"""The review page without a browser: what it shows, what its buttons do, and for whom."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from screen_rig import looker_of, person

from service.plant.plant import Plant
from service.web.api.problems import ProblemError
from service.web.panel.page import Looker
from service.web.panel.review import ReviewScreen


@pytest.fixture
def looker_for(app: FastAPI) -> Any:
    sessions = app.state.web.sessions
    return lambda role: looker_of(app, token=sessions.start(role), path="/review")


def opened(looker: Looker) -> ReviewScreen:
    screen = ReviewScreen(looker)
    screen.load()
    return screen


def item_of(html: str) -> str:
    return html.split('class="rv" data-item="')[1].split('"')[0]


def test_one_press_is_a_verdict_and_the_next_item_is_there(plant: Plant, looker_for: Any) -> None:
    technician = person(plant, "technician")
    screen = opened(looker_for("technician"))
    html = screen.sections(technician)[1]
    assert "Hole" in html  # the one critical find comes first
    assert html.count('data-key="Key') > 15  # every other kind by one letter
    boxes = json.dumps([{"x0": 1, "y0": 2, "x1": 30, "y1": 40, "mm_per_px": 0.3}])
    pressed = {"item": item_of(html), "defective": "1", "kind": "oil_spot", "boxes": boxes}
    assert screen.press(technician, "judge", pressed) == ""
    screen.load()
    marks = [defect.mark for defect in plant.roll("roll-1").defects if defect.mark is not None]
    assert [(mark.kind, mark.user) for mark in marks] == [("oil_spot", "technician")]
    head, shown, last, _ = screen.sections(technician)
    assert "1 judged by you today" in head
    assert "defect, Oil spot" in last
    assert pressed["item"] not in shown
    assert screen.press(technician, "undo", {}) == "Taken back. It is in front of you again."
    screen.load()
    assert item_of(screen.sections(technician)[1]) == pressed["item"]


def test_two_people_see_different_items_and_a_lost_one_is_told(plant: Plant, looker_for: Any) -> None:
    technician, engineer = person(plant, "technician"), person(plant, "engineer")
    one, other = opened(looker_for("technician")), opened(looker_for("engineer"))
    html = one.sections(technician)[1]
    assert 'class="rv"' not in other.sections(engineer)[1]
    assert "other people's desks" in other.sections(engineer)[1]
    told = other.press(engineer, "judge", {"item": item_of(html), "defective": "0"})
    assert told == "Somebody else has this one by now. Here is the next."
    assert all(defect.mark is None for defect in plant.roll("roll-1").defects)


def test_a_viewer_gets_no_item_and_forged_presses_change_nothing(plant: Plant, looker_for: Any) -> None:
    viewer = person(plant, "viewer")
    screen = opened(looker_for("viewer"))
    assert "data-action" not in "".join(screen.sections(viewer))
    with pytest.raises(ProblemError):
        screen.press(viewer, "judge", {"item": "1", "defective": "1"})
    assert plant.review.state("viewer").judged_today == 0


@pytest.mark.parametrize("boxes", ["no json", '[{"x0": -1, "y0": 0, "x1": 5, "y1": 5}]', '{"x0": 1}'])
def test_an_odd_box_is_refused(plant: Plant, looker_for: Any, boxes: str) -> None:
    technician = person(plant, "technician")
    screen = opened(looker_for("technician"))
    item = item_of(screen.sections(technician)[1])
    with pytest.raises(ProblemError, match="draw the box again"):
        screen.press(technician, "judge", {"item": item, "defective": "1", "boxes": boxes})
    assert plant.review.state("technician").judged_today == 0
