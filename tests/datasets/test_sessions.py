from dataclasses import replace

import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.session import another_session
from datasets.synthesis.style import ClothStyle

STYLE = ClothStyle(
    left_margin_mm=4.0, edge_wander_mm=0.02, selvedge_mm=2.0, warp_irregularity=0.09, weft_irregularity=0.01,
    clouding=0.0, fixed_pattern=0.0, vignette=0.0, tilt=0.0, contrast=0.1,
)  # fmt: skip


def profile(style, seed, session_seed):
    cloth = ClothScene(
        style, columns=480, mm_per_px=0.1, seed=seed, panel_rows=512, loom_seed=3, session_seed=session_seed
    )
    first = cloth.cloth_px[0] + 40
    return cloth.render(0, 512)[:, first : first + 250].mean(0)


def test_another_session_is_the_same_for_the_same_seed():
    one, other = (another_session(STYLE, np.random.default_rng(4)) for _ in range(2))
    assert one == other


def test_another_session_keeps_the_cloth_and_moves_the_camera():
    session = another_session(STYLE, np.random.default_rng(4))
    assert session.ends_per_cm / STYLE.ends_per_cm == pytest.approx(session.picks_per_cm / STYLE.picks_per_cm)
    assert abs(session.ends_per_cm / STYLE.ends_per_cm - 1) <= 0.02
    assert abs(session.mean_grey / STYLE.mean_grey - 1) <= 0.15
    kept = (
        "weave",
        "warp_floats",
        "mirrored",
        "contrast",
        "selvedge_mm",
        "selvedge_bands",
        "warp_irregularity",
    )
    assert [getattr(session, name) for name in kept] == [getattr(STYLE, name) for name in kept]
    assert session.left_margin_mm != STYLE.left_margin_mm
    assert session.right_margin_mm == STYLE.right_margin_mm == -1.0


def test_the_same_ends_are_seen_where_the_edge_has_moved():
    moved = replace(STYLE, left_margin_mm=7.0)  # 30 px further right
    one, other = profile(STYLE, 1, 1), profile(moved, 2, 2)
    assert np.corrcoef(one, other)[0, 1] > 0.8


def test_another_camera_has_another_fixed_pattern():
    style = replace(STYLE, fixed_pattern=0.03)
    cloths = [
        ClothScene(
            style, columns=480, mm_per_px=0.1, seed=1, panel_rows=256, loom_seed=3, session_seed=session
        )
        for session in (3, 9)
    ]
    ratio = cloths[0].render(0, 256)[:, 80:].mean(0) / cloths[1].render(0, 256)[:, 80:].mean(0)
    # Two independent patterns of 3 %: their ratio spreads by 3 % times root 2.
    assert ratio.std() == pytest.approx(0.042, abs=0.008)
