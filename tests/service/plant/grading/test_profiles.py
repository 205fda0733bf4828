"""Hand-worked sheets of each shipped profile, and what happens when a profile changes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.grading.desk import GradingDesk
from service.plant.grading.four_point import Flaw, count_points, per_100_m2, per_100_yd2
from service.plant.grading.grade import DOWNGRADED, grade_roll, limits_per_area
from service.plant.grading.profile import FOUR_POINT, load_profile
from service.plant.grading.shelf import Shelf
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Disposed, OrderOpened, UnitMade
from service.plant.ledger.lengths import account
from service.plant.ledger.terms import DispositionAction, Origin, Step
from service.plant.plant import Plant
from service.settings import AcceptanceSettings

METRIC = load_profile()
BUYERS = load_profile(FOUR_POINT.with_name("four_point_buyers.toml"))
TEN = load_profile(FOUR_POINT.with_name("ten_point.toml"))
LINEAR = load_profile(FOUR_POINT.with_name("four_point_linear.toml"))
GRANITEVILLE = load_profile(FOUR_POINT.with_name("graniteville.toml"))
YARD_MM = 914.4


def flaw(
    name: str,
    yard: float,
    length_mm: float,
    *,
    x_mm: float = 500.0,
    across: bool = False,
    kind: str = "stain",
) -> Flaw:
    """A defect that begins in a yard (from 0) and lies along the web or across it."""
    y0_mm = yard * YARD_MM
    return Flaw(
        defect_id=name,
        kind=kind,
        y0_mm=y0_mm,
        y1_mm=y0_mm + (1.0 if across else length_mm),
        length_mm=length_mm,
        x0_mm=x_mm,
        x1_mm=x_mm + (length_mm if across else 1.0),
    )


def test_the_sheet_of_22_points_on_120_yd_of_45_in() -> None:
    # 8 x 1 + 3 x 2 + 0 x 3 + 2 x 4 = 22 points, each defect in a yard of its own
    lengths = [50.0] * 8 + [100.0] * 3 + [300.0] * 2
    sheet = count_points(
        [flaw(str(at), at * 9, mm) for at, mm in enumerate(lengths)], 120 * YARD_MM, BUYERS, 1143
    )
    assert (sheet.total, sheet.capped, len(sheet.by_metre)) == (22, 0, 120)
    assert per_100_yd2(sheet.total, 120, 45) == pytest.approx(14.67, abs=0.005)  # 22 x 3600 / (120 x 45)


def test_the_sheet_of_28_points_on_100_m_of_1500_mm() -> None:
    # 4 x 1 + 3 x 2 + 2 x 3 + 3 x 4 = 28 points
    lengths = [75.0] * 4 + [150.0] * 3 + [230.0] * 2 + [231.0] * 3
    flaws = [
        Flaw(defect_id=str(at), kind="stain", y0_mm=at * 8000.0, y1_mm=at * 8000.0 + mm, length_mm=mm)
        for at, mm in enumerate(lengths)
    ]
    sheet = count_points(flaws, 100_000.0, METRIC, 1500.0)
    assert sheet.total == 28
    assert per_100_m2(sheet.total, 100, 1500) == pytest.approx(18.67, abs=0.005)  # 28 x 100000 / (100 x 1500)


def test_defects_at_an_edge_dont_count_where_the_buyer_says_so() -> None:
    # Width 1500 mm: up to 25.4 mm from the left and from 1474.6 mm on
    flaws = [flaw("left", 0, 50, x_mm=20), flaw("inside", 1, 50, x_mm=30), flaw("right", 2, 50, x_mm=1480)]
    sheet = count_points(flaws, 4 * YARD_MM, BUYERS, 1500.0)
    assert sheet.ignored == {"left": "at_edge", "right": "at_edge"}
    assert sheet.by_metre == (0, 1, 0, 0)


def test_a_wide_web_gets_a_cap_in_proportion() -> None:
    # 3352.8 mm is twice 66 in: 8 points a yard; 3 x 4 = 12 points are capped to 8
    flaws = [flaw(str(at), 0, 300, x_mm=500.0 * (at + 1)) for at in range(3)]
    assert count_points(flaws, YARD_MM, BUYERS, 3352.8).by_metre == (8,)
    assert count_points(flaws, YARD_MM, BUYERS, 1500.0).by_metre == (4,)


def test_a_pin_hole_counts_by_its_length_and_a_hole_four() -> None:
    flaws = [flaw("pin", 0, 1.0, kind="hole"), flaw("hole", 1, 2.0, kind="hole")]
    assert count_points(flaws, 2 * YARD_MM, BUYERS).by_metre == (1, 4)


def test_running_conditions_cost_four_points_a_yard_and_more_than_ten_yards_reject() -> None:
    shade = flaw("shade", 1, 2.5 * YARD_MM, kind="shade_bar")  # yards 1, 2 and 3
    short = flaw("short", 6, 100, kind="shade_bar")
    sheet = count_points([shade, short], 10 * YARD_MM, BUYERS, 1500.0)
    assert sheet.by_metre == (0, 4, 4, 4, 0, 0, 4, 0, 0, 0)
    assert sheet.rejected_by == ""
    long = flaw("long", 0, 10.5 * YARD_MM, kind="stain")
    length = account(0.0, 1000 * YARD_MM, [(0.0, 1000 * YARD_MM)], [])
    lenient = AcceptanceSettings(first_points_per_100_m2=1e6, second_points_per_100_m2=1e6)
    graded = grade_roll([long], length, 1500.0, ended=True, profile=BUYERS, acceptance=lenient)
    assert (graded.sheet.rejected_by, graded.grade) == ("long", DOWNGRADED)


@pytest.mark.parametrize(
    ("length_mm", "across", "points"),
    [
        *((25.4, False, 1), (25.5, False, 3), (127.0, False, 3), (254.0, False, 5), (254.1, False, 10)),
        *((25.4, True, 1), (127.0, True, 3), (750.0, True, 5), (751.0, True, 10)),  # half of 1500 mm
    ],
)
def test_the_ten_point_system_has_a_table_for_each_direction(
    length_mm: float, across: bool, points: int
) -> None:
    assert (
        count_points([flaw("a", 0, length_mm, across=across, x_mm=0)], 3 * YARD_MM, TEN, 1500.0).total
        == points
    )


def test_ten_points_are_the_most_for_a_yard() -> None:
    flaws = [flaw("hole", 0, 3, kind="hole"), flaw("slub", 0.5, 200)]  # 10 + 5
    sheet = count_points(flaws, YARD_MM, TEN, 1500.0)
    assert (sheet.total, sheet.capped) == (10, 5)


def test_every_shipped_profile_is_good_and_says_that_it_is_not_verified(tmp_path: Path) -> None:
    shelved = Shelf.of(tmp_path).listing()
    assert [one.profile.id for one in shelved] == [
        *(
            "four-point-buyers",
            "four-point-linear",
            "four-point-metric",
            "graniteville-yard",
            "ten-point-yard",
        )
    ]
    assert not any(one.profile.verified for one in shelved)


def own_profile(plant: Plant, version: int, first_points: int) -> None:
    """The plant's own: every defect up to 75 mm gets `first_points`."""
    folder = plant.settings.data_dir / "profiles"
    folder.mkdir(exist_ok=True)
    text = FOUR_POINT.read_text(encoding="utf-8").replace('id = "four-point-metric"', 'id = "own"')
    text = text.replace("version = 1", f"version = {version}").replace(
        "to_mm = 75.0\npoints = 1", f"to_mm = 75.0\npoints = {first_points}"
    )
    (folder / f"own-{version}.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def desk(plant: Plant) -> GradingDesk:
    return GradingDesk(ledger=plant.ledger, shelf=Shelf.of(plant.settings.data_dir))


def graded_roll(plant: Plant, new_log: Any) -> None:
    """100 m x 1500 mm, 8 defects of 50 mm: 8 points, 5.33 per 100 m2."""
    log = new_log()
    events = [log.started(), log.roll_started(), log.span(0, 100_000)]
    events += [log.defect(f"d{at}", at * 10_000) for at in range(8)]
    plant.ingest("loom-1", [*events, log.roll_ended()])


def test_a_new_profile_grades_again_and_both_grades_stay(
    plant: Plant, desk: GradingDesk, new_log: Any, clock: Any
) -> None:
    graded_roll(plant, new_log)
    clock.pass_s(3600)
    own_profile(plant, 1, first_points=4)
    since = clock() - timedelta(hours=2)
    done = desk.activate("own", 1, from_utc=since, user="dana", why="contract 12")
    assert (done.rolls, done.changed) == (1, 1)
    roll = plant.roll("r1")
    # 8 x 4 x 100000 / (100 m x 1500 mm) = 21.33: above 20, a B
    assert (roll.grade.grade, roll.grade.points, roll.grade.profile_id) == ("B", 32, "own")
    (before,) = roll.earlier_grades
    assert (before.grade, before.points, before.profile_id) == ("A", 8, "four-point-metric")
    assert (done.entry.entered_by, done.entry.why) == ("dana", "contract 12")


def test_the_profile_at_a_rolls_end_holds_and_the_workings_say_that_it_changed(
    plant: Plant, desk: GradingDesk, new_log: Any, clock: Any
) -> None:
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started(), log.defect("d1", 500)])
    clock.pass_s(10)
    own_profile(plant, 1, first_points=3)
    desk.activate("own", 1, from_utc=clock(), user="dana", why="from now on")
    log.at_s = 20.0
    clock.pass_s(20)
    plant.ingest("loom-1", [log.span(0, 100_000), log.roll_ended()])
    grade = plant.roll("r1").grade
    assert (grade.profile_id, grade.points) == ("own", 3)
    assert "the profile changed while the roll ran: that at its end" in grade.workings


