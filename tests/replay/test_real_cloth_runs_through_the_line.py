"""Real cloth through the whole line: half of the good AITEX strips learnt, all other strips inspected."""

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from whole_line import MM_PER_PX, Run, folder_of, learn, plant_of, real_set, replay_settings, run_recording

from datasets.sources import SourceRecord, read_aitex, read_classes, united_mask
from service.event_terms import ShotFate
from service.events import (
    DefectFound,
    FrameJudged,
    LineStopped,
    RollStarted,
    ShotAnswered,
    SpanInspected,
    SpanNotInspected,
)
from service.line.replay import replay
from service.plant.views.kpis import Kpi, WindowName
from service.plant.views.rolls import RollView

pytestmark = pytest.mark.data

ARTICLES = ("01", "02", "04")
ROWS, COLUMNS = 256, 4096
SPEED_MM_S = 250.0  # about 5 strips a second
MASK_JOIN_PX = 25  # pieces of a mask nearer than this are one defect
FOUND_AT_LEAST = 0.60
GOOD_FLAGGED_AT_MOST = 0.20


@dataclass(frozen=True)
class Outcome:
    """One article: what lay on the web, what the line left, what the plant made of it."""

    strips: tuple[SourceRecord, ...]  # in the order of the web
    run: Run
    roll: RollView
    kpis: dict[str, Kpi]

    def place_mm(self, strip: int) -> float:
        """Where a strip begins on the web: strips follow each other without a gap."""
        first = self.run.bodies(FrameJudged)[0]
        return first.web_start_mm + (strip - first.frame_seq) * ROWS * MM_PER_PX


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    records = read_aitex(real_set("aitex_dev"))
    home = tmp_path_factory.mktemp("mill")
    return {article: _run(records, article, home) for article in ARTICLES}


def _run(records: tuple[SourceRecord, ...], article: str, home: Path) -> Outcome:
    mine = [record for record in records if record.article == article]
    good = sorted((record for record in mine if record.is_good), key=lambda record: record.picture.name)
    half = math.ceil(len(good) / 2)
    learn([record.picture for record in good[:half]], article, home)
    rest = [*good[half:], *(record for record in mine if not record.is_good)]
    strips = tuple(sorted(rest, key=lambda record: record.picture.name))
    folder = folder_of([record.picture for record in strips], home / "web" / article)
    line = f"table-{article}"
    settings = replay_settings(home, line, article, folder, columns=COLUMNS, rows=ROWS, speed_mm_s=SPEED_MM_S)
    run = run_recording(settings)
    plant = plant_of(home / article, [line])
    try:
        plant.ingest(line, run.events)
        roll = plant.roll(run.bodies(RollStarted)[0].roll_id)
        kpis = {f"{kpi.slug}/{kpi.basis}": kpi for kpi in plant.kpis(plant.window(WindowName.WEEK))}
    finally:
        plant.close()
    return Outcome(strips, run, roll, kpis)


def masked_defects(strip: SourceRecord) -> list[NDArray[np.bool_]]:
    """Each masked defect of a strip, as a mask of its own."""
    mask = united_mask(strip, ROWS, COLUMNS)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((MASK_JOIN_PX, MASK_JOIN_PX), np.uint8))
    count, labels = cv2.connectedComponents(near)
    return [mask & (labels == number) for number in range(1, count)]


def is_hit(mask: NDArray[np.bool_], strip_mm: float, found: list[DefectFound]) -> bool:
    """Whether a found defect overlaps a masked one at the right millimetre."""
    for defect in found:
        rows = slice(*_pixels(defect.y0_mm - strip_mm, defect.y1_mm - strip_mm, ROWS))
        columns = slice(*_pixels(defect.x0_mm, defect.x1_mm, COLUMNS))
        if mask[rows, columns].any():
            return True
    return False


def _pixels(from_mm: float, to_mm: float, limit: int) -> tuple[int, int]:
    return max(0, math.floor(from_mm / MM_PER_PX)), max(0, min(limit, math.ceil(to_mm / MM_PER_PX)))


