import math

import numpy as np
import pytest
from case_figures import FlawResult, FrameResult, figures_of, flaw_figures

from vision.taxonomy import DefectKind


def flaw(kind=DefectKind.HOLE, *, visible=True, defective=True, unsure=True, called=DefectKind.HOLE):
    return FlawResult(kind=kind, visible=visible, defective=defective, unsure=unsure, called=called)


MISSED = flaw(defective=False, unsure=False, called=None)
FAINT = flaw(visible=False, defective=False, unsure=True, called=DefectKind.STAIN)


def frame(score, *flaws, flagged=False, failed=False, cells=(0.0, 0.0), truth=(False, False)):
    return FrameResult(
        failed=failed, score=score, flagged=flagged, doubted=flagged, flaws=flaws,
        cells=np.array(cells, np.float32), truth=np.array(truth, np.bool_),
    )  # fmt: skip


def test_visible_and_faint_flaws_are_counted_apart():
    unknown = flaw(defective=False, called=DefectKind.UNKNOWN)
    figures = flaw_figures([flaw(), unknown, MISSED, MISSED, FAINT])
    assert figures == {
        "flaws": 4,
        "found_defective": 0.25,
        "found_unsure": 0.5,
        "right_kind": 0.5,  # of the two that were found
        "unknown_kind": 0.5,
        "faint_flaws": 1,
        "faint_found_unsure": 1.0,
    }


def test_no_flaws_give_no_shares():
    assert flaw_figures([])["found_unsure"] is None


def test_strips_are_ranked_cloth_by_cloth():
    # Each cloth ranks its own flawed frame first; put together, 3.0 of a good one would beat 2.0.
    quiet = [frame(1.0), frame(2.0, flaw())]
    loud = [frame(3.0), frame(4.0, flaw())]
    assert figures_of([quiet, loud])["strip_auroc"] == 1.0


def test_frames_with_faint_flaws_alone_are_neither_good_nor_flawed():
    figures = figures_of([[frame(1.0), frame(9.0, FAINT, flagged=True), frame(2.0, flaw())]])
    assert figures["strip_auroc"] == 1.0
    assert figures["good_flagged"] == 0.0


def test_failed_frames_are_counted_and_ranked_nowhere():
    failed = frame(math.nan, MISSED, failed=True)
    figures = figures_of([[frame(1.0), frame(2.0, flaw(), flagged=True), failed]])
    assert figures["failed_frames"] == 1
    assert figures["strip_auroc"] == 1.0
    assert figures["found_defective"] == 0.5


def test_flagged_good_frames_are_a_share_of_good_frames():
    cloth = [frame(1.0), frame(1.0), frame(1.0), frame(5.0, flagged=True), frame(9.0, flaw(), flagged=True)]
    assert figures_of([cloth])["good_flagged"] == 0.25


def test_pixel_ap_is_that_of_all_cells_of_a_cloth():
    one = frame(1.0, cells=(3.0, 0.0))
    other = frame(4.0, flaw(), cells=(4.0, 2.0), truth=(True, True))
    # Ranked: true, false, true, false. Precision 1 at the first half of recall, 2/3 at the second.
    assert figures_of([[one, other]])["pixel_ap"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3, abs=1e-4)


def test_no_cloths_give_no_figures():
    assert figures_of([])["strip_auroc"] is None
