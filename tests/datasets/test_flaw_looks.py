from dataclasses import replace

import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.flaw import Gauge, lift, relief
from datasets.synthesis.flaw_table import FLAWS
from datasets.synthesis.line_flaws import broken_yarn, coloured_yarn, crack, reed_mark, shade_bar
from datasets.synthesis.loose_flaws import dash, fold, loose_yarn, weft_curl
from datasets.synthesis.style import ClothStyle, Table
from vision.taxonomy import DefectKind

GAUGE = Gauge(end_px=4.0, pick_px=5.0, contrast=0.1, blur_px=0.6, behind=2.0)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_flaw_stands_out_by_multiples_of_the_weaves_contrast():
    draws = [lift(rng(seed), GAUGE, faint=0.5, strong=2.0) for seed in range(200)]
    assert 0.05 <= min(draws) < 0.06
    assert 0.18 < max(draws) <= 0.2
    flat = replace(GAUGE, contrast=0.001)  # counts as 0.03
    assert 0.015 <= lift(rng(), flat, faint=0.5, strong=2.0) <= 0.06
    assert lift(rng(), replace(GAUGE, contrast=0.4), faint=5.0, strong=6.0) == 0.75


def test_relief_lights_one_flank_and_shades_the_other():
    cover = np.zeros((5, 5), np.float32)
    cover[2, 2] = 1
    shaded = relief(cover)
    assert shaded[2, 2] == 1
    assert shaded[3, 3] == -1
    assert np.abs(shaded).sum() == 2


def test_a_shade_bar_keeps_the_weave():
    patch = 1 + 0.1 * rng().standard_normal((60, 40)).astype(np.float32)
    ratio = shade_bar(patch, rng(1), GAUGE).patch / patch
    assert np.allclose(ratio, ratio[:, :1], atol=1e-4)
    assert 0.02 < abs(float(ratio[30, 0]) - 1) < 0.15


@pytest.mark.parametrize(
    ("draw", "shape"),
    [
        (broken_yarn, (300, 20)),
        (coloured_yarn, (300, 20)),
        (reed_mark, (300, 20)),
        (crack, (300, 60)),
        (loose_yarn, (120, 80)),
        (weft_curl, (30, 120)),
        (dash, (40, 10)),
        (fold, (200, 90)),
    ],
)
def test_what_is_not_covered_hardly_changes(draw, shape):
    patch = np.ones(shape, np.float32)
    strongest = 0.0
    for seed in range(6):
        drawn = draw(patch, rng(seed), GAUGE)
        change, inside = np.abs(drawn.patch - patch), drawn.cover > 0.35
        assert drawn.patch.dtype == np.float32
        assert drawn.cover.min() >= 0
        assert inside.any()
        assert change[inside].mean() > 2 * change[~inside].mean()
        strongest = max(strongest, float(change[inside].mean()))
    assert strongest > 0.03


def test_lines_are_drawn_from_a_dozen_to_hundreds_of_yarns_long():
    sizes = [FLAWS[DefectKind.BROKEN_PICK].size(rng(seed), GAUGE).columns for seed in range(300)]
    lengths = [size / GAUGE.end_px for size in sizes if size < 1 << 20]
    assert min(lengths) < 20
    assert max(lengths) > 800
    assert sum(size == 1 << 20 for size in sizes) > 50  # the whole width of the cloth


def test_a_leno_thread_lies_beside_the_selvedge():
    style = ClothStyle(
        left_margin_mm=2.0, selvedge_mm=3.0, selvedge_bands=0, edge_wander_mm=0.01, clouding=0.0, tilt=0.0
    )
    bare, threaded = (
        ClothScene(replace(style, selvedge_thread=thread), columns=256, mm_per_px=0.1, seed=1, panel_rows=256)
        .render(0, 256)
        .astype(float)
        .mean(axis=0)
        for thread in (0.0, 2.0)
    )
    # 20 px of table and 30 px of selvedge: the thread takes columns 50 to 52.
    changed = np.flatnonzero(np.abs(threaded - bare) > 5)
    assert list(changed) == [50, 51, 52]
    assert threaded[51] > bare[51] + 20


def test_a_steel_table_is_brushed_along_the_weft():
    style = ClothStyle(table=Table.STEEL, left_margin_mm=20.0, edge_wander_mm=0.01)
    table = ClothScene(style, columns=384, mm_per_px=0.1, seed=1, panel_rows=256).render(0, 512)[:, :180]
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    assert rows.std() > 2 * columns.std()
