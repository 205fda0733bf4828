from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vision.lamp import LampState, LampWatch
from vision.lint_colour import (
    ReferenceSample,
    fit_lint_colour,
    hunter_rd_b,
    load_lint_colour,
    save_lint_colour,
)
from vision.types import VisionError

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
EXPIRES = NOW + timedelta(hours=12)
TILES = ((82.0, 8.0), (76.0, 10.0), (70.0, 12.0), (64.0, 9.0), (58.0, 14.0), (74.0, 6.0), (66.0, 13.0))


def camera(rd, b, *, noise=0.0, rng=None):
    """A camera behind glass: XYZ of the sample mixed by broad channels, 6 grey of glare added."""
    y = rd / 100
    f = 0.51 * (21 + 20 * y) / (1 + 20 * y)
    z = (y - b / (70 * f)) / 0.847
    x = 0.98 * y
    red, green, blue = 0.8 * x + 0.25 * y, 0.15 * x + 0.85 * y + 0.02 * z, 0.1 * y + 0.95 * z
    seen = np.array([blue, green, red]) * 235 + 6
    return tuple(seen + (rng.normal(0, noise, 3) if rng is not None else 0))


def references(noise=0.0):
    rng = np.random.default_rng(3)
    return [ReferenceSample(rd=rd, plus_b=b, bgr=camera(rd, b, noise=noise, rng=rng)) for rd, b in TILES]


def fitted(refs=None):
    return fit_lint_colour(refs or references(0.3), camera_id="c", solved_utc=NOW, expires_utc=EXPIRES)


def test_rd_and_b_of_a_white_and_of_a_yellowish_sample_worked_by_hand():
    white = hunter_rd_b(np.array([[1.0, 1.0, 1 / 0.847]]))
    assert white[0] == pytest.approx([100.0, 0.0])
    # Y = 0.75: f = 0.51 * 36 / 16 = 1.1475; Y - 0.847 Z = 0.1148; b = 70 * 1.1475 * 0.1148 = 9.22
    assert hunter_rd_b(np.array([[0.74, 0.75, 0.75]]))[0] == pytest.approx([75.0, 9.217], abs=0.01)


def test_lint_between_the_tiles_is_measured_within_the_target():
    regression, rng = fitted(), np.random.default_rng(9)
    truth = np.stack([rng.uniform(62, 80, 200), rng.uniform(7.5, 12.5, 200)], axis=1)
    found = [regression.colour(camera(rd, b, noise=0.3, rng=rng), NOW) for rd, b in truth]
    error = np.array([(one.rd, one.plus_b) for one in found]) - truth
    rmse = np.sqrt(np.mean(np.square(error), axis=0))
    assert rmse[0] <= 1.0  # the targets
    assert rmse[1] <= 0.5


def test_an_expired_calibration_and_a_colour_outside_it_are_refused():
    regression = fitted()
    with pytest.raises(VisionError, match="ran out at 2026-03-01 20:00 UTC"):
        regression.colour(camera(70, 9), EXPIRES)
    with pytest.raises(VisionError, match="Rd would be 3.*the references reach from 58.0 to 82.0"):
        regression.colour(camera(35, 9), NOW)


def test_too_few_clipped_and_wrong_references_are_refused():
    with pytest.raises(VisionError, match="4 reference samples, at least 5"):
        fitted(references()[:4])
    clipped = [*references()[:-1], ReferenceSample(rd=95.0, plus_b=3.0, bgr=(240.0, 250.0, 254.0))]
    with pytest.raises(VisionError, match="sample 7 is seen at"):
        fitted(clipped)
    swapped = [*references()[:-1], ReferenceSample(rd=50.0, plus_b=9.0, bgr=camera(80, 8))]
    with pytest.raises(VisionError, match="worst is sample 7"):
        fitted(swapped)


def test_a_regression_is_kept_on_disk_and_a_damaged_one_is_refused(tmp_path):
    path = tmp_path / "colour.json"
    save_lint_colour(fitted(), path)
    assert load_lint_colour(path) == fitted()
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(VisionError, match="no colour calibration of lint"):
        load_lint_colour(path)


def test_a_lamp_that_loses_three_percent_a_shift_is_caught_within_it():
    watch, rng = LampWatch("c", (210.0, 215.0, 220.0)), np.random.default_rng(1)
    states = []
    for minute in range(480):  # a shift of 8 h, one reading a minute
        fall = 1 - 0.03 * minute / 480
        states.append(watch.read(tuple(np.array([210.0, 215.0, 220.0]) * fall + rng.normal(0, 0.2, 3))).state)
    assert LampState.STEADY in states[:100]
    assert states[-1] is LampState.DRIFTED
    assert states.index(LampState.DRIFTED) > 100  # 1 Rd is 1.25 %, reached after 200 min


def test_a_steady_lamp_raises_nothing_for_a_week():
    watch, rng = LampWatch("c", (210.0, 215.0, 220.0)), np.random.default_rng(2)
    readings = [
        watch.read(tuple(np.array([210.0, 215.0, 220.0]) + rng.normal(0, 0.8, 3))) for _ in range(10_080)
    ]
    assert {one.state for one in readings} == {LampState.STEADY}


def test_a_lamp_that_yellows_is_caught_by_b_and_one_that_fails_at_once():
    watch = LampWatch("c", (210.0, 215.0, 220.0))
    for _ in range(60):
        reading = watch.read((206.0, 215.0, 220.0))
    assert reading.state is LampState.DRIFTED
    assert reading.b_change == pytest.approx(70 * 0.847 * 4 / 210, abs=0.02)
    assert watch.read((20.0, 21.0, 22.0)).state is LampState.FAILED
    with pytest.raises(VisionError, match="is the lamp on"):
        LampWatch("c", (5.0, 5.0, 5.0))