def test_a_profile_changed_under_the_same_version_is_refused(
    plant: Plant, desk: GradingDesk, clock: Any
) -> None:
    own_profile(plant, 1, first_points=4)
    desk.activate("own", 1, from_utc=clock(), user="dana", why="contract")
    own_profile(plant, 1, first_points=2)
    with pytest.raises(PlantError, match="give the change a new version"):
        desk.activate("own", 1, from_utc=clock(), user="dana", why="again")
    own_profile(plant, 2, first_points=2)
    with pytest.raises(PlantError, match="known are"):
        desk.activate("own", 3, from_utc=clock(), user="dana", why="no such")


def test_two_files_of_one_version_are_refused(plant: Plant, desk: GradingDesk) -> None:
    own_profile(plant, 1, first_points=4)
    folder = plant.settings.data_dir / "profiles"
    (folder / "copy.toml").write_text((folder / "own-1.toml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(PlantError, match="raise one version"):
        desk.profiles()


def test_an_order_brings_its_own_limits(plant: Plant, new_log: Any, clock: Any) -> None:
    graded_roll(plant, new_log)
    clock.pass_s(60)
    order = OrderOpened(
        order_id="O-7", article="greige", value=5000, unit="m", first_limit=5.0, second_limit=6.0
    )
    roll = UnitMade(step=Step.ROLL, unit_id="r1", name="R1", order_id="O-7")
    for body in (order, roll):
        draft = Draft(body=body, at_utc=clock(), entered_by="dana", origin=Origin.TYPED)
        plant.ledger.enter([draft])
    grade = plant.roll("r1").grade
    # 8 points on 150 m2 = 5.33: above 5, not above 6
    assert (grade.grade, grade.first_limit, grade.second_limit) == ("B", 5.0, 6.0)
    assert "limits of order O-7" in grade.workings


def test_a_persons_downgrade_stays_when_the_roll_is_graded_again(
    plant: Plant, desk: GradingDesk, new_log: Any, clock: Any
) -> None:
    graded_roll(plant, new_log)
    clock.pass_s(60)
    body = Disposed(roll_id="r1", action=DispositionAction.DOWNGRADE, grade="second")
    draft = Draft(body=body, at_utc=clock(), entered_by="dana", origin=Origin.TYPED, why="wrong shade")
    plant.ledger.enter([draft])
    own_profile(plant, 1, first_points=4)
    desk.activate("own", 1, from_utc=clock() - timedelta(hours=1), user="dana", why="contract")
    roll = plant.roll("r1")
    assert [grade.grade for grade in (*roll.earlier_grades, roll.grade)] == ["A", "second", "second"]
    assert "downgraded to second by dana: wrong shade" in roll.grade.workings


def test_a_profile_with_an_impossible_number_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    text = FOUR_POINT.read_text(encoding="utf-8").replace("cap_per_unit = 4", "cap_per_unit = 0")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PlantError, match="cap_per_unit is 0; it must be above 0"):
        load_profile(path)
    assert replace(METRIC, cap_scales_above_mm=1000.0).cap_of(1500.0) == 6  # 4 x 1.5


@pytest.mark.parametrize(("points", "per_100_yd", "grade"), [(24, 20.0, "A"), (25, 20.83, DOWNGRADED)])
def test_the_linear_sheet_takes_20_points_on_100_yd_whatever_the_width(
    points: int, per_100_yd: float, grade: str
) -> None:
    # 120 yd: 24 x 100 / 120 = 20 passes, 25 x 100 / 120 = 20.83 does not; by area a wide web would pass both
    found = [flaw(str(at), at * 4, 50.0) for at in range(points)]
    for width_mm in (800.0, 1600.0):
        assert LINEAR.linear is not None
        graded = grade_roll(
            found,
            account(0.0, 120 * YARD_MM, [(0.0, 120 * YARD_MM)], []),
            width_mm,
            ended=True,
            profile=LINEAR,
            acceptance=limits_per_area(LINEAR.linear, width_mm),
        )
        assert (graded.sheet.total, graded.grade) == (points, grade)
        assert any(f"= {per_100_yd:.2f} points per 91.44 m of length" in line for line in graded.workings)


def test_the_graniteville_sheet_by_hand_and_that_it_is_not_verified() -> None:
    # 6, 12, 20 and 30 in: 1 + 2 + 3 + 4 = 10; a run of 3 yd: 4 points each; 4 is the most of a yard
    lengths_mm = [6 * 25.4, 12 * 25.4, 20 * 25.4, 30 * 25.4]
    found = [flaw(str(at), at * 5, mm) for at, mm in enumerate(lengths_mm)]
    found += [flaw("run", 50, 3 * YARD_MM), flaw("more", 51, 50.0)]
    sheet = count_points(found, 120 * YARD_MM, GRANITEVILLE, 1143)
    assert [sheet.by_defect[str(at)] for at in range(4)] == [1, 2, 3, 4]
    assert (sheet.by_defect["run"], sheet.total, sheet.capped) == (12, 22, 1)
    assert per_100_yd2(sheet.total, 120, 45) == pytest.approx(14.67, abs=0.005)
    assert not GRANITEVILLE.verified
    assert "not verified" in GRANITEVILLE.title


def test_a_linear_rule_that_cant_hold_is_refused(tmp_path: Path) -> None:
    text = FOUR_POINT.with_name("four_point_linear.toml").read_text(encoding="utf-8")
    (tmp_path / "odd.toml").write_text(text.replace("second = 20.0", "second = 19.0"), encoding="utf-8")
    with pytest.raises(PlantError, match="limits that rise"):
        load_profile(tmp_path / "odd.toml")


def test_a_linear_profile_in_force_grades_by_length_and_says_so(
    plant: Plant, desk: GradingDesk, new_log: Any, clock: Any
) -> None:
    log = new_log()
    events = [log.started(), log.roll_started(), log.span(0, 100_000)]
    events += [log.defect(f"d{at}", at * 3_000 + 500) for at in range(25)]
    plant.ingest("loom-1", [*events, log.roll_ended()])
    assert plant.roll("r1").grade.grade == "A"  # by area: 25 x 100000 / (100 m x 1500 mm) = 16.67, up to 20
    clock.pass_s(3600)
    since = clock() - timedelta(hours=2)
    desk.activate("four-point-linear", 1, from_utc=since, user="dana", why="contract by the yard")
    grade = plant.roll("r1").grade
    # 25 x 91.44 m / 100 m = 22.86 points per 100 yd, above 20; 20 are 14.58 per 100 m2 at this width
    assert (grade.grade, grade.points) == (DOWNGRADED, 25)
    assert grade.first_limit == pytest.approx(20 * 100_000 / (91.44 * 1500))
    assert any("= 22.86 points per 91.44 m of length" in line for line in grade.workings)
    assert [before.grade for before in plant.roll("r1").earlier_grades] == ["A"]
