"""The newest judged frame, kept while somebody looks at the line and made small in the uplink's own time.

Frames that were shown stay for a while, so that what a person says of one can go with the frame itself.
"""

import base64
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from service.line.crops import encode
from service.line.judging import Judged
from service.line.web_book import Owner
from service.line_now import BoxNow, PreviewNow

PREVIEW_SIDE_PX = 960
DETAIL_PX = (240, 480)  # rows, columns of the frame's middle
WANTED_S = 5.0  # after the last time that somebody looked
SHOWN_FRAMES = 60  # a minute of looking
SHOWN_BYTES = 256_000_000  # of their pixels: 20 frames of 4096 x 1024 in colour
SAME_MM = 0.5  # two frames never begin so near to each other


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFrame:
    """A frame that people saw, and what it belongs to."""

    judged: Judged
    owner: Owner


class Viewfinder:
    """The line's thread offers, the uplink's thread takes; between them one reference and no lock."""

    def __init__(self, *, mm_per_px: float, now_ns: Callable[[], int]) -> None:
        self._mm_per_px = mm_per_px
        self._now_ns = now_ns
        self._wanted_until_ns = 0
        self._newest: ShownFrame | None = None
        self._shown: deque[ShownFrame] = deque(maxlen=SHOWN_FRAMES)

    def want(self) -> None:
        """Somebody looks."""
        self._wanted_until_ns = self._now_ns() + round(WANTED_S * 1e9)

    def offer(self, judged: Judged, owner: Owner) -> None:
        """Note a judged frame, if somebody looks. Costs the line's thread an assignment."""
        if self._now_ns() < self._wanted_until_ns:
            self._newest = ShownFrame(judged=judged, owner=owner)
            return
        self._newest = None
        if self._shown:
            self._shown = deque(maxlen=SHOWN_FRAMES)  # a new one: the uplink may be reading the old

    def find(self, frame_seq: int, web_mm: float) -> ShownFrame | None:
        """A frame that was shown lately, by its number and where it begins; None: it is no longer held."""
        for shown in tuple(self._shown):
            begins_mm = shown.judged.view.web_start_mm
            if shown.judged.frame.seq == frame_seq and abs(begins_mm - web_mm) < SAME_MM:
                return shown
        return None

    def take(self) -> PreviewNow | None:
        """The newest frame made small; None: none came since the last time, or it can't be encoded."""
        shown, self._newest = self._newest, None
        if shown is None:
            return None
        judged = shown.judged
        pixels, view = judged.frame.pixels, judged.view
        rows, columns = pixels.shape[:2]
        high, wide = min(rows, DETAIL_PX[0]), min(columns, DETAIL_PX[1])
        top, left = (rows - high) // 2, (columns - wide) // 2
        try:
            jpeg, _ = encode(pixels, PREVIEW_SIDE_PX)
            detail, _ = encode(pixels[top : top + high, left : left + wide], max(DETAIL_PX))
        except ValueError:
            return None
        self._keep(shown)
        return PreviewNow(
            frame_seq=judged.frame.seq,
            web_start_mm=view.web_start_mm,
            web_end_mm=view.web_end_mm,
            width_mm=columns * self._mm_per_px,
            verdict=view.verdict.value,
            boxes=_boxes(judged, columns * self._mm_per_px),
            jpeg_base64=base64.b64encode(jpeg).decode("ascii"),
            detail_base64=base64.b64encode(detail).decode("ascii"),
        )

    def _keep(self, shown: ShownFrame) -> None:
        most = max(1, SHOWN_BYTES // max(1, shown.judged.frame.pixels.nbytes))
        held = self._shown
        held.append(shown)
        while len(held) > most:
            held.popleft()


def _boxes(judged: Judged, width_mm: float) -> tuple[BoxNow, ...]:
    view = judged.view
    length_mm = view.web_end_mm - view.web_start_mm
    if length_mm <= 0 or width_mm <= 0:
        return ()
    return tuple(
        BoxNow(
            defect_kind=defect.defect_kind,
            unsure=defect.unsure,
            x0=_share(defect.x0_mm / width_mm),
            y0=_share((defect.y0_mm - view.web_start_mm) / length_mm),
            x1=_share(defect.x1_mm / width_mm),
            y1=_share((defect.y1_mm - view.web_start_mm) / length_mm),
        )
        for defect in view.defects
    )


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
