import numpy as np
import pytest

from datasets.synthesis.style import ClothStyle
from datasets.synthesis.yarns import weft_rows, yarn_places


def test_even_yarns_lie_on_a_grid_that_starts_32_yarns_before_the_cloth():
    places = yarn_places(100, 4.0, 0.0, np.random.default_rng(0), first_px=10)
    # Column 10 is the first of yarn 32; column 90 is 80 px = 20 yarns further.
    assert places[10] == pytest.approx(32.0, abs=1e-3)
    assert places[90] == pytest.approx(52.0, abs=1e-3)


def test_uneven_yarns_of_a_reed_do_not_run_away():
    places = yarn_places(4000, 4.0, 0.05, np.random.default_rng(1))
    drift = places - (np.arange(4000) / 4.0 + 32)
    assert np.abs(drift).max() < 1.0


def test_closed_picks_flow_from_the_last_row_into_the_first():
    places = yarn_places(80, 5.0, 0.05, np.random.default_rng(2), closed=True)
    assert places[0] == pytest.approx(0.0, abs=1e-3)
    assert (np.diff(places) > 0).all()
    assert places[-1] < 16.0  # 80 rows of 5 px picks


def test_skewed_weft_climbs_with_the_columns():
    along = yarn_places(80, 5.0, 0.0, np.random.default_rng(0), closed=True)
    places = weft_rows(along, 101, ClothStyle(skew=0.1), 0.1)
    # 100 columns on, the weft has climbed 10 px: two picks of 5 px.
    assert places[40, 100] == pytest.approx(places[40, 0] - 2.0, abs=0.02)
    assert places[30, 100] == pytest.approx(places[20, 0], abs=0.02)


def test_bowed_weft_is_level_at_both_sides():
    along = yarn_places(80, 5.0, 0.0, np.random.default_rng(0), closed=True)
    places = weft_rows(along, 100, ClothStyle(bow_mm=1.0), 0.1)
    # 1 mm at 0.1 mm/px: 10 px, two picks of sag in the middle.
    assert places[40, 50] == pytest.approx(places[40, 0] - 2.0, abs=0.02)
