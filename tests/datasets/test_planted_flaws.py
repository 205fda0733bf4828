import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.flaw_table import FLAWS
from datasets.synthesis.planted import measure_gauge, plant_flaws
from datasets.synthesis.style import ClothStyle, Weave
from datasets.types import DatasetError
from vision.taxonomy import DefectKind


def picture(**changes):
    style = ClothStyle(weave=Weave.PLAIN, contrast=0.2, fuzz=0.01, left_margin_mm=4.0, **changes)
    cloth = ClothScene(style, columns=512, mm_per_px=0.1, seed=3, panel_rows=256)
    return cloth.render(0, 256), cloth.cloth_px


def planted(pixels, cloth_px, kinds, seed=1, rate=60.0):
    gauge = measure_gauge(pixels, cloth_px)
    return plant_flaws(pixels, cloth_px, gauge, kinds, rate, np.random.default_rng(seed))


def test_the_gauge_finds_yarns_of_known_width():
    pixels, cloth_px = picture(ends_per_cm=20.0, picks_per_cm=16.0)  # 5 and 6.25 px at 0.1 mm/px
    gauge = measure_gauge(pixels, cloth_px)
    assert gauge.end_px == pytest.approx(5.0, rel=0.1)
    assert gauge.pick_px == pytest.approx(6.25, rel=0.1)
    assert gauge.contrast == pytest.approx(0.2, rel=0.3)
    assert gauge.behind > 1.5  # the white table beside it


def test_cloth_without_a_rhythm_counts_as_yarns_of_five_pixels():
    noise = np.random.default_rng(0).integers(100, 120, (256, 512)).astype(np.uint8)
    gauge = measure_gauge(noise, (0, 512))
    assert (gauge.end_px, gauge.pick_px) == (5.0, 5.0)


def test_planting_is_the_same_to_the_bit_for_the_same_seed():
    pixels, cloth_px = picture()
    one, other = (planted(pixels, cloth_px, tuple(FLAWS)) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize(
    "kind", [DefectKind.OIL_SPOT, DefectKind.BROKEN_END, DefectKind.NEP, DefectKind.HOLE]
)
def test_the_mask_covers_the_change(kind):
    pixels, cloth_px = picture()
    flawed, mask = planted(pixels, cloth_px, (kind,))
    change = np.abs(flawed.astype(int) - pixels)
    assert set(np.unique(mask)) == {0, 1}
    assert change[mask == 1].mean() > 3
    assert change[mask == 1].mean() > 10 * change[mask == 0].mean()
    assert not mask[:, : cloth_px[0]].any()


def test_a_picture_in_colour_stays_in_colour():
    pixels, cloth_px = picture(colour_bgr=(60, 90, 140))
    flawed, mask = planted(pixels, cloth_px, (DefectKind.OIL_SPOT,))
    assert flawed.shape == pixels.shape
    assert mask.shape == pixels.shape[:2]
    assert np.array_equal(flawed[:, : cloth_px[0]], pixels[:, : cloth_px[0]])


def test_selvedges_cannot_be_cut_into_finished_pictures():
    pixels, cloth_px = picture()
    with pytest.raises(DatasetError, match="selvedge"):
        planted(pixels, cloth_px, (DefectKind.SELVEDGE,))
    with pytest.raises(DatasetError, match="-1"):
        planted(pixels, cloth_px, (DefectKind.NEP,), rate=-1.0)
