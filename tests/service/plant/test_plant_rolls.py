from collections.abc import Callable
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.defects import MarkVerdict
from service.plant.views.rolls import GradeStatus, Stretch


@pytest.fixture
def roll(plant: Plant, new_log: Callable[..., Any]) -> Plant:
    """28 points on 100 m of 1500 mm, beginning 7 m after the encoder's zero: seven defects of 4 points."""
    log = new_log()
    plant.ingest(
        "loom-1",
        [
            log.started(),
            log.roll_started(start_mm=7000.0),
            log.span(7000, 107_000),
            *(log.defect(f"d{i}", 7500 + i * 1000.0, 300.0, picture="a" * 64) for i in range(7)),
            log.defect("doubt", 90_000.0, 300.0, unsure=True, picture="b" * 64),
            log.roll_ended(end_mm=107_000.0),
        ],
    )
    return plant


def test_the_grade_agrees_with_the_hand_worked_sheet(roll: Plant) -> None:
    view = roll.roll("r1")
    assert view.grade.points == 28
    assert view.grade.points_per_100_m2 == pytest.approx(18.67, abs=0.005)
    assert (view.grade.grade, view.grade.status) == ("A", GradeStatus.FINAL)
    assert view.points_per_metre[:8] == (4, 4, 4, 4, 4, 4, 4, 0)
    assert len(view.points_per_metre) == 100


def test_defects_are_placed_within_the_roll(roll: Plant) -> None:
    first = roll.roll("r1").defects[0]
    assert (first.x_mm, first.y_mm, first.width_mm, first.points) == (100.0, 500.0, 50.0, 4)


def test_doubt_is_shown_and_not_graded_until_marked_right(roll: Plant) -> None:
    doubt = next(item for item in roll.roll("r1").defects if item.unsure)
    assert (doubt.points, doubt.not_graded_because) == (0, "unsure")
    roll.mark("doubt", MarkVerdict.RIGHT, None, "aigul")
    view = roll.roll("r1")
    assert view.grade.points == 32  # 28 + 4: 21.33 points per 100 m2
    assert (view.grade.grade, view.grade.reason) == ("B", "mark")


def test_a_wrong_one_is_not_counted_and_the_earlier_grade_stays(roll: Plant) -> None:
    roll.mark("d0", MarkVerdict.WRONG, None, "aigul")
    view = roll.roll("r1")
    assert view.grade.points == 24
    assert [grade.points for grade in view.earlier_grades] == [28]
    assert view.earlier_grades[0].reason == "roll_ended"


def test_a_mark_that_changes_nothing_adds_no_grade(roll: Plant) -> None:
    roll.mark("d0", MarkVerdict.RIGHT, None, "aigul")
    assert roll.roll("r1").earlier_grades == ()


def test_events_that_come_late_change_the_grade_and_keep_the_old_one(
    plant: Plant, new_log: Callable[..., Any]
) -> None:
    log = new_log()
    events = [
        log.started(),
        log.roll_started(),
        log.span(0, 60_000),
        log.span(60_000, 100_000),
        log.roll_ended(),
    ]
    plant.ingest("loom-1", [*events[:3], events[4]])
    before = plant.roll("r1")
    assert (before.grade.status, before.grade.coverage) == (GradeStatus.PROVISIONAL, 0.6)
    assert before.uninspected == (Stretch(from_mm=60_000, to_mm=100_000, reason="no_record", detail=""),)
    plant.ingest("loom-1", [events[3]])
    after = plant.roll("r1")
    assert (after.grade.status, after.grade.reason) == (GradeStatus.FINAL, "late_events")
    assert [grade.coverage for grade in after.earlier_grades] == [0.6]


def test_a_running_roll_is_graded_as_it_stands(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started(), log.span(0, 5000), log.defect("d", 100, 300)])
    view = plant.roll("r1")
    assert (view.grade.status, view.grade.points, view.row.length_m) == (GradeStatus.OPEN, 4, 5.0)
    assert plant.rolls().items[0] == view.row


def test_the_list_is_filtered_by_line_article_and_grade(roll: Plant, new_log: Callable[..., Any]) -> None:
    other = new_log("loom-2", "log-2")
    roll.ingest("loom-2", [other.started(), other.roll_started("x"), other.span(0, 1000, roll="x")])
    assert [row.roll_id for row in roll.rolls().items] == ["r1", "x"] or roll.rolls().total == 2
    assert [row.roll_id for row in roll.rolls(line="loom-2").items] == ["x"]
    assert [row.roll_id for row in roll.rolls(grade="A").items] == ["r1"]
    assert roll.rolls(grade="second").items == ()
    assert roll.rolls(article="linen").total == 0


def test_pages_are_cut_newest_first(plant: Plant, new_log: Callable[..., Any]) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.roll_started(f"r{i}") for i in range(5)])
    page = plant.rolls(2, 2)
    assert [row.roll_id for row in page.items] == ["r2", "r1"]
    assert (page.total, page.pages) == (5, 3)


@pytest.mark.parametrize(("page", "size"), [(0, 10), (1, 0), (1, 501)])
def test_a_page_that_can_not_be_is_refused(plant: Plant, page: int, size: int) -> None:
    with pytest.raises(PlantError) as caught:
        plant.rolls(page, size)
    assert caught.value.problem == "bad_page"


def test_an_unknown_roll_is_named(plant: Plant) -> None:
    with pytest.raises(PlantError, match="roll nowhere is not known"):
        plant.roll("nowhere")
