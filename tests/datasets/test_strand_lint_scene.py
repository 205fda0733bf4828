import numpy as np
import pytest

from datasets.synthesis.strand_lint import POLARISED_LINT, UV_LINT, VERSION, StrandLintScene
from datasets.synthesis.strand_mat import StrandStyle
from datasets.synthesis.strand_matter import STRAND_KINDS
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

MM_PER_PX = 0.4


def belt(*, rate=0.0, kinds=STRAND_KINDS, extra="none", **more):
    return StrandLintScene(
        StrandStyle(),
        columns=256,
        mm_per_px=MM_PER_PX,
        seed=5,
        defect_rate_per_m2=rate,
        defect_kinds=kinds,
        extra=extra,
        mat_rows=256,
        **more,
    )


def test_any_window_of_the_strand_belt_is_rendered_the_same_to_the_bit():
    whole = belt(rate=300.0).render(0, 300)
    assert whole.shape == (300, 256, 3)
    assert np.array_equal(whole[40:290], belt(rate=300.0).render(40, 250))


def test_the_mat_flows_from_its_last_row_into_its_first():
    lint = belt()._lint_bgr.mean(axis=2)
    seam = np.abs(lint[0] - lint[-1]).mean()
    inside = np.abs(np.diff(lint, axis=0)).mean()
    assert seam < 1.5 * inside


def test_the_frozen_looks_are_those_of_version_1():
    """A change of these figures is a new generator: raise VERSION and measure every figure again."""
    picture = belt().render(0, 256)
    assert VERSION == 1
    assert picture.mean((0, 1)) == pytest.approx([166.9, 183.1, 188.6], abs=1.5)
    assert picture.std((0, 1)) == pytest.approx([19.6, 20.4, 20.9], abs=1.5)
    assert len(belt(rate=300.0).truth(0, 4096)) == 43


@pytest.mark.parametrize("kind", STRAND_KINDS)
def test_every_piece_is_seen_where_the_truth_says(kind):
    dirty = belt(rate=200.0, kinds=(kind,), contrast=(0.9, 1.0), long_mm=(8.0, 20.0))
    pieces = dirty.truth(0, 2048)
    assert pieces
    difference = np.abs(dirty.render(0, 2048).astype(int) - belt().render(0, 2048)).max(2)
    mask = dirty.mask(0, 2048) == 1
    assert difference[mask].mean() > 8
    assert difference[mask].mean() > 10 * difference[~mask].mean()


def test_a_piece_is_as_long_as_was_asked_and_its_contrast_scales():
    asked = {"kinds": (DefectKind.LEAF,), "long_mm": (10.0, 10.0)}
    faint = belt(rate=200.0, contrast=(0.2, 0.2), **asked).truth(0, 4096)
    strong = belt(rate=200.0, contrast=(1.0, 1.0), **asked).truth(0, 4096)
    for piece in strong:
        longest = max(piece.box.x1 - piece.box.x0, piece.box.y1 - piece.box.y0) * MM_PER_PX
        assert longest == pytest.approx(10.0, abs=1.2)  # corners are cut by a pixel or two
    ratio = np.mean([p.contrast_grey for p in strong]) / np.mean([p.contrast_grey for p in faint])
    assert ratio == pytest.approx(5.0, rel=0.05)


@pytest.mark.parametrize(("extra", "level"), [("uv", UV_LINT), ("polarised", POLARISED_LINT)])
def test_white_on_white_stands_out_in_the_extra_plane_only(extra, level):
    asked = {"kinds": (DefectKind.PP_WHITE,), "contrast": (1.0, 1.0), "long_mm": (20.0, 30.0)}
    plain, seen = belt(rate=150.0, **asked), belt(rate=150.0, extra=extra, **asked)
    mask = seen.mask(0, 2048) == 1
    plane = seen.render(0, 2048)[..., 0].astype(float)
    assert plane[~mask].mean() == pytest.approx(level, abs=4)
    off = np.abs(plane[mask] - plane[~mask].mean()) / plane[~mask].std()
    green = plain.render(0, 2048)[..., 1].astype(float)
    assert np.median(off) > 4 > np.abs(green[mask].mean() - green[~mask].mean()) / green[~mask].std()


def test_natural_crumbs_are_dark_weighed_and_no_truth():
    scene = belt()
    crumbs = scene.crumb_mask(0, 256)
    grey = scene.render(0, 256).mean(2)
    assert crumbs.any()
    assert grey[crumbs].mean() < grey[~crumbs].mean() - 40
    assert scene.trash_g_m2 > 0
    assert scene.truth(0, 256) == ()


def test_sizes_the_wrong_way_round_are_refused():
    with pytest.raises(DatasetError, match="sizes"):
        belt(long_mm=(5.0, 2.0))
