import math

import pytest

from datasets.evaluation.bootstrap import intervals
from datasets.evaluation.figures import MEASURES, table
from datasets.evaluation.runs import Source, evaluate_recipe
from datasets.layouts import Layout, read_layout


@pytest.fixture
def tested(on_disk, recipe):
    def make(layout):
        records = read_layout(on_disk(layout.value), layout)
        source = Source(data=records[0].picture.parent, layout=layout.value, records=records)
        evaluation = evaluate_recipe(source, recipe(), threads=1, progress=lambda _: None)
        return {run.article: run.results for run in evaluation.runs}

    return make


def test_an_interval_holds_its_figure_and_is_the_same_each_time(tested):
    results = tested(Layout.AITEX)
    rows, spread = table(results), intervals(results)
    for name in MEASURES:
        low, high = spread["mean"][name]
        assert low <= rows["mean"][name] <= high, name
    assert spread == intervals(results)


def test_a_share_that_depends_on_the_draw_spreads_as_coins_do(tested):
    # Two defective strips, one found: a draw of two finds 0, 1/2 or 1 with chances 1/4, 1/2, 1/4.
    assert intervals(tested(Layout.AITEX))["mean"]["REC"] == (0.0, 1.0)


def test_pixel_figures_of_draws_agree_with_the_exact_ones_where_strips_are_alike(tested):
    results = tested(Layout.AITEX)
    found = next(strip for strip in results["07"] if strip.hit)
    good = next(strip for strip in results["07"] if not strip.defective)
    alike = {"07": (good, good, found, found)}  # every draw is the same set
    exact, spread = table(alike)["07"], intervals(alike)["07"]
    assert spread["AP"] == pytest.approx((exact["AP"], exact["AP"]), abs=0.002)
    assert spread["AUPRO"] == pytest.approx((exact["AUPRO"], exact["AUPRO"]), abs=0.01)


def test_a_figure_that_the_set_cannot_give_has_no_interval(tested):
    spread = intervals(tested(Layout.CLASSES))["mean"]
    assert all(math.isnan(end) for end in spread["LOC"] + spread["AP"] + spread["AUPRO"])
    assert spread["FLAG"][0] <= spread["FLAG"][1]
