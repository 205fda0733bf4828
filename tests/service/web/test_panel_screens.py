"""What the screens show and do, without a browser: presses go to the plant, roles and old data count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from screen_rig import person

from service.line_commands import LineCommandKind
from service.plant.plant import Plant
from service.plant.views.lines import LineView
from service.web.api.problems import ProblemError
from service.web.panel.line_card import line_card
from service.web.panel.live import LiveScreen
from service.web.panel.markup import Html, el
from service.web.panel.page import Looker
from service.web.panel.roll import RollScreen

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def fabric(plant: Plant) -> LineView:
    return next(line for line in plant.lines() if line.line == "loom-1")


def test_a_pressed_hold_waits_for_the_line(plant: Plant, looker: Looker) -> None:
    screen = LiveScreen(looker)
    screen.load()
    told = screen.press(person(plant, "technician"), "command", {"line": "loom-1", "command": "hold"})
    assert told
    (waiting,) = plant.commands_for("loom-1")
    assert (waiting.command, waiting.issued_by) == (LineCommandKind.HOLD, "technician")


def test_a_viewer_sees_no_buttons_and_cannot_press_what_is_not_there(plant: Plant, looker: Looker) -> None:
    screen = LiveScreen(looker)
    screen.load()
    viewer = person(plant, "viewer")
    assert not any("data-action" in html for html in screen.sections(viewer))
    with pytest.raises(ProblemError):
        screen.press(viewer, "command", {"line": "loom-1", "command": "hold"})
    assert plant.commands_for("loom-1") == ()


def test_a_technician_cannot_forge_an_engineers_command(plant: Plant, looker: Looker) -> None:
    screen = LiveScreen(looker)
    with pytest.raises(ProblemError):
        screen.press(person(plant, "technician"), "command", {"line": "loom-1", "command": "end_roll"})
    assert plant.commands_for("loom-1") == ()


def test_a_pressed_mark_is_kept_and_shown(plant: Plant, looker: Looker) -> None:
    screen = RollScreen(looker, roll_id="roll-1")
    screen.load()
    technician = person(plant, "technician")
    defect_id = plant.roll("roll-1").defects[0].defect_id
    assert screen.press(technician, "select", {"defect": defect_id}) == ""
    screen.press(technician, "mark", {"defect": defect_id, "verdict": "wrong"})
    screen.load()
    assert any("False alarm: technician" in html for html in screen.sections(technician))
    marked = next(item for item in plant.roll("roll-1").defects if item.defect_id == defect_id)
    assert marked.mark is not None
    assert marked.mark.user == "technician"


def test_a_crop_stays_where_it_is_while_someone_points_at_it(
    plant: Plant, looker: Looker, new_find: Any
) -> None:
    screen = LiveScreen(looker)
    screen.load()
    technician = person(plant, "technician")
    screen.press(technician, "point", {"over": "1"})
    before = screen.sections(technician)[1]
    plant.ingest("loom-1", [new_find])
    looker.web.snapshots.forget()
    screen.load()
    assert screen.sections(technician)[1].count("<article") == before.count("<article")
    assert new_find.body.defect_id not in screen.sections(technician)[1]
    first = before.split('data-defect="')[1].split('"')[0]
    screen.press(technician, "mark", {"defect": first, "verdict": "right"})
    assert 'aria-pressed="true"' in screen.sections(technician)[1]
    screen.press(technician, "point", {"over": "0"})
    screen.load()
    assert new_find.body.defect_id in screen.sections(technician)[1]


def test_choosing_a_defect_does_not_send_the_map_again(plant: Plant, looker: Looker) -> None:
    screen = RollScreen(looker, roll_id="roll-1")
    screen.load()
    technician = person(plant, "technician")
    before = screen.sections(technician)
    screen.press(technician, "select", {"defect": plant.roll("roll-1").defects[0].defect_id})
    after = screen.sections(technician)
    changed = [number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    assert changed == [3]  # the section of the chosen defect


@pytest.mark.parametrize(("age_s", "silent"), [(2.0, False), (31.0, True)])
def test_old_data_is_called_old_and_no_old_figure_is_shown(
    plant: Plant, looker: Looker, age_s: float, silent: bool
) -> None:
    last = NOW - timedelta(seconds=age_s)
    line = replace(fabric(plant), age_s=age_s, last_event_utc=last, speed_m_min=37.5, coverage=0.875)
    card = line_card(line, [], person(plant, "viewer"), looker.voice, NOW)
    assert ("No data since 10:59" in card) is silent
    assert ("37.5" in card) is not silent
    assert ("87.5" in card) is not silent


def test_a_line_that_never_delivered_says_what_to_do(plant: Plant, looker: Looker) -> None:
    line = replace(
        fabric(plant), state=None, age_s=None, last_event_utc=None, speed_m_min=None, coverage=None
    )
    card = line_card(line, [], person(plant, "admin"), looker.voice, NOW)
    assert "never delivered" in card
    assert "data-action" not in card


def test_text_from_a_line_cannot_become_html(plant: Plant, looker: Looker) -> None:
    evil = "<img src=x onerror=alert(1)>"
    line = replace(fabric(plant), article=evil, cause=evil)
    card = line_card(line, [], person(plant, "viewer"), looker.voice, NOW)
    assert evil not in card
    assert "&lt;img" in card


def test_attributes_are_escaped_and_absent_ones_left_out() -> None:
    written = el("b", "x", title='"><script>', hidden=None, data_on=True)
    assert written == '<b title="&quot;&gt;&lt;script&gt;" data-on>x</b>'
    assert el("b", Html("<i>")) == "<b><i></b>"


def test_a_roll_is_held_with_a_reason_and_released_by_an_engineer(plant: Plant, looker: Looker) -> None:
    screen = RollScreen(looker, roll_id="roll-1")
    screen.load()
    technician, engineer = person(plant, "technician"), person(plant, "engineer")
    hold = {"disposition": "hold", "grade": "", "why": ""}
    assert screen.press(technician, "dispose", hold) == "Give a reason first."
    assert plant.ledger.dispositions("roll-1") == ()
    screen.press(technician, "dispose", hold | {"why": " oil all along the edge "})
    (held,) = plant.ledger.dispositions("roll-1")
    assert (held.action.value, held.entered_by, held.why) == ("hold", "technician", "oil all along the edge")
    assert any("On hold." in html and "oil all along" in html for html in screen.sections(technician))
    with pytest.raises(ProblemError):
        screen.press(technician, "dispose", {"disposition": "release", "grade": "", "why": "clean again"})
    screen.press(engineer, "dispose", {"disposition": "release", "grade": "", "why": "clean again"})
    assert plant.ledger.on_hold() == ()
    assert not any("On hold." in html for html in screen.sections(engineer))


def test_all_open_panels_share_one_question_to_the_plant(looker: Looker) -> None:
    snapshots: Any = looker.web.snapshots
    assert snapshots.newest() is snapshots.newest()


def test_whoever_has_other_lines_sees_no_form_for_this_roll(plant: Plant, looker: Looker) -> None:
    screen = RollScreen(looker, roll_id="roll-1")
    screen.load()
    engineer = person(plant, "engineer")
    forms = [
        'data-disposition="hold"' in "".join(screen.sections(replace(engineer, lines=(line,))))
        for line in ("loom-1", "opener-1")
    ]
    assert forms == [True, False]
