"""The quality page: alarms with their plan, charts, the machine, and who may take what up."""

import random
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import pytest
from screen_rig import person, shown

from service import events as ev
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.web.api.problems import ProblemError
from service.web.panel.page import Looker
from service.web.panel.quality import QualityScreen


@pytest.fixture
def worse(plant: Plant, loom_batch: Any) -> Plant:
    """Fifty calm subgroups, then one with a tenth of its frames defective."""
    line, rng = loom_batch(), random.Random(3)
    first = len(line.events)
    for number, defective in enumerate([*(max(0, round(rng.gauss(60, 14))) for _ in range(50)), 200]):
        start = 10_000.0 + number * 1000.0
        body = ev.SpanInspected(
            roll_id="roll-1",
            lot_id=None,
            from_mm=start,
            to_mm=start + 1000.0,
            inspected_width_mm=1500.0,
            frames=2000,
            clean=2000 - defective,
            defective=defective,
            unsure=0,
            deadline_misses=0,
            capture_to_decision_ms_max=20.0,
            stage_ms={},
        )
        line.add(body)
    assert line.events[first].id == str(uuid5(NAMESPACE_OID, f"loom-1/{first + 1}"))
    plant.ingest("loom-1", line.events)
    plant.quality.round()
    return plant


def test_an_alarm_shows_its_plan_and_is_taken_up_by_a_technician(worse: Plant, looker: Looker) -> None:
    technician = person(worse, "technician")
    html = shown(QualityScreen(looker), technician)
    assert "Control chart: more defects than its limit" in html
    assert "Look at the newest crops" in html
    assert "within 15 min" in html
    assert html.count("chart-signal") >= 1
    assert "Limits version 1" in html
    alarm = next(each for each in worse.quality.charts.alarms().items if each.rule == "above")
    screen = QualityScreen(looker)
    told = screen.press(technician, "acknowledge", {"alarm": f"chart/{alarm.id}", "note": "worn reed"})
    assert told == "Taken up."
    assert worse.quality.charts.alarms(only_open=True).total < worse.quality.charts.alarms().total
    html = shown(QualityScreen(looker), technician)
    assert "Taken up by technician" in html
    assert "«worn reed»" in html


def test_a_point_opens_what_it_was_counted_from(worse: Plant, looker: Looker) -> None:
    viewer = person(worse, "viewer")
    screen = QualityScreen(looker)
    screen.load()
    html = "".join(screen.sections(viewer))
    number = html.split('data-subgroup="')[1].split('"')[0]
    before = len(screen.sections(viewer))
    screen.press(viewer, "point_opened", {"subgroup": number})
    opened = "".join(screen.sections(viewer))
    assert 'href="/rolls/roll-1"' in opened
    assert "Frames with defects" in opened
    assert "2\u202f000" in opened
    assert len(screen.sections(viewer)) == before


def test_a_viewer_has_no_buttons_and_forged_presses_change_nothing(worse: Plant, looker: Looker) -> None:
    viewer = person(worse, "viewer")
    assert 'data-action="acknowledge"' not in shown(QualityScreen(looker), viewer)
    screen = QualityScreen(looker)
    with pytest.raises(ProblemError):
        screen.press(viewer, "acknowledge", {"alarm": "1"})
    with pytest.raises(ProblemError):
        screen.press(viewer, "accept", {"advice": "1"})
    with pytest.raises(PlantError, match="1; drop is not known"):
        screen.press(person(worse, "technician"), "acknowledge", {"alarm": "1; drop"})


def test_without_data_each_part_says_what_would_fill_it(plant: Plant, looker: Looker) -> None:
    html = shown(QualityScreen(looker), person(plant, "viewer"))
    assert "No alarm so far." not in html  # the opener's camera is gone
    assert "no frame for 4 s" in html
    assert "No subgroup of 2000 frames yet" in html
    assert "Misses: not measured. Draw an audit" in html
    assert "prices are missing" in html
