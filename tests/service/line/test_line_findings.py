import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.events import Body, FrameJudged, SeenDefect
from service.line.crops import PictureJob, encode
from service.line.findings import Findings
from service.line.judging import Judged
from service.line.recorder import Ticket
from service.line.web_book import Owner
from service.sorting import Decision, FrameView
from vision.taxonomy import DefectKind
from vision.types import Defect, Frame, Inspection, MmBox, PxBox, StageTimes, Verdict

RUN = "6f0c2f0e-27f8-4e4f-9b1e-6e6a52a3c001"


class FakeRecorder:
    """Keeps what it is handed, and no more pictures than it has room for."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.pictures: list[PictureJob] = []
        self.room = 1000

    def record(self, body: Body, *, picture: Ticket | None = None) -> None:
        self.bodies.append(body)

    def keep(self, job: PictureJob) -> Ticket | None:
        if len(self.pictures) >= self.room:
            return None
        self.pictures.append(job)
        return Ticket(job)


def judged(count: int) -> Judged:
    """A frame with `count` defects so far apart that each needs a crop of its own."""
    boxes = [PxBox(x0=400 * i, y0=0, x1=400 * i + 4, y1=4) for i in range(count)]
    defect = Defect(
        kind=DefectKind.HOLE,
        score=9.0,
        box_px=PxBox(x0=0, y0=0, x1=1, y1=1),
        box_mm=MmBox(x0=0, y0=0, x1=1, y1=1),
        area_mm2=1.0,
        length_mm=1.0,
    )
    seen = SeenDefect(
        defect_kind="hole", score=9.0, x0_mm=0, y0_mm=0, x1_mm=1, y1_mm=1, area_mm2=1, length_mm=1
    )
    pixels = np.full((100, max(1, count) * 400), 90, np.uint8)
    frame = Frame(
        camera_id="c", seq=0, pixels=pixels, captured_ns=0, captured_utc=datetime(2026, 1, 1, tzinfo=UTC)
    )
    verdict = Verdict.DEFECTIVE
    inspection = Inspection(
        camera_id="c",
        frame_seq=0,
        captured_ns=0,
        verdict=verdict,
        score=9.0,
        defects=tuple(replace(defect, box_px=box) for box in boxes),
        reason="",
        bundle_id="b",
        inspected_mm=MmBox(x0=0, y0=0, x1=1, y1=1),
        times=StageTimes(),
    )
    view = FrameView(
        camera_id="c",
        web_start_mm=0.0,
        web_end_mm=40.0,
        verdict=verdict,
        damaged=False,
        defects=(seen,) * count,
    )
    return Judged(frame=frame, inspection=inspection, view=view)


@pytest.fixture
def recorder() -> FakeRecorder:
    return FakeRecorder()


@pytest.fixture
def findings(recorder: Any) -> Findings:
    return Findings(recorder, mm_per_px=0.4, run_id=RUN, clean_share=0.0, chance=random.Random(1))


def unpictured(recorder: FakeRecorder) -> list[int]:
    return [body.defects_unpictured for body in recorder.bodies if isinstance(body, FrameJudged)]


def test_each_defect_of_a_frame_is_shown(findings: Findings, recorder: FakeRecorder) -> None:
    findings.frame(judged(3), Decision(rule="marked"), Owner())
    assert [job.why for job in recorder.pictures] == [PictureWhy.DEFECT] * 3
    assert unpictured(recorder) == [0]


def test_defects_beyond_a_frames_crops_are_counted(findings: Findings, recorder: FakeRecorder) -> None:
    findings.frame(judged(40), Decision(rule="marked"), Owner())
    assert len(recorder.pictures) == 12
    assert unpictured(recorder) == [28]
    assert findings.unpictured == 28


def test_defects_whose_picture_was_shed_are_counted(findings: Findings, recorder: FakeRecorder) -> None:
    recorder.room = 2
    findings.frame(judged(3), Decision(rule="marked"), Owner())
    findings.frame(judged(1), Decision(rule="marked"), Owner())
    assert unpictured(recorder) == [1, 1]
    assert findings.unpictured == 2


@pytest.mark.parametrize(("share", "columns"), [(1.0, 2000), (0.0, 1600)])
def test_a_share_of_clean_and_unsure_frames_is_kept_whole_for_another_recipe(
    recorder: Any, share: float, columns: int
) -> None:
    findings = Findings(recorder, mm_per_px=0.4, run_id=RUN, clean_share=share, chance=random.Random(1))
    seen = judged(5)
    for verdict in (Verdict.UNSURE, Verdict.CLEAN):
        found = seen.inspection.defects if verdict is Verdict.UNSURE else ()
        inspection = replace(seen.inspection, verdict=verdict, defects=found)
        findings.frame(replace(seen, inspection=inspection), Decision(rule="pass"), Owner())
    frames = [job for job in recorder.pictures if job.pixels.shape == (100, 2000)]
    kept = [(job.why, round(2000 * encode(job.pixels, job.longest_px)[1])) for job in frames]
    clean = [(PictureWhy.CLEAN_SAMPLE, 2000)] if share else []
    assert kept == [(PictureWhy.UNSURE, columns), *clean]
