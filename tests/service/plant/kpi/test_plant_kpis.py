from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Kpi, Window, WindowName


def by_slug(plant: Plant, line: str | None = None) -> dict[tuple[str, str], Kpi]:
    kpis = plant.kpis(plant.window(WindowName.SHIFT), line)
    return {(kpi.slug, kpi.basis): kpi for kpi in kpis}


@pytest.fixture
def mill(plant: Plant, new_log: Callable[..., Any], clock: Any) -> Plant:
    """One roll of 100 m by 1.5 m, 90 m inspected, five defects of 4 points; one lot of 100 kg."""
    loom, opener = new_log(), new_log("opener-1", "log-o")
    opener.demo = True
    plant.ingest(
        "loom-1",
        [
            loom.started(),
            loom.roll_started(),
            loom.span(0, 50_000, frames=100, deadline_misses=2, capture_to_decision_ms_max=10.0),
            loom.span(50_000, 90_000, frames=100, capture_to_decision_ms_max=30.0),
            loom.missed(90_000, 100_000),
            *(loom.defect(f"d{i}", i * 2000.0, 300.0, picture=f"{i}" * 64) for i in range(5)),
            loom.defect("doubt", 20_000.0, 300.0, unsure=True, picture="9" * 64),
            loom.roll_ended(),
        ],
    )
    plant.ingest(
        "opener-1",
        [
            opener.started("fibre", "lint", 1000.0),
            opener.lot_started(),
            opener.span(0, 8000, roll=None, lot="l1", fed_kg=80.0, trash_area_pct=0.5),
            opener.missed(8000, 10_000, roll=None, lot="l1", fed_kg=20.0),
            opener.judged("c1"),
            opener.judged("c2"),
            opener.answered("c1", ejected_kg=0.5, good_fibre_kg=0.4),
            opener.answered("c2", "refused", ejected_kg=0.7),
            opener.defect("f1", 50, roll=None, lot="l1"),
        ],
    )
    clock.pass_s(60)
    return plant


def test_figures_agree_with_a_hand_count(mill: Plant) -> None:
    kpis = by_slug(mill)
    # 5 defects on 90 m x 1.5 m = 135 m2
    assert kpis["defect_rate", "area"].value == pytest.approx(5 / 135 * 1000)
    # (90 + 8) m of (100 + 10) m
    assert kpis["coverage", "length"].value == pytest.approx(98 / 110 * 100)
    # 2 of 100 + 100 + 10 frames
    assert kpis["deadline_miss_rate", "frames"].value == pytest.approx(2 / 210 * 100)
    # (10 + 30 + 20) ms over 3 spans
    assert kpis["decision_speed", "time"].value == pytest.approx(20.0)
    # 5 x 4 points on 135 m2: 14.81, grade A
    assert kpis["points_per_100_m2", "area"].value == pytest.approx(20 / 135 * 100)
    assert kpis["defect_level", "area"].value == 0.0
    # 0.5 of 100 kg; the refused shot ejected nothing
    assert kpis["material_loss", "mass"].value == pytest.approx(0.5)
    assert kpis["good_fibre_share", "mass"].value == pytest.approx(80.0)
    assert kpis["defect_rate", "mass"].value == pytest.approx(1 / 0.08)
    assert kpis["escape_share", "shots"].value == pytest.approx(50.0)


def test_a_line_alone_shows_its_own_figures_and_no_others(mill: Plant) -> None:
    loom, opener = by_slug(mill, "loom-1"), by_slug(mill, "opener-1")
    assert loom["coverage", "length"].value == pytest.approx(90.0)
    assert opener["coverage", "length"].value == pytest.approx(80.0)
    assert loom["material_loss", "mass"].value is None
    assert "fibre line" in loom["material_loss", "mass"].missing
    assert (loom["coverage", "length"].demo, opener["coverage", "length"].demo) == (False, True)


def test_a_mark_changes_rate_grade_and_false_alarms(mill: Plant) -> None:
    mill.mark("d0", MarkVerdict.WRONG, None, "aigul")
    mill.mark("doubt", MarkVerdict.RIGHT, None, "aigul")
    mill.mark("d1", MarkVerdict.WRONG, "hole", "aigul")  # a defect, but another one
    kpis = by_slug(mill)
    assert kpis["defect_rate", "area"].numerator == 5  # 5 - 1 + 1
    assert kpis["false_alarm_share", "marks"].value == pytest.approx(1 / 3 * 100)


def test_the_window_cuts_by_the_lines_time(mill: Plant, clock: Any) -> None:
    later = Window(from_utc=clock() + timedelta(hours=1), to_utc=clock() + timedelta(hours=2))
    assert all(kpi.value is None for kpi in mill.kpis(later))


def test_a_window_that_can_not_be_is_refused(mill: Plant, clock: Any) -> None:
    now = clock()
    naive = now.replace(tzinfo=None)
    for start, end in ((now, now), (naive, naive + timedelta(hours=1))):
        with pytest.raises(PlantError) as caught:
            mill.kpis(Window(from_utc=start, to_utc=end))
        assert caught.value.problem == "bad_window"


def test_every_figure_of_a_demo_plant_is_marked(settings: Any, clock: Any) -> None:
    demo = Plant.open(replace(settings, demo=True), clock)
    kpis = demo.kpis(demo.window(WindowName.WEEK))
    demo.close()
    assert all(kpi.demo for kpi in kpis)


def test_an_unknown_line_is_refused(mill: Plant) -> None:
    with pytest.raises(PlantError, match="loom-9"):
        by_slug(mill, "loom-9")


def test_the_catalogue_lists_what_the_figures_are(mill: Plant) -> None:
    listed = {(item.slug, item.basis) for item in mill.kpi_catalogue()}
    assert listed == set(by_slug(mill))
