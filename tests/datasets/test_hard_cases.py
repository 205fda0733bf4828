from dataclasses import replace

import pytest

from datasets.synthesis.cases import CASE_MM_PER_PX, CASES, case_style
from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.style import ClothStyle, Weave
from datasets.types import DatasetError
from vision.taxonomy import DefectKind


def scene(style, kinds=(DefectKind.FOREIGN_FIBRE,), rate=0.0):
    style = replace(style, left_margin_mm=-1.0, right_margin_mm=-1.0)
    return ClothScene(
        style, columns=384, mm_per_px=CASE_MM_PER_PX, seed=5, panel_rows=256, defect_kinds=kinds,
        defect_rate_per_m2=rate,
    )  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_case_renders_with_its_flaws(name):
    style, kinds = case_style(name, 0), CASES[name].kinds
    cloth = scene(style, kinds, rate=900.0)
    picture = cloth.render(0, 512)
    assert picture.shape[:2] == (512, 384)
    assert cloth.truth(0, 2048)
    assert case_style(name, 0) == style
    assert case_style(name, 1) != style


def test_white_is_flat_and_light_and_black_is_dark():
    for number in range(4):
        white, black = case_style("white_on_white", number), case_style("black_on_black", number)
        assert 0.01 <= white.contrast <= 0.03
        assert white.mean_grey >= 185
        assert 18 <= black.mean_grey <= 40


def test_stripes_of_another_colour_are_seen_in_a_coloured_check():
    style = ClothStyle(
        weave=Weave.PLAIN,
        colour_bgr=(40, 90, 190),
        stripe_bgr=(190, 90, 40),
        warp_stripe_ends=20,
        clouding=0.0,
    )
    picture = scene(style).render(0, 256).astype(float)
    width = 20 * style.end_px(CASE_MM_PER_PX)  # 111 px; yarn 32 is at column 0: the 13th of the second stripe
    blue_less_red = (picture[..., 0] - picture[..., 2]).mean(axis=0)
    stripe, ground = blue_less_red[10 : round(0.3 * width)], blue_less_red[round(0.5 * width) : round(width)]
    assert stripe.mean() > ground.mean() + 40  # a plain weave's weft keeps the ground's colour: about half


def test_foreign_fibres_of_coloured_cloth_differ_in_hue_not_in_lightness():
    style = ClothStyle(colour_bgr=(40, 90, 190), fibre_bgr=(90, 190, 40), fuzz=0.01)
    flawed, clean = scene(style, rate=800.0), scene(style)
    mask = flawed.mask(0, 1024) > 0
    assert mask.sum() > 50
    change = flawed.render(0, 1024)[mask].astype(float) - clean.render(0, 1024)[mask]
    assert abs(change.mean()) < 6
    assert change[:, 1].mean() > 20
    assert change[:, 2].mean() < -20


def test_an_unknown_case_names_the_known_ones():
    with pytest.raises(DatasetError, match="denim"):
        case_style("velvet", 0)


def test_stripes_in_colour_need_a_colour_camera():
    with pytest.raises(DatasetError, match="colour_bgr"):
        ClothStyle(stripe_bgr=(1, 2, 3))
