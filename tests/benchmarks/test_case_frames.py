import case_frames
import numpy as np
import pytest
from case_frames import FrameFlaw, flaws_of, looms, seen

from datasets.types import DatasetError
from vision.taxonomy import DefectKind


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(case_frames, "COLUMNS", 512)
    monkeypatch.setattr(case_frames, "FRAMES", 6)
    return case_frames


def middle(rows, columns):
    mask = np.zeros((rows, columns), np.bool_)
    mask[rows // 4 : -rows // 4, columns // 4 : -columns // 4] = True
    return mask


def test_a_change_of_flat_cloth_is_measured_against_half_a_grey_level():
    good = np.full((80, 80), 100, np.uint8)
    mask = middle(80, 80)
    grey, ratio = seen(good, good + 4 * mask.astype(np.uint8), mask)
    assert grey == pytest.approx(4.0)
    assert ratio == pytest.approx(8.0, rel=0.01)


def test_a_shade_below_the_weaves_spread_is_seen_from_afar():
    # A checkerboard of 90 and 110 spreads by 10; from afar it is flat.
    good = (90 + 20 * (np.indices((120, 120)).sum(0) % 2)).astype(np.uint8)
    mask = middle(120, 120)
    grey, ratio = seen(good, good + 5 * mask.astype(np.uint8), mask)
    assert grey == pytest.approx(5.0)
    assert ratio > 5  # near it would be 5 / 10


def test_colour_is_seen_in_the_channel_that_shows_it_best():
    good = np.full((80, 80, 3), 100, np.uint8)
    mask = middle(80, 80)
    flawed = good.copy()
    flawed[mask, 2] += 6
    assert seen(good, flawed, mask)[0] == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("grey", "ratio", "visible"), [(2.0, 1.0, True), (1.9, 9.0, False), (9.0, 0.9, False)]
)
def test_visible_is_above_both_limits(grey, ratio, visible):
    flaw = FrameFlaw(kind=DefectKind.HOLE, mask=np.ones((1, 1), np.bool_), grey=grey, ratio=ratio)
    assert flaw.visible is visible


def test_a_loom_differs_from_its_good_twin_in_its_flaws_alone(small):
    loom = looms("knit", 0)["same"]
    flaws = [flaw for at in range(4) for flaw in flaws_of(loom, at)]
    assert flaws
    good, flawed = (scene.render(0, 256) for scene in (loom.good, loom.flawed))
    changed = np.abs(good.astype(int) - flawed) > 25
    near = np.lib.stride_tricks.sliding_window_view(np.pad(loom.flawed.mask(0, 256) > 0, 20), (41, 41))
    assert not (changed & ~near[:, :].any(axis=(2, 3))).any()


def test_another_session_shows_another_piece_of_the_same_style(small):
    sessions = looms("random", 1)
    same, other = (sessions[name].good for name in ("same", "other"))
    assert same.style.weave is other.style.weave
    assert same.style.mean_grey != other.style.mean_grey
    assert not np.array_equal(same.render(0, 128), other.render(0, 128))


def test_an_unknown_case_is_refused_by_name():
    with pytest.raises(DatasetError, match="'velvet'"):
        looms("velvet", 0)
