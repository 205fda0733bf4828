"""Audits, studies and drift of a small mill."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.picture_events import PictureKept
from service.plant.appraisal.agreement import Standing
from service.plant.appraisal.drift import REFERENCE_SAMPLES, WINDOW_SAMPLES, DriftStatus
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.views.audits import AuditKind, DriftMeasure
from service.plant.views.kpis import Window
from service.plant.views.people import AuditFilter


def picture(seed: int, grey: float = 150.0) -> tuple[str, bytes]:
    rng = np.random.default_rng(seed)
    pixels = np.clip(rng.normal(grey, 12, (40, 60)), 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".png", pixels)
    assert done
    raw = bytes(data.tobytes())
    return hashlib.sha256(raw).hexdigest(), raw


class Mill:
    """A loom that finds, passes, and keeps samples of what is clean."""

    def __init__(self, plant: Plant, log: Any, clock: Any) -> None:
        self.plant, self.log, self.clock = plant, log, clock
        self.deliver(log.started())
        self.seed = 0

    def deliver(self, *events: Any) -> None:
        self.plant.ingest("loom-1", list(events))

    def roll(self, roll_id: str, start_mm: float, defects: int = 1) -> None:
        log = self.log
        self.deliver(
            log.roll_started(roll_id, start_mm),
            log.span(start_mm, start_mm + 100_000, roll=roll_id, frames=1000, clean=1000),
            *(
                log.defect(f"{roll_id}-{number}", start_mm + number * 1500.0, 60.0, roll=roll_id)
                for number in range(defects)
            ),
            log.roll_ended(roll_id, start_mm + 100_000),
        )

    def keep(self, why: str, grey: float = 150.0) -> str:
        """A picture: of a defect, or of clean cloth."""
        self.seed += 1
        sha256, data = picture(self.seed, grey)
        note = PictureKept(
            sha256=sha256,
            media_type="image/png",
            bytes=len(data),
            why=PictureWhy(why),
            roll_id=None,
            lot_id=None,
            web_mm=0,
            x0_mm=0,
            mm_per_px=0.3,
            frame_seq=1,
            score=0.1,
        )
        events = [self.log.add(note)]
        if why == "defect":
            events.append(self.log.defect(sha256, 10.0, picture=sha256, roll=None))
        self.deliver(*events)
        self.plant.put_picture("loom-1", sha256, data, "image/png")
        return sha256

    def window(self) -> Window:
        now = self.clock()
        return Window(from_utc=now - timedelta(hours=1), to_utc=now + timedelta(hours=1))


@pytest.fixture
def mill(plant: Plant, new_log: Callable[..., Any], clock: Any) -> Mill:
    return Mill(plant, new_log(), clock)


def test_passed_rolls_are_drawn_at_random_and_give_the_share_that_was_found(mill: Mill) -> None:
    for number in range(10):
        mill.roll(f"r{number:02}", number * 100_000.0, defects=3)
    mill.roll("bad", 1_000_000.0, defects=60)  # graded second: not passed
    audits = mill.plant.quality.audits
    drawn = audits.draw("loom-1", AuditKind.ROLL, mill.window(), "aigul", seed=4)
    assert [(item.population, item.seed) for item in drawn] == [(10, 4)] * 3  # ISO 2859-1: 9 to 15, 3
    assert "bad" not in {item.subject for item in drawn}
    before = audits.misses(mill.window())
    assert (before.waiting, before.recall_on_rolls.value) == (3, None)
    for item, missed in zip(drawn, (0, 1, 0), strict=True):
        audits.answer(item.id, missed, "looked over the table", "bolat")
    after = audits.misses(mill.window())
    # 9 found, 1 missed
    assert (after.recall_on_rolls.hits, after.recall_on_rolls.of, after.waiting) == (9, 10, 0)
    assert audits.items(waiting=True).total == 0
    assert [entry.action for entry in mill.plant.audit_log.page().items[:4]] == ["answer_audit"] * 3 + [
        "draw_audit"
    ]


def test_clean_samples_tell_how_many_frames_hide_a_defect(mill: Mill) -> None:
    mill.roll("r1", 0.0)
    for _ in range(20):
        mill.keep("clean_sample")
    mill.keep("defect")
    audits = mill.plant.quality.audits
    drawn = audits.draw("loom-1", AuditKind.PICTURE, mill.window(), "aigul", seed=1, size=20)
    for number, item in enumerate(drawn):
        audits.answer(item.id, 1 if number == 0 else 0, "", "bolat")
    found = audits.misses(mill.window(), "loom-1")
    assert found.missed_per_clean_frame.value == pytest.approx(0.05)
    assert found.missed_frames is not None
    assert found.missed_frames[0] == pytest.approx(50.0)  # of 1000 clean frames
    assert found.missed_frames[1] < 50 < found.missed_frames[2]


def test_nothing_to_draw_an_unknown_item_and_a_second_answer_are_refused(mill: Mill) -> None:
    audits = mill.plant.quality.audits
    with pytest.raises(PlantError, match="no roll passed") as caught:
        audits.draw("loom-1", AuditKind.ROLL, mill.window(), "aigul", seed=1)
    assert caught.value.problem == "nothing_to_draw"
    mill.roll("r1", 0.0)
    (item,) = audits.draw("loom-1", AuditKind.ROLL, mill.window(), "aigul", seed=1)
    audits.answer(item.id, 0, "", "bolat")
    for item_id, missed, problem in (
        (item.id, 0, "already_answered"),
        (99, 0, "unknown_audit"),
        (item.id, -1, "bad_count"),
    ):
        with pytest.raises(PlantError) as caught:
            audits.answer(item_id, missed, "", "bolat")
        assert caught.value.problem == problem


def test_a_study_measures_the_cnn_as_one_appraiser(mill: Mill) -> None:
    studies = mill.plant.quality.studies
    bad = [mill.keep("defect") for _ in range(5)]
    for _ in range(5):
        mill.keep("clean_sample")
    study = studies.make("loom-1", 10, "aigul", seed=2)
    assert sum(item.defective for item in study.items) == 5
    sheets = [studies.sheet(study.study_id, name, 1).pictures for name in ("bolat", "dina")]
    assert set(sheets[0]) == set(sheets[1])
    assert sheets[0] != sheets[1]  # each in an order of their own
    truth = set(bad[:4])  # the fifth find is a false alarm
    for sha256 in sheets[0]:
        studies.judge(study.study_id, sha256, "panel", defective=sha256 in truth, kind="hole", reference=True)
        studies.judge(study.study_id, sha256, "bolat", defective=sha256 in truth)
    assert studies.sheet(study.study_id, "bolat", 1).pictures == ()
    audited = mill.plant.audit_log.page(wanted=AuditFilter(subject=study.study_id)).items
    deeds = Counter((entry.user, entry.action) for entry in audited)
    assert deeds == {
        ("aigul", "make_study"): 1,
        ("panel", "judge_reference"): 10,
        ("bolat", "judge_picture"): 10,
    }
    found = studies.agreement(study.study_id)
    by_name = {each.name: each for each in found.appraisers}
    assert (found.items, found.defective, found.reference) == (10, 4, "panel")
    assert by_name["bolat"].standing is Standing.GOOD
    cnn = by_name["CNN b0"]
    assert (cnn.miss.hits, cnn.false_alarm.hits, cnn.false_alarm.of) == (0, 1, 6)
    assert studies.listing("loom-1") == (study,)


def test_a_study_needs_defects_and_clean_samples(mill: Mill) -> None:
    mill.keep("defect")
    with pytest.raises(PlantError, match="1 pictures of defects and 0 CLEAN samples"):
        mill.plant.quality.studies.make("loom-1", 10, "aigul", seed=2)
    with pytest.raises(PlantError, match="no-such is not known"):
        mill.plant.quality.studies.sheet("no-such", "bolat", 1)


def test_a_lamp_that_grows_dim_raises_an_alarm_and_a_new_reference_ends_it(
    mill: Mill, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("service.plant.drifts",):
        monkeypatch.setattr(f"{module}.REFERENCE_SAMPLES", 40)
        monkeypatch.setattr(f"{module}.WINDOW_SAMPLES", 30)
    quality = mill.plant.quality

    def brightness() -> Any:
        return next(
            view for view in quality.drifts.views("loom-1") if view.measure is DriftMeasure.BRIGHTNESS
        )

    for _ in range(40):
        mill.keep("clean_sample")
    quality.round()
    waiting = brightness()
    assert (waiting.reference_version, waiting.psi, waiting.samples, waiting.wanted) == (1, None, 40, 70)
    for _ in range(30):
        mill.keep("clean_sample", grey=110.0)
    quality.round()
    assert brightness().status is DriftStatus.ACT
    (alarm,) = [each for each in quality.charts.alarms().items if each.measure == "drift_brightness"]
    assert (alarm.rule, alarm.steps[0], alarm.demo) == ("psi", "check_lamp_and_focus", False)
    with pytest.raises(PlantError) as caught:
        quality.drifts.freeze("loom-1", DriftMeasure.BRIGHTNESS, " ", "aigul")
    assert caught.value.problem == "why_missing"
    for _ in range(10):
        mill.keep("clean_sample", grey=110.0)
    assert (
        quality.drifts.freeze("loom-1", DriftMeasure.BRIGHTNESS, "new lamp", "aigul").reference_version == 2
    )
    assert mill.plant.audit_log.page().items[0].action == "freeze_drift"
    quality.round()
    (ended,) = [each for each in quality.charts.alarms().items if each.measure == "drift_brightness"]
    assert ended.ended_utc is not None


def test_windows_are_large_enough_that_chance_alone_is_steady() -> None:
    # the mean of PSI by chance: (bins - 1) (1 / reference + 1 / window)
    assert 9 * (1 / REFERENCE_SAMPLES + 1 / WINDOW_SAMPLES) < 0.05
