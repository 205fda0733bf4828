import numpy as np

from vision.held_out import finding_scores


def test_near_blobs_are_one_finding_with_its_highest_score():
    scores = np.zeros((16, 32), np.float32)
    scores[4, 4], scores[4, 7] = 3.0, 5.0  # two cells apart: one finding
    scores[12, 20:24] = 4.0
    scores[1, 30] = 2.0
    assert sorted(finding_scores(scores, 2.5).tolist()) == [4.0, 5.0]


def test_a_map_below_the_level_has_no_findings():
    assert finding_scores(np.zeros((4, 4), np.float32), 1.0).size == 0
