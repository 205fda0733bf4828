"""Pictures of good cloth for a new article: whole frames without loss, as many as a person asked for.

A person says that good material runs; the line can't know it, so every frame that was inspected at all
counts, whatever the recipe of another article thinks of it.
"""

from collections.abc import Callable

from service.event_terms import PictureWhy
from service.line.crops import WHOLE_PX, PictureJob
from service.line.judging import Judged
from service.line.recorder import Recorder
from service.line.web_book import Owner
from vision.calibration import Calibration
from vision.preprocess import Corrector
from vision.types import Verdict

MOST_FRAMES = 200
EVERY = 2  # frames: neighbours say less than frames apart


class Gathering:
    """Used by the line's thread alone."""

    def __init__(
        self, recorder: Recorder, *, mm_per_px: float, calibration: Callable[[], Calibration]
    ) -> None:
        self._recorder = recorder
        self._mm_per_px = mm_per_px
        self._calibration = calibration
        self._corrector = Corrector(calibration())
        self._seen = 0
        self.left = 0

    def begin(self, frames: int) -> None:
        """Keep so many of the next frames.

        Raises:
            ValueError: not 1 to `MOST_FRAMES`.
        """
        if not 1 <= frames <= MOST_FRAMES:
            raise ValueError(f"frames is {frames}; give 1 to {MOST_FRAMES}")
        self._corrector = Corrector(self._calibration())
        self._seen, self.left = 0, frames

    def offer(self, judged: Judged, owner: Owner) -> None:
        """Keep a frame if one is wanted; one that the recorder has no place for is asked for again."""
        if not self.left or judged.inspection.verdict is Verdict.FAILED or judged.view.damaged:
            return
        self._seen += 1
        if self._seen % EVERY:
            return
        job = whole_frame(judged, owner, self._corrector, PictureWhy.GOOD_CLOTH, self._mm_per_px)
        if self._recorder.keep(job) is not None:
            self.left -= 1


def whole_frame(
    judged: Judged, owner: Owner, corrector: Corrector, why: PictureWhy, mm_per_px: float
) -> PictureJob:
    """A frame to keep without loss, corrected as the recipe sees it."""
    return PictureJob(
        pixels=corrector.correct(judged.frame.pixels),
        why=why,
        roll_id=owner.roll_id,
        lot_id=owner.lot_id,
        web_mm=judged.view.web_start_mm,
        x0_mm=0.0,
        mm_per_px=mm_per_px,
        frame_seq=judged.frame.seq,
        score=judged.score,
        longest_px=WHOLE_PX,
        lossless=True,
    )
