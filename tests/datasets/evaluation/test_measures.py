import numpy as np
import pytest

from datasets.evaluation.measures import aupro, auroc, average_precision


def test_auroc_counts_pairs_and_ties_as_halves():
    truth = np.array([True, True, False, False])
    assert auroc(truth, np.array([3.0, 1.0, 2.0, 0.0])) == 0.75  # 3 of 4 pairs in order
    assert auroc(truth, np.array([1.0, 1.0, 1.0, 1.0])) == 0.5
    assert np.isnan(auroc(np.array([True]), np.array([1.0])))


def test_average_precision_by_hand():
    truth = np.array([True, False, True])
    # found at rank 1 (precision 1) and rank 3 (precision 2/3)
    assert average_precision(truth, np.array([3.0, 2.0, 1.0])) == pytest.approx((1 + 2 / 3) / 2)
    # all tied: one step, precision 2/3
    assert average_precision(truth, np.ones(3)) == pytest.approx(2 / 3)
    assert np.isnan(average_precision(np.zeros(3, bool), np.ones(3)))


def test_aupro_is_one_for_a_perfect_map_and_weighs_regions_alike():
    mask = np.zeros((20, 20), bool)
    mask[2:4, 2:4] = mask[10:18, 10:18] = True
    assert aupro([mask.astype(float)], [mask]) == pytest.approx(1.0, abs=0.01)
    only_large = mask.astype(float)
    only_large[2:4, 2:4] = -1
    assert aupro([only_large], [mask]) == pytest.approx(0.5, abs=0.01)
