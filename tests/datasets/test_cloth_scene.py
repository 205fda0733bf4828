from dataclasses import replace

import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.cloth_flaws import CLOTH_KINDS
from datasets.synthesis.style import ClothStyle, Table, Weave, random_style
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

MM_PER_PX = 0.1
STYLE = ClothStyle(left_margin_mm=3.0, right_margin_mm=3.0, selvedge_mm=3.0, edge_wander_mm=0.2)


def scene(style=STYLE, *, columns=320, seed=1, rate=0.0, kinds=CLOTH_KINDS):
    return ClothScene(
        style,
        columns=columns,
        mm_per_px=MM_PER_PX,
        seed=seed,
        defect_rate_per_m2=rate,
        defect_kinds=kinds,
        panel_rows=256,
    )


def test_any_window_is_rendered_the_same_to_the_bit():
    cloth = scene(rate=3000.0)
    whole = cloth.render(0, 600)
    assert np.array_equal(whole[77:401], scene(rate=3000.0).render(77, 324))
    assert np.array_equal(whole, np.concatenate([cloth.render(0, 100), cloth.render(100, 500)]))


def test_compressed_and_dyed_cloth_joins_too():
    cloth = scene(replace(STYLE, jpeg_quality=70, colour_bgr=(120, 60, 40)))
    whole = cloth.render(0, 300)
    assert whole.shape == (300, 320, 3)
    assert np.array_equal(whole[90:], cloth.render(90, 210))


def test_another_seed_is_another_piece_of_cloth():
    assert not np.array_equal(scene(seed=1).render(0, 64), scene(seed=2).render(0, 64))


def test_cloth_does_not_repeat_with_its_panel():
    cloth = scene(replace(STYLE, noise_grey=0.01))
    panel_rows = cloth._panel.shape[0]
    assert not np.array_equal(cloth.render(0, 64), cloth.render(panel_rows, 64))


def column_profile(loom_seed, seed):
    style = replace(STYLE, warp_irregularity=0.08, weft_irregularity=0.02, clouding=0.0)
    cloth = ClothScene(
        style, columns=320, mm_per_px=MM_PER_PX, seed=seed, panel_rows=512, loom_seed=loom_seed
    )
    return cloth.render(0, 512)[:, 70:250].mean(0)


def test_pieces_of_one_warp_share_its_ends():
    one, other = column_profile(loom_seed=5, seed=1), column_profile(loom_seed=5, seed=2)
    stranger = column_profile(loom_seed=6, seed=2)
    assert np.corrcoef(one, other)[0, 1] > 0.8
    assert np.corrcoef(one, stranger)[0, 1] < 0.5
    assert not np.array_equal(one, other)


def test_mean_grey_is_that_of_the_style():
    style = replace(STYLE, left_margin_mm=-1, right_margin_mm=-1, mean_grey=90.0)
    assert scene(style).render(0, 512).mean() == pytest.approx(90, abs=4)


def test_pixels_outside_the_mask_are_those_of_clean_cloth():
    flawed, clean = scene(rate=4000.0, kinds=(DefectKind.HOLE,)), scene()
    changed = np.abs(flawed.render(0, 1024).astype(int) - clean.render(0, 1024)) > 12
    mask = flawed.mask(0, 1024) > 0
    assert mask.any()
    grown = np.zeros_like(mask)
    for hole in flawed.truth(0, 1024):  # a hole's rim fades into the cloth a little beyond its mask
        box = hole.box
        grown[max(0, box.y0 - 4) : box.y1 + 4, max(0, box.x0 - 4) : box.x1 + 4] = True
    assert not (changed & ~grown).any()


@pytest.mark.parametrize("kind", CLOTH_KINDS)
def test_every_kind_is_seen_where_the_truth_says(kind):
    flawed, clean = scene(rate=1500.0, kinds=(kind,)), scene()
    flaws = flawed.truth(0, 2048)
    assert flaws
    difference = np.abs(flawed.render(0, 2048).astype(int) - clean.render(0, 2048))
    mask = flawed.mask(0, 2048)
    seen_inside = difference[mask == 1].mean()
    assert seen_inside > 4
    assert seen_inside > 12 * difference[mask == 0].mean()
    assert {flaw.kind for flaw in flaws} == {kind}


