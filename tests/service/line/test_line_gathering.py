"""Frames of good cloth for a lesson: every second one that could be judged, without loss, until enough."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.line.crops import PNG, PictureJob, encode, media_type_of
from service.line.gathering import MOST_FRAMES, Gathering
from service.line.web_book import Owner
from vision.calibration import Calibration
from vision.types import Verdict

OWNER = Owner(roll_id="roll-1", lot_id=None)


@dataclass
class Recorder:
    full: bool = False
    jobs: list[PictureJob] = field(default_factory=list)

    def keep(self, job: PictureJob) -> object | None:
        if self.full:
            return None
        self.jobs.append(job)
        return object()


def judged(seq: int, verdict: Verdict = Verdict.DEFECTIVE, *, damaged: bool = False) -> Any:
    pixels = np.random.default_rng(seq).integers(0, 255, (4, 2000), dtype=np.uint8)
    return SimpleNamespace(
        frame=SimpleNamespace(pixels=pixels, seq=seq),
        inspection=SimpleNamespace(verdict=verdict),
        view=SimpleNamespace(web_start_mm=10.0 * seq, damaged=damaged),
        score=0.5,
    )


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def gathering(recorder: Recorder) -> Gathering:
    plain = Calibration(camera_id="c", mm_per_px=0.3)
    return Gathering(recorder, mm_per_px=0.3, calibration=lambda: plain)  # type: ignore[arg-type]  # a fake


def test_nothing_is_kept_before_somebody_asks(gathering: Gathering, recorder: Recorder) -> None:
    gathering.offer(judged(1), OWNER)
    assert recorder.jobs == []


def test_every_second_frame_is_kept_until_there_are_enough(gathering: Gathering, recorder: Recorder) -> None:
    gathering.begin(3)
    for seq in range(1, 20):
        gathering.offer(judged(seq), OWNER)
    assert [job.frame_seq for job in recorder.jobs] == [2, 4, 6]
    assert {job.why for job in recorder.jobs} == {PictureWhy.GOOD_CLOTH}


def test_what_could_not_be_judged_is_left_out(gathering: Gathering, recorder: Recorder) -> None:
    gathering.begin(1)
    for seq in range(4):
        gathering.offer(judged(seq, Verdict.FAILED), OWNER)
        gathering.offer(judged(seq, damaged=True), OWNER)
    assert recorder.jobs == []
    assert gathering.left == 1


def test_a_frame_without_place_in_the_recorder_is_asked_for_again(
    gathering: Gathering, recorder: Recorder
) -> None:
    gathering.begin(1)
    recorder.full = True
    for seq in range(4):
        gathering.offer(judged(seq), OWNER)
    assert gathering.left == 1
    recorder.full = False
    for seq in range(4, 6):
        gathering.offer(judged(seq), OWNER)
    assert len(recorder.jobs) == 1


def test_the_picture_is_the_frame_to_the_last_pixel(gathering: Gathering, recorder: Recorder) -> None:
    gathering.begin(1)
    gathering.offer(judged(1), OWNER)
    gathering.offer(judged(2), OWNER)
    (job,) = recorder.jobs
    data, scale = encode(job.pixels, job.longest_px, lossless=job.lossless)
    assert (media_type_of(data), scale) == (PNG, 1.0)
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(back, judged(2).frame.pixels)


@pytest.mark.parametrize("frames", [0, -1, MOST_FRAMES + 1])
def test_a_number_that_cannot_be_is_refused(gathering: Gathering, frames: int) -> None:
    with pytest.raises(ValueError, match="give 1 to"):
        gathering.begin(frames)
