from dataclasses import replace

import numpy as np
import pytest

from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.knit import knit_loops
from datasets.synthesis.style import ClothStyle, Weave
from vision.taxonomy import DefectKind

KNIT = ClothStyle(
    weave=Weave.KNIT, ends_per_cm=10.0, picks_per_cm=12.5, contrast=0.2, warp_irregularity=0.001,
    weft_irregularity=0.001, fuzz=0.0, vignette=0.0, tilt=0.0, clouding=0.0, fixed_pattern=0.0,
)  # fmt: skip


def scene(style=KNIT, kinds=(DefectKind.BROKEN_END,), rate=0.0):
    return ClothScene(
        style, columns=512, mm_per_px=0.1, seed=2, panel_rows=512, defect_kinds=kinds, defect_rate_per_m2=rate
    )


def likeness(profile, shift_px):
    return np.corrcoef(profile[:-shift_px], profile[shift_px:])[0, 1]


def test_a_loop_is_a_v_of_two_mirrored_legs():
    face = knit_loops(16).sum(axis=2)
    assert np.allclose(face, face[:, ::-1])
    top, foot = face[1], face[14]
    # 16 samples a wale, its middle between samples 7 and 8: a gap between the legs above, none at the foot.
    assert top[7] == pytest.approx(0.2)
    assert foot[7] > 0.4


def test_wales_and_courses_repeat_at_their_widths():
    picture = scene().render(0, 512).astype(float)
    # 10 wales a cm and 12.5 courses a cm at 0.1 mm/px: 10 px and 8 px.
    across, along = picture.mean(axis=0), picture[:, 2:500].reshape(512, -1).mean(axis=1)
    assert likeness(across, 10) > 0.9 > 0.5 > likeness(across, 7)
    assert likeness(along, 8) > 0.9 > 0.5 > likeness(along, 4)


def test_a_broken_end_of_a_knit_is_a_ladder_along_a_wale():
    flawed, clean = scene(rate=900.0), scene()
    ladders = [flaw for flaw in flawed.truth(0, 2048) if flaw.box.y1 - flaw.box.y0 > 60]
    ladders = [flaw for flaw in ladders if flaw.box.x1 - flaw.box.x0 < 25]  # not a loose yarn
    assert ladders
    box = ladders[0].box
    inside = flawed.render(box.y0, box.y1 - box.y0)[:, box.x0 : box.x1].mean()
    assert inside < clean.render(box.y0, box.y1 - box.y0)[:, box.x0 : box.x1].mean() - 4


def test_a_knit_is_the_same_to_the_bit():
    assert np.array_equal(scene(rate=500.0).render(100, 300), scene(rate=500.0).render(100, 300))
    assert not np.array_equal(scene().render(0, 64), scene(replace(KNIT, picks_per_cm=13.0)).render(0, 64))