def test_masked_defects_are_found_on_the_roll_map_and_good_strips_pass(
    outcomes: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    hits = masks = flagged = good = 0
    said = []
    for article, outcome in outcomes.items():
        found = [defect for defect in outcome.run.bodies(DefectFound) if not defect.unsure]
        here = [
            is_hit(mask, outcome.place_mm(number), found)
            for number, strip in enumerate(outcome.strips)
            if not strip.is_good
            for mask in masked_defects(strip)
        ]
        bad_seqs = {f.frame_seq for f in outcome.run.bodies(FrameJudged) if f.verdict == "defective"}
        alarms = sum(strip.is_good and number in bad_seqs for number, strip in enumerate(outcome.strips))
        passed = sum(strip.is_good for strip in outcome.strips)
        said.append(
            f"{article}: {sum(here)}/{len(here)} defects found, {alarms}/{passed} good strips flagged"
        )
        hits, masks = hits + sum(here), masks + len(here)
        flagged, good = flagged + alarms, good + passed
    said.append(f"all: {hits}/{masks} found, {masks - hits} missed, {flagged}/{good} good strips flagged")
    with capsys.disabled():
        print("", *said, sep="\n")
    assert masks >= 49
    assert hits / masks >= FOUND_AT_LEAST
    assert flagged / good <= GOOD_FLAGGED_AT_MOST


@pytest.mark.parametrize("article", ARTICLES)
def test_every_millimetre_is_inspected_or_booked_with_its_reason(
    outcomes: dict[str, Outcome], article: str
) -> None:
    run = outcomes[article].run
    (end,) = run.bodies(LineStopped)
    inspected = sum(span.to_mm - span.from_mm for span in run.bodies(SpanInspected))
    missed = sum(span.to_mm - span.from_mm for span in run.bodies(SpanNotInspected))
    assert end.inspected_mm + end.not_inspected_mm == pytest.approx(end.encoder_length_mm, abs=1e-6)
    assert inspected == pytest.approx(end.inspected_mm, abs=1e-6)
    assert missed == pytest.approx(end.not_inspected_mm, abs=1e-6)
    joints = [span for span in run.bodies(SpanNotInspected) if span.reason == "joint"]
    assert len(joints) >= len(outcomes[article].strips)


@pytest.mark.parametrize("article", ARTICLES)
def test_every_command_is_answered_and_the_log_replays_without_a_difference(
    outcomes: dict[str, Outcome], article: str
) -> None:
    run = outcomes[article].run
    ordered = Counter(shot.command_id for frame in run.bodies(FrameJudged) for shot in frame.shots)
    answered = Counter(shot.command_id for shot in run.bodies(ShotAnswered))
    assert ordered
    assert answered == ordered
    assert set(answered.values()) == {1}
    assert all(shot.fate is ShotFate.SCHEDULED for shot in run.bodies(ShotAnswered))
    report = replay(run.log)
    assert report.differences == ()
    assert report.shots == len(ordered)


@pytest.mark.parametrize("article", ARTICLES)
def test_grade_and_kpis_agree_with_a_hand_count(outcomes: dict[str, Outcome], article: str) -> None:
    outcome = outcomes[article]
    run, roll = outcome.run, outcome.roll
    (start,) = run.bodies(RollStarted)
    spans = run.bodies(SpanInspected)
    metres: Counter[int] = Counter()
    graded = [defect for defect in run.bodies(DefectFound) if not defect.unsure]
    for defect in graded:
        assert defect.y1_mm - defect.y0_mm < 1000, "a continuous defect needs another count by hand"
        points = 1 + (defect.length_mm > 75) + (defect.length_mm > 150) + (defect.length_mm > 230)
        metres[int((defect.y0_mm - start.start_mm) // 1000)] += points
    total = sum(min(4, points) for points in metres.values())
    inspected_m = sum(span.to_mm - span.from_mm for span in spans) / 1000
    assert roll.grade.points == total
    assert roll.grade.points_per_100_m2 == pytest.approx(
        total * 100_000 / (inspected_m * start.width_mm), rel=1e-6
    )
    area_m2 = sum((span.to_mm - span.from_mm) * span.inspected_width_mm for span in spans) / 1e6
    rate = outcome.kpis["defect_rate/area"]
    assert rate.numerator == len(graded)
    assert rate.denominator == pytest.approx(area_m2, rel=1e-6)
    assert rate.value == pytest.approx(1000 * len(graded) / area_m2, rel=1e-6)
    (end,) = run.bodies(LineStopped)
    coverage = outcome.kpis["coverage/length"]
    assert coverage.value == pytest.approx(100 * end.inspected_mm / end.encoder_length_mm, rel=1e-6)


def test_another_set_of_other_size_and_format_runs_without_a_change_of_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = read_classes(real_set("loom_greige_dev"))
    good = sorted(record.picture for record in records if record.is_good)
    one_of_each = {record.label: record.picture for record in records if not record.is_good}
    rest = [*good[6:], *(one_of_each[label] for label in sorted(one_of_each))]
    learn(good[:6], "greige", tmp_path)
    folder = folder_of(rest, tmp_path / "web")
    settings = replay_settings(tmp_path, "loom", "greige", folder, columns=2448, rows=1200, speed_mm_s=200.0)
    run = run_recording(settings)
    (end,) = run.bodies(LineStopped)
    verdicts = Counter(frame.verdict for frame in run.bodies(FrameJudged))
    frames = sum(span.frames for span in run.bodies(SpanInspected))
    with capsys.disabled():
        print(f"\n{len(rest)} pictures of greige cloth, {frames} inspected: {dict(verdicts)}")
    assert len(rest) == 6 + 7
    assert frames == len(rest)
    assert verdicts["failed"] == 0
    assert end.inspected_mm + end.not_inspected_mm == pytest.approx(end.encoder_length_mm, abs=1e-6)
