import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest

from vision.bundle import load_bundle
from vision.card import Thresholds
from vision.learn import learn_from_arrays
from vision.specks import ignore_specks


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    rng = np.random.default_rng(0)
    images = [rng.integers(150, 200, (64, 128)).astype(np.uint8) for _ in range(2)]
    folder = learn_from_arrays(
        images,
        article="lint",
        mm_per_px=0.5,  # a map cell is 2 mm x 2 mm
        material="fibre",
        out_dir=tmp_path_factory.mktemp("specks") / "bundle",
        demo=True,
        created_utc=datetime(2026, 3, 1, tzinfo=UTC),
        progress=lambda text: None,
    )
    learnt = load_bundle(folder).card
    limits = Thresholds(unsure=3.0, defective=4.0)
    return dataclasses.replace(learnt, thresholds=limits, min_area_mm2=4.0)


def score_map(*blobs):
    scores = np.full((1, 16, 32), -6.0, np.float32)
    for row, column, rows, columns, score in blobs:
        scores[0, row : row + rows, column : column + columns] = score
    return scores


def test_specks_of_good_lint_raise_the_least_area_over_their_own(card):
    maps = [score_map((2, 2, 1, 2, 9.0), (8, 20, 2, 1, 20.0)) for _ in range(10)]
    learnt = ignore_specks(card, maps)
    assert learnt.min_area_mm2 == pytest.approx(2 * 4.0 * 1.1)  # two cells of 4 mm2, and a tenth more
    assert learnt.thresholds == card.thresholds  # nothing large was left to raise them


def test_large_things_in_good_lint_raise_the_thresholds(card):
    small = [score_map((2, 2, 1, 1, 9.0), (9, 9, 1, 1, 9.0), (2, 22, 1, 1, 9.0)) for _ in range(10)]
    large = [np.maximum(scores, score_map((6, 26, 4, 4, 12.0))) for scores in small[:2]]
    learnt = ignore_specks(card, small[2:] + large)
    assert learnt.min_area_mm2 < 64
    assert learnt.thresholds.defective > card.thresholds.defective
    assert learnt.thresholds.unsure < learnt.thresholds.defective
    up = learnt.thresholds.defective - card.thresholds.defective
    assert learnt.promise.tail.location == pytest.approx(card.promise.tail.location + up)


def test_lint_without_specks_keeps_its_card(card):
    assert ignore_specks(card, [score_map(), score_map()]) == card
