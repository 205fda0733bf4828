"""How the line is, in numbers: for the log once a minute and for whoever asks."""

from collections.abc import Callable
from dataclasses import dataclass

from service.event_terms import LineState
from vision.health import PictureHealth

LOG_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """A snapshot of a running line."""

    line: str
    state: LineState
    cause: str
    alarms: tuple[str, ...]
    article: str
    speed_mm_s: float
    web_mm: float  # where the web is
    inspected_mm: float  # since the start, as the next
    not_inspected_mm: float
    frames: int
    frames_shed: int
    frames_lost: int
    deadline_misses: int
    queue_depth: int
    last_frame_age_s: float | None  # None: no frame yet
    events: int  # on disk
    events_forwarded: int
    events_lost: int
    defects_unpictured: int  # no kept picture shows them
    pictures_not_kept: int
    picture: PictureHealth | None = None  # of the newest frame: focus, exposure, faults
    calibration: str = ""  # version; empty: none is set up
    calibration_expired: bool = False

    def text(self) -> str:
        """One line for the log."""
        age = "never" if self.last_frame_age_s is None else f"{self.last_frame_age_s:.1f} s ago"
        waiting = self.events - self.events_forwarded
        length_mm = self.inspected_mm + self.not_inspected_mm
        return (
            f"{self.state.value}{f' ({self.cause})' if self.cause else ''}, {self.article}, "
            f"{self.speed_mm_s:.0f} mm/s, web at {self.web_mm / 1e3:.1f} m, "
            f"inspected {self.inspected_mm / 1e3:.1f} of {length_mm / 1e3:.1f} m, {self.frames} frames "
            f"({self.frames_shed} shed, {self.frames_lost} lost, {self.deadline_misses} late), "
            f"queue {self.queue_depth}, last frame {age}, {self.events} events "
            f"({waiting} wait for the plant), "
            f"{self.defects_unpictured} defects without a picture{self._seen()}"
        )

    def _seen(self) -> str:
        parts = [", calibration expired"] if self.calibration_expired else []
        if self.picture is not None:
            figures = self.picture.figures
            parts.append(f", grey {figures.mean_grey:.0f}, sharpness {figures.sharpness:.1f}")
            parts += [f", {fault.value}" for fault in self.picture.faults]
        return "".join(parts)


class Minute:
    """Does something once a minute."""

    def __init__(self, do: Callable[[], None], *, now_ns: Callable[[], int]) -> None:
        self._do = do
        self._now_ns = now_ns
        self._next_ns = now_ns() + round(LOG_EVERY_S * 1e9)

    def tick(self) -> None:
        """Do it if a minute has passed."""
        if self._now_ns() >= self._next_ns:
            self._next_ns += round(LOG_EVERY_S * 1e9)
            self._do()
