"""Triggers and frames to the web's book: where each frame lies, and what became of those that never came."""

from firmware_bridge.types import TriggerReport
from service.event_terms import NotInspectedReason
from service.line.exposures import Exposure, Exposures
from service.line.judging import Judged
from service.line.odometer import Odometer
from service.line.web_book import JudgedFrame, WebBook
from vision.types import Verdict

Reason = tuple[NotInspectedReason, str]


class Booking:
    """Used by the line's thread alone."""

    def __init__(
        self,
        book: WebBook,
        odometer: Odometer,
        *,
        frame_counts: int,
        pitch_counts: int,
        mm_per_px: float,
    ) -> None:
        self._book = book
        self._odometer = odometer
        self._frame = frame_counts
        self.pitch_counts = pitch_counts  # from one exposure to the next
        self._row_counts = max(1, odometer.count(mm_per_px))
        self._exposures = Exposures()
        self._gap: Reason = (NotInspectedReason.GAP, "before the first exposure")
        self._settled_seq = -1
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Exposures whose frame is still on its way."""
        return len(self._exposures)

    def exposed(self, report: TriggerReport, now_ns: int) -> None:
        """Take a trigger: its frame shows the web that ends at its count."""
        if not self._odometer.anchored:
            self._odometer.anchor(report.encoder_count, self._book.cursor + self._frame)
        end = self._odometer.web(report.encoder_count)
        self._odometer.move_to(end)
        self._exposures.add(
            Exposure(seq=report.seq, from_count=end - self._frame, to_count=end, arrived_ns=now_ns)
        )

    def restart(self, why: Reason) -> None:
        """The link is gone: what was on its way won't come, and the web goes on unseen."""
        for exposure in self._exposures.all():
            self._skip(exposure, self._exposures.why(exposure) or why)
        self._gap = why

    def renumber(self, *, controller_restarted: bool) -> None:
        """The triggers count from 0 again; a controller that restarted counts the web anew, too."""
        for exposure in self._exposures.all():
            self._miss(exposure, (NotInspectedReason.FRAME_LOST, "not here when the triggers began anew"))
        self._settled_seq = -1
        if controller_restarted:
            self._odometer.forget()

    def explain(self, seq: int, reason: NotInspectedReason, detail: str) -> None:
        """Say why the frame of a trigger won't come."""
        self._exposures.explain(seq, reason, detail)

    def is_placed(self, seq: int) -> bool:
        """Whether the trigger of a frame is here."""
        return self._exposures.has(seq)

    def is_settled(self, seq: int) -> bool:
        """Whether a frame's stretch is booked already: it comes too late."""
        return seq <= self._settled_seq

    def unplaced(self, seq: int) -> None:
        """A frame has no trigger: its stretch will be the gap before the next one."""
        self._settled_seq = max(self._settled_seq, seq)
        self._gap = (NotInspectedReason.NOT_PLACED, "a frame came whose trigger was never reported")

    def take(self, seq: int, absence: Reason) -> Exposure | None:
        """Return where a frame lies, after booking the frames before it that never came."""
        for missed in self._exposures.before(seq):
            self._miss(missed, absence)
        exposure = self._exposures.take(seq)
        if exposure is not None:
            self._reach(exposure)
        return exposure

    def give_up_before(self, arrived_ns: int, absence: Reason) -> bool:
        """Book frames that have been on their way for too long; True if there were any."""
        stale = self._exposures.older_than(arrived_ns)
        for exposure in stale:
            self._miss(exposure, absence)
        return bool(stale)

    def skip(self, exposure: Exposure, reason: NotInspectedReason, detail: str) -> None:
        """Book a frame's stretch as not inspected."""
        self._settled_seq = exposure.seq
        self._book.not_inspected(exposure.to_count, reason, detail)

    def judged(
        self, exposure: Exposure, judged: Judged, *, late: bool, capture_to_decision_ms: float
    ) -> None:
        """Book an inspected frame, or one that could not be."""
        self._settled_seq = exposure.seq
        inspection = judged.inspection
        if inspection.verdict is Verdict.FAILED:
            self._book.not_inspected(exposure.to_count, _why_failed(judged), inspection.reason)
            return
        first, behind = self._inspected_counts(
            exposure, inspection.inspected_mm.y0, inspection.inspected_mm.y1
        )
        self._book.not_inspected(first, NotInspectedReason.JOINT, "")
        self._book.inspected(behind, _facts(judged, late, capture_to_decision_ms))
        self._book.not_inspected(exposure.to_count, NotInspectedReason.JOINT, "")

    def finish(self, reason: NotInspectedReason, detail: str, end_count: int | None) -> None:
        """Book all that is left, up to where the web is now."""
        for exposure in self._exposures.all():
            self._skip(exposure, self._exposures.why(exposure) or (reason, detail))
        if end_count is not None:
            self._odometer.move_to(end_count)
            self._book.not_inspected(end_count, reason, detail)
        self._odometer.move_to(self._book.cursor)

    def _inspected_counts(self, exposure: Exposure, y0_mm: float, y1_mm: float) -> tuple[int, int]:
        """The judged rows in counts; less than a row from the frame's ends is rounding, no joint."""
        first = exposure.from_count + self._odometer.count(y0_mm)
        behind = exposure.from_count + self._odometer.count(y1_mm)
        if first - exposure.from_count < self._row_counts:
            first = exposure.from_count
        if exposure.to_count - behind < self._row_counts:
            behind = exposure.to_count
        return first, min(behind, exposure.to_count)

    def _miss(self, exposure: Exposure, absence: Reason) -> None:
        self.lost += 1
        self._skip(exposure, self._exposures.why(exposure) or absence)

    def _skip(self, exposure: Exposure, why: Reason) -> None:
        self._reach(exposure)
        self.skip(exposure, *why)

    def _reach(self, exposure: Exposure) -> None:
        self._book.not_inspected(exposure.from_count, *self._gap)
        self._gap = (NotInspectedReason.GAP, "between two exposures")


def _why_failed(judged: Judged) -> NotInspectedReason:
    if judged.view.damaged:
        return NotInspectedReason.FRAME_DAMAGED
    return NotInspectedReason.PICTURE_UNFIT if judged.frame.unfit else NotInspectedReason.INSPECT_FAILED


def _facts(judged: Judged, late: bool, capture_to_decision_ms: float) -> JudgedFrame:
    inspection = judged.inspection
    times = inspection.times
    return JudgedFrame(
        verdict=inspection.verdict,
        width_mm=inspection.inspected_mm.x1 - inspection.inspected_mm.x0,
        late=late,
        capture_to_decision_ms=capture_to_decision_ms,
        stage_ms={
            "correct": times.correct_ms,
            "infer": times.infer_ms,
            "find": times.find_ms,
            "measure": times.measure_ms,
            "judge": times.judge_ms,
        },
        trash_area_pct=inspection.fibre.trash_area_pct if inspection.fibre else None,
        fibre_lab=inspection.fibre.lab if inspection.fibre else None,
    )
