import pytest

from datasets.synthesis.planting import CELL_ROWS, GAP_PX, Footprint, Planting
from vision.taxonomy import DefectKind

KINDS = (DefectKind.HOLE, DefectKind.STAIN)


def plan(**changes):
    settings = {
        "seed": 4,
        "rate_per_m2": 100.0,
        "mm_per_px": 0.5,
        "x0": 100,
        "x1": 900,
        "kinds": KINDS,
        "measure": lambda kind, rng: Footprint(rows=int(rng.integers(5, 60)), columns=20),
    }
    return Planting(**{**settings, **changes})


def test_a_flaw_is_named_by_every_window_that_it_touches():
    planting = plan()
    plot = planting.touching(0, CELL_ROWS)[0]
    middle = (plot.box.y0 + plot.box.y1) // 2
    assert plot in planting.touching(middle, 1)
    assert plot not in planting.touching(plot.box.y1, 50)
    assert plot not in planting.touching(max(0, plot.box.y0 - 50), min(50, plot.box.y0))


def test_flaws_do_not_touch_each_other_and_stay_on_the_cloth():
    plots = plan(rate_per_m2=400.0).touching(0, 3 * CELL_ROWS)
    assert len(plots) > 50
    for place, one in enumerate(plots):
        assert 100 <= one.box.x0 < one.box.x1 <= 900
        for other in plots[place + 1 :]:
            apart_x = one.box.x0 >= other.box.x1 + GAP_PX or other.box.x0 >= one.box.x1 + GAP_PX
            apart_y = one.box.y0 >= other.box.y1 or other.box.y0 >= one.box.y1
            assert apart_x or apart_y


def test_rate_is_kept_over_a_long_web():
    # 60 cells of 2048 x 800 px at 0.5 mm: 60 * 1.024 m * 0.4 m = 24.576 m2; 5 a m2 are 123 expected.
    count = len(plan(rate_per_m2=5.0).touching(0, 60 * CELL_ROWS))
    assert count == pytest.approx(122.9, abs=3 * 122.9**0.5)


def test_rate_zero_plants_nothing():
    assert plan(rate_per_m2=0.0).touching(0, 20 * CELL_ROWS) == ()


def test_another_seed_plants_elsewhere():
    assert plan().touching(0, CELL_ROWS) != plan(seed=5).touching(0, CELL_ROWS)


def test_a_flaw_wider_than_the_cloth_is_cut_to_it():
    plots = plan(measure=lambda kind, rng: Footprint(rows=10, columns=5000)).touching(0, CELL_ROWS)
    assert {(plot.box.x0, plot.box.x1) for plot in plots} == {(100, 900)}