def test_truth_agrees_with_the_mask():
    cloth = scene(rate=2000.0)
    flaws = cloth.truth(0, 2048)
    mask = cloth.mask(0, 2048)
    assert len(flaws) >= 5
    for flaw in flaws:
        inside = mask[flaw.box.y0 : flaw.box.y1, flaw.box.x0 : flaw.box.x1]
        marked = inside == 1 + cloth.kinds.index(flaw.kind)
        assert marked.sum() * MM_PER_PX**2 == pytest.approx(flaw.area_mm2)
        assert marked[0].any()
        assert marked[-1].any()
        assert marked[:, 0].any()
        assert marked[:, -1].any()
        assert flaw.contrast_grey > 0


def test_mask_joins_over_windows():
    cloth = scene(rate=2000.0)
    whole = cloth.mask(0, 800)
    assert np.array_equal(whole, np.concatenate([cloth.mask(0, 333), cloth.mask(333, 467)]))


def test_table_is_seen_beside_the_cloth_and_the_body_is_cloth():
    picture = scene().render(0, 256)
    x0, x1 = scene().cloth_px
    assert (x0, x1) == (30, 290)
    assert picture[:, :20].mean() > 240
    assert picture[:, -20:].mean() > 240
    assert 70 < picture[:, 100:200].mean() < 150


def test_cut_selvedge_lets_the_table_in():
    cloth = scene(rate=800.0, kinds=(DefectKind.SELVEDGE,))
    picture, mask = cloth.render(0, 2048), cloth.mask(0, 2048) == 1
    assert mask.sum() > 200
    assert picture[mask].mean() > 200


def test_without_an_edge_in_sight_no_selvedge_is_cut():
    style = replace(STYLE, left_margin_mm=-1, right_margin_mm=-1)
    assert scene(style, rate=3000.0, kinds=(DefectKind.SELVEDGE,)).truth(0, 4096) == ()


@pytest.mark.parametrize("weave", Weave)
@pytest.mark.parametrize("table", Table)
def test_every_weave_and_table_is_rendered(weave, table):
    picture = scene(replace(STYLE, weave=weave, table=table)).render(0, 128)
    assert picture.shape == (128, 320)
    assert picture[:, 100:220].std() > 5


def test_random_styles_render_with_flaws():
    rng = np.random.default_rng(3)
    for seed in range(12):
        style = random_style(rng, mm_per_px=MM_PER_PX, colour_share=0.3, edge_share=0.5)
        style = replace(style, left_margin_mm=min(style.left_margin_mm, 4.0), right_margin_mm=-1.0)
        cloth = scene(style, columns=256, seed=seed, rate=1000.0)
        picture = cloth.render(0, 256)
        assert picture.shape[:2] == (256, 256)
        assert picture.std() > 1
        assert 1.4 <= style.end_px(MM_PER_PX) <= 12.0


def test_random_style_is_reproducible():
    assert random_style(np.random.default_rng(8)) == random_style(np.random.default_rng(8))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": 10}, "at least 64"),
        ({"rate": -1.0}, "0 or more"),
        ({"kinds": (DefectKind.LEAF,)}, "leaf"),
    ],
)
def test_a_scene_that_cannot_be_drawn_is_refused(changes, words):
    with pytest.raises(DatasetError, match=words):
        scene(**changes)


def test_margins_wider_than_the_picture_are_refused():
    with pytest.raises(DatasetError, match="64 px"):
        scene(replace(STYLE, left_margin_mm=20.0, right_margin_mm=12.0))


def test_a_window_before_the_web_is_refused():
    with pytest.raises(DatasetError, match="from row -1"):
        scene().render(-1, 10)


def test_fuzz_is_fine_grain_that_stays_on_the_cloth():
    plain = replace(STYLE, fuzz=0.0, noise_grey=0.01, left_margin_mm=-1, right_margin_mm=-1)
    bare = scene(plain).render(0, 256).astype(float)
    fuzzy = scene(replace(plain, fuzz=0.08)).render(0, 256).astype(float)
    # 8 % of the mean grey of 110, rounding and light aside.
    assert (fuzzy - bare).std() == pytest.approx(0.08 * 110, rel=0.15)
