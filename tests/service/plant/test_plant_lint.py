import hashlib
from datetime import UTC, datetime

import numpy as np
import pytest

from service.measured_events import LintMeasured
from service.plant.errors import PlantError
from service.plant.grading.lint.fitting import fit_samples
from service.plant.grading.lint.samples import read_samples
from service.plant.grading.lint.shelf import put_profile

CENTRES = {"11": (78.0, 8.5), "21": (72.0, 9.5), "31": (66.0, 10.5)}


def measured(number, *, rd=72.0, plus_b=9.5, refused="", lot_id="l1"):
    return LintMeasured(
        camera_id="loom-1-1",
        lot_id=lot_id,
        from_mm=1000.0 * number,
        to_mm=1000.0 * (number + 1),
        frames=40,
        fibre_cover_pct=97.0,
        trash_count=8,
        trash_count_m2=400.0,
        trash_area_pct=0.4 + 0.01 * number,
        rd=None if refused else rd,
        plus_b=None if refused else plus_b,
        colour_from="" if refused else "references",
        refused=refused,
    )


@pytest.fixture
def profile(tmp_path, settings):
    rng = np.random.default_rng(4)
    rows = ["lot,grade,rd,plus_b"]
    for lot in range(12):
        grade = list(CENTRES)[lot % 3]
        rows += [
            f"L{lot},{grade},{rd:.2f},{b:.2f}" for rd, b in rng.normal(CENTRES[grade], (0.6, 0.2), (6, 2))
        ]
    path = tmp_path / "samples.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    fitted = fit_samples(read_samples(path), ("11", "21", "31"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return put_profile(
        settings.data_dir / "grades",
        "lint",
        fitted,
        samples_sha256=digest,
        utc=datetime(2026, 1, 1, tzinfo=UTC),
    )


def deliver(plant, new_log, *bodies):
    log = new_log()
    events = [log.started(kind="fibre"), log.lot_started("l1"), *(log.add(body) for body in bodies)]
    plant.ingest("loom-1", events)


def test_a_lots_grade_is_a_distribution_with_intervals(plant, new_log, profile):
    rng = np.random.default_rng(1)
    seen = rng.normal((72.0, 9.5), (0.5, 0.15), (40, 2))
    deliver(plant, new_log, *(measured(at, rd=rd, plus_b=b) for at, (rd, b) in enumerate(seen)))
    lot = plant.lint.lot("l1")
    assert (lot.grade.grade, lot.profile, lot.readings, lot.colour_refused) == ("21", "lint v1", 40, 0)
    share = next(one for one in lot.grade.shares if one.grade == "21")
    assert share.low <= share.share <= share.high
    assert share.share > 0.9
    means = {mean.feature: mean for mean in lot.means}
    assert means["rd"].value == pytest.approx(seen[:, 0].mean())
    assert means["rd"].low < means["rd"].value < means["rd"].high
    assert means["trash_area_pct"].value == pytest.approx(0.595)
    assert [one.from_mm for one in plant.lint.readings("l1")] == [1000.0 * at for at in range(40)]


def test_colour_that_was_refused_refuses_the_grade_and_says_why(plant, new_log, profile):
    why = "camera loom-1-1: the colour calibration has expired"
    deliver(plant, new_log, *(measured(at, refused=why if at > 4 else "") for at in range(20)))
    lot = plant.lint.lot("l1")
    assert lot.grade.grade == ""
    assert "15 of 20 readings lack" in lot.grade.reason
    assert why in lot.grade.reason
    assert (lot.colour_refused, lot.refusals) == (15, (why,))
    assert next(mean for mean in lot.means if mean.feature == "rd").readings == 5


def test_without_a_profile_a_lot_has_means_and_no_grade(plant, new_log):
    deliver(plant, new_log, *(measured(at) for at in range(6)))
    lot = plant.lint.lot("l1")
    assert (lot.grade.grade, lot.profile) == ("", "")
    assert "maqta grade fit" in lot.grade.reason
    assert {mean.feature for mean in lot.means} == {"rd", "plus_b", "trash_area_pct", "trash_count_m2"}


def test_readings_of_another_lot_are_not_of_this_one(plant, new_log, profile):
    deliver(plant, new_log, measured(0), measured(1, lot_id="l2"))
    assert plant.lint.lot("l1").readings == 1


def test_an_unknown_lot_is_said(plant):
    with pytest.raises(PlantError, match="nobody"):
        plant.lint.lot("nobody")
