"""What lines say of themselves while somebody looks: kept in memory, the newest only, never stored."""

import base64
import binascii
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.line_now import LineNow
from service.plant.errors import PlantError
from service.plant.views.glimpses import Glimpse, Preview

WATCHED_FOR = timedelta(seconds=6)  # after somebody looked: a closed page is forgotten
BELIEVED_FOR = timedelta(seconds=10)  # a line tells once a second
PREVIEWS_A_LINE = 8  # shown at once
PREVIEWS_HELD = 30  # for who looks at one longer: about half a minute
LARGEST_PREVIEW_BYTES = 400_000
SHARPNESS_KEPT = 90  # seconds that who turns a lens sees
JPEG_START = b"\xff\xd8\xff"


@dataclass(slots=True)
class _Seen:
    watched_until: datetime | None = None
    now: LineNow | None = None
    received_utc: datetime | None = None
    taken: int = 0
    previews: deque[Preview] = field(default_factory=lambda: deque(maxlen=PREVIEWS_HELD))
    pictures: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)  # by number: picture, detail
    sharpness: deque[float] = field(default_factory=lambda: deque(maxlen=SHARPNESS_KEPT))


class Glimpses:
    """Thread-safe; bounded by the number of lines."""

    def __init__(self, *, lines: Sequence[str], now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self.taken = 0  # grows with each word of a line
        self._seen = {line: _Seen() for line in lines}

    def look(self, line: str) -> Glimpse | None:
        """Somebody looks at a line: it is asked to tell. None: it has not told lately.

        PlantError: unknown_line.
        """
        seen, now = self._of(line), self._now()
        with self._lock:
            seen.watched_until = now + WATCHED_FOR
            if seen.now is None or seen.received_utc is None or now - seen.received_utc > BELIEVED_FOR:
                return None
            return Glimpse(
                line=line,
                received_utc=seen.received_utc,
                now=seen.now,
                previews=tuple(reversed(seen.previews))[:PREVIEWS_A_LINE],
                sharpness=tuple(seen.sharpness),
            )

    def is_watched(self, line: str) -> bool:
        """Whether somebody looked a moment ago. PlantError: unknown_line."""
        until = self._of(line).watched_until
        return until is not None and self._now() < until

    def take(self, line: str, told: LineNow) -> None:
        """Keep what a line tells. PlantError: unknown_line, bad_picture."""
        seen = self._of(line)
        shown = told.preview
        pictures = (_jpeg(line, shown.jpeg_base64), _jpeg(line, shown.detail_base64)) if shown else None
        with self._lock:
            self.taken += 1
            seen.received_utc = self._now()
            seen.now = replace(told, preview=None)
            if told.camera.sharpness is not None:
                seen.sharpness.append(told.camera.sharpness)
            if shown is None or pictures is None:
                return
            seen.taken += 1
            seen.previews.append(
                Preview(
                    number=seen.taken,
                    utc=told.utc,
                    frame_seq=shown.frame_seq,
                    web_start_mm=shown.web_start_mm,
                    web_end_mm=shown.web_end_mm,
                    width_mm=shown.width_mm,
                    verdict=shown.verdict,
                    boxes=shown.boxes,
                )
            )
            seen.pictures[seen.taken] = pictures
            seen.pictures.pop(seen.taken - PREVIEWS_HELD, None)

    def preview(self, line: str, number: int) -> Preview:
        """A frame that was shown. PlantError: unknown_line, unknown_picture."""
        with self._lock:
            for preview in self._of(line).previews:
                if preview.number == number:
                    return preview
        raise _gone(line, number)

    def picture(self, line: str, number: int, *, detail: bool) -> bytes:
        """A preview's JPEG. PlantError: unknown_line, unknown_picture."""
        with self._lock:
            pictures = self._of(line).pictures.get(number)
        if pictures is None:
            raise _gone(line, number)
        return pictures[1] if detail else pictures[0]

    def _of(self, line: str) -> _Seen:
        seen = self._seen.get(line)
        if seen is None:
            raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
        return seen


def _gone(line: str, number: int) -> PlantError:
    return PlantError("unknown_picture", f"line {line}: preview {number} is no longer kept; look again")


def _jpeg(line: str, encoded: str) -> bytes:
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise PlantError("bad_picture", f"line {line}: its preview is no base64 ({error})") from error
    if len(data) > LARGEST_PREVIEW_BYTES or not data.startswith(JPEG_START):
        raise PlantError(
            "bad_picture",
            f"line {line}: a preview of {len(data)} bytes must be a JPEG of up to {LARGEST_PREVIEW_BYTES}",
        )
    return data
