import numpy as np
import pytest

from datasets.synthesis.foreign import LINT_KINDS
from datasets.synthesis.lint import LintScene
from datasets.synthesis.lint_mat import LintStyle
from datasets.types import DatasetError
from vision.taxonomy import DefectKind

MM_PER_PX = 0.5


def lint(*, seed=2, rate=0.0, kinds=LINT_KINDS, style=None):
    return LintScene(
        style or LintStyle(),
        columns=256,
        mm_per_px=MM_PER_PX,
        seed=seed,
        defect_rate_per_m2=rate,
        defect_kinds=kinds,
        mat_rows=256,
    )


def test_any_window_of_the_belt_is_rendered_the_same_to_the_bit():
    belt = lint(rate=200.0)
    whole = belt.render(0, 400)
    assert whole.shape == (400, 256, 3)
    assert np.array_equal(whole[33:390], lint(rate=200.0).render(33, 357))


def test_lint_is_of_the_colour_of_its_style():
    picture = lint(style=LintStyle(fibre_bgr=(180, 200, 210), cover=1.0, vignette=0.0)).render(0, 512)
    assert picture.mean((0, 1)) == pytest.approx([180, 200, 210], abs=8)


@pytest.mark.parametrize("kind", LINT_KINDS)
def test_every_kind_is_seen_where_the_truth_says(kind):
    belt, clean = lint(rate=150.0, kinds=(kind,)), lint()
    pieces = belt.truth(0, 2048)
    assert pieces
    difference = np.abs(belt.render(0, 2048).astype(int) - clean.render(0, 2048)).max(2)
    mask = belt.mask(0, 2048) == 1
    assert difference[mask].mean() > 8
    assert difference[mask].mean() > 20 * difference[~mask].mean()


def test_coloured_strips_differ_in_colour_from_lint():
    belt = lint(rate=150.0, kinds=(DefectKind.PP_COLOUR,))
    picture, mask = belt.render(0, 2048).astype(int), belt.mask(0, 2048) == 1
    saturation = picture.max(2) - picture.min(2)
    assert np.quantile(saturation[mask], 0.75) > 60 > np.quantile(saturation[~mask], 0.99)


def test_truth_agrees_with_the_mask():
    belt = lint(rate=200.0)
    mask = belt.mask(0, 2048)
    pieces = belt.truth(0, 2048)
    assert len(pieces) >= 5
    for piece in pieces:
        inside = mask[piece.box.y0 : piece.box.y1, piece.box.x0 : piece.box.x1]
        marked = (inside == 1 + belt.kinds.index(piece.kind)).sum()
        assert marked * MM_PER_PX**2 == pytest.approx(piece.area_mm2)


def test_natural_flecks_are_in_the_lint_and_no_truth():
    belt = lint(style=LintStyle(fleck_rate_per_m2=3000.0))
    flecks = belt.fleck_mask(0, 256)
    picture = belt.render(0, 256).astype(int).sum(2)
    assert flecks.any()
    assert picture[flecks].mean() < picture[~flecks].mean() - 60
    assert belt.truth(0, 256) == ()


def test_feed_is_known():
    assert lint(style=LintStyle(feed_kg_m2=0.35)).feed_kg_m2 == 0.35


def test_a_belt_without_feed_is_refused():
    with pytest.raises(DatasetError, match="feed_kg_m2 is 0"):
        LintStyle(feed_kg_m2=0.0)


def test_a_fabric_flaw_is_refused_on_a_belt():
    with pytest.raises(DatasetError, match="broken_end"):
        lint(kinds=(DefectKind.BROKEN_END,))
