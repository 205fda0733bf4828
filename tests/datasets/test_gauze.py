import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.gauze import open_weave
from datasets.synthesis.style import ClothStyle, Weave
from datasets.types import DatasetError

PLAIN = np.array([[True, False], [False, True]])


def test_gaps_of_half_the_pitch_take_a_quarter_of_the_cloth():
    face = open_weave(PLAIN, 16, openness=0.5, through=0.125).sum(axis=2)
    assert face.shape == (32, 32)
    assert (face == 0.125).mean() == pytest.approx(0.25)


def test_the_yarn_on_top_hides_the_other():
    warp, weft = np.moveaxis(open_weave(PLAIN, 16, openness=0.5, through=0.0), 2, 0)
    # The first crossing is warp on top, the one to its right weft on top; each crossing's middle is at 7.5.
    assert warp[7, 7] > 0.9
    assert weft[7, 7] == 0
    assert weft[7, 23] > 0.9
    assert warp[7, 23] == 0


def test_gauze_lit_from_behind_is_lightest_in_its_gaps():
    style = ClothStyle(
        weave=Weave.PLAIN, ends_per_cm=10.0, picks_per_cm=10.0, openness=0.5, gap_light=1.5, contrast=0.3,
        warp_irregularity=0.001, weft_irregularity=0.001, fuzz=0.0, clouding=0.0, vignette=0.0, tilt=0.0,
        fixed_pattern=0.0,
    )  # fmt: skip
    picture = ClothScene(style, columns=256, mm_per_px=0.1, seed=3, panel_rows=256).render(0, 200)
    lit = picture[:, 40:] > 1.25 * 110  # a quarter of the cloth is gap; its edges are blurred
    assert 0.1 < lit.mean() < 0.3


def test_a_weave_that_is_all_gap_is_refused():
    with pytest.raises(DatasetError, match="openness is 0.9"):
        ClothStyle(openness=0.9)
