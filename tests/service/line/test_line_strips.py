"""A frame that a person judged on the live strip: found among those shown, kept whole, or refused."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from service.event_terms import PictureWhy
from service.line.crops import PictureJob
from service.line.errors import LineError
from service.line.strips import Strips
from service.line.viewfinder import ShownFrame
from service.line.web_book import Owner
from service.line_commands import LineCommand, LineCommandKind
from vision.calibration import Calibration

OWNER = Owner(roll_id="roll-1", lot_id=None)
PIXELS = np.arange(8000, dtype=np.uint32).astype(np.uint8).reshape(4, 2000)


@dataclass
class Fakes:
    """Shows one frame, number 7, that begins at 1000 mm; keeps pictures while it isn't full."""

    full: bool = False
    jobs: list[PictureJob] = field(default_factory=list)

    def find(self, frame_seq: int, web_mm: float) -> ShownFrame | None:
        judged: Any = SimpleNamespace(
            frame=SimpleNamespace(pixels=PIXELS, seq=7),
            view=SimpleNamespace(web_start_mm=1000.0, web_end_mm=1400.0),
            score=0.4,
        )
        return ShownFrame(judged=judged, owner=OWNER) if (frame_seq, web_mm) == (7, 1000.0) else None

    def keep(self, job: PictureJob) -> object | None:
        if self.full:
            return None
        self.jobs.append(job)
        return object()


def asked(**arguments: str) -> LineCommand:
    now = datetime(2026, 3, 2, 6, tzinfo=UTC)
    return LineCommand(
        id="c1",
        line="loom-1",
        command=LineCommandKind.KEEP_STRIP,
        arguments={"frame": "7", "web_mm": "1000.0"} | arguments,
        issued_by="technician",
        issued_utc=now,
        expires_utc=now + timedelta(minutes=1),
    )


def strips_of(fakes: Any) -> Strips:
    plain = Calibration(camera_id="c", mm_per_px=0.3)
    return Strips(fakes, fakes, mm_per_px=0.3, calibration=lambda: plain)


def test_the_shown_frame_is_kept_to_the_last_pixel_with_its_roll() -> None:
    fakes = Fakes()
    assert strips_of(fakes).keep(asked()) == "1.00–1.40 m"
    (job,) = fakes.jobs
    assert (job.why, job.roll_id, job.web_mm, job.frame_seq) == (PictureWhy.JUDGED, "roll-1", 1000.0, 7)
    assert job.lossless
    np.testing.assert_array_equal(job.pixels, PIXELS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"frame": "8"}, "no longer held"),
        ({"web_mm": "1200.0"}, "frame from 1.20 m on is no longer held"),
        ({"frame": "seven"}, "give frame and web_mm"),
        ({"web_mm": "nan"}, "web_mm is nan"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(arguments: dict[str, str], told: str) -> None:
    fakes = Fakes()
    with pytest.raises(LineError, match=told):
        strips_of(fakes).keep(asked(**arguments))
    assert fakes.jobs == []


def test_a_full_recorder_is_no_kept_picture() -> None:
    with pytest.raises(LineError, match="too many pictures wait"):
        strips_of(Fakes(full=True)).keep(asked())
