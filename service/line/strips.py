"""A frame that a person judged on the live strip is kept whole, so that the word can go with its picture."""

import math
from collections.abc import Callable

from service.event_terms import PictureWhy
from service.line.errors import LineError
from service.line.gathering import whole_frame
from service.line.recorder import Recorder
from service.line.viewfinder import Viewfinder
from service.line_commands import LineCommand
from vision.calibration import Calibration
from vision.preprocess import Corrector
from vision.types import VisionError


class Strips:
    """Used by the uplink's thread, which also shows the frames."""

    def __init__(
        self,
        viewfinder: Viewfinder,
        recorder: Recorder,
        *,
        mm_per_px: float,
        calibration: Callable[[], Calibration],
    ) -> None:
        self._viewfinder = viewfinder
        self._recorder = recorder
        self._mm_per_px = mm_per_px
        self._calibration = calibration

    def keep(self, command: LineCommand) -> str:
        """Keep the frame that the command names, without loss; returns which stretch it shows.

        Raises:
            LineError: the command can't be read, the frame is no longer held, or too many pictures wait.
        """
        frame_seq, web_mm = _asked(command)
        shown = self._viewfinder.find(frame_seq, web_mm)
        if shown is None:
            raise LineError(
                f"the frame from {web_mm / 1000:.2f} m on is no longer held; judge a strip while it is shown"
            )
        corrector = Corrector(self._calibration())
        try:
            job = whole_frame(shown.judged, shown.owner, corrector, PictureWhy.JUDGED, self._mm_per_px)
        except VisionError as error:
            raise LineError(str(error)) from error
        if self._recorder.keep(job) is None:
            raise LineError("too many pictures wait for the disk; judge the strip again in a few seconds")
        return f"{web_mm / 1000:.2f}–{shown.judged.view.web_end_mm / 1000:.2f} m"


def _asked(command: LineCommand) -> tuple[int, float]:
    given = command.arguments
    try:
        frame_seq, web_mm = int(given.get("frame", "")), float(given.get("web_mm", ""))
    except ValueError as error:
        raise LineError(f"arguments {given}: give frame and web_mm, both numbers") from error
    if not math.isfinite(web_mm):
        raise LineError(f"web_mm is {web_mm}; give the place where the frame begins")
    return frame_seq, web_mm
