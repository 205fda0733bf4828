"""Trash and colour of lint as the line books them, and its lamp; what can't be trusted is refused."""

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from service.events import Body
from service.line.inbox import Recovered, Trouble
from service.line.judging import Judged
from service.line.situation import Situation
from service.measured_events import LampRead, LintMeasured
from service.said.heard import heard
from service.settings import LintSettings
from vision.calibration import Calibration
from vision.lamp import LampState, LampWatch
from vision.lint_colour import ColourRegression, LintColour, chart_colour
from vision.types import FibreMeasure, Verdict, VisionError

log = logging.getLogger(__name__)

LEAST_COVER_PCT = 50.0  # of a frame: less lint tells no colour, the belt shows through
LAMP_EVERY_S = 1.0
LAMP_TOLD_EVERY_S = 3600.0
COLOUR = "lint_colour_refused"
LAMP = "lamp"


class LintWatch:
    """Used by the line's thread alone."""

    def __init__(
        self,
        settings: LintSettings,
        *,
        camera_id: str,
        wants_colour: bool,
        references: ColourRegression | None,
        calibration: Callable[[], Calibration],
        lamp_file: Path,
        situation: Situation,
        utc: Callable[[], datetime],
        now_ns: Callable[[], int],
        record: Callable[[Body], None],
    ) -> None:
        self._settings, self._camera_id = settings, camera_id
        self._wants_colour = wants_colour  # a refusal is booked either way, and an alarm only where it is
        self._references, self._calibration = references, calibration
        self._situation, self._utc, self._now_ns, self._record = situation, utc, now_ns, record
        self._group: list[tuple[Judged, FibreMeasure]] = []
        self._lot_id: str | None = None
        self._due_ns = 0
        self._lamp = Lamp(settings, camera_id, lamp_file, record)

    def look(self, judged: Judged, lot_id: str | None) -> None:
        """Take what a judged frame measured; its group is booked when it is due or the lot changes."""
        now_ns = self._now_ns()
        if lot_id != self._lot_id or now_ns >= self._due_ns:
            self.close()
            self._lot_id = lot_id
            self._due_ns = now_ns + round(self._settings.report_every_s * 1e9)
        self._look_at_lamp(judged, now_ns)
        fibre = judged.inspection.fibre
        if fibre is not None and judged.inspection.verdict is not Verdict.FAILED:
            self._group.append((judged, fibre))

    def close(self) -> None:
        """Book the open group."""
        group, self._group = self._group, []
        if not group:
            return
        area_m2 = sum(_area_m2(judged) for judged, _ in group)
        count = sum(fibre.trash_count for _, fibre in group)
        colour, source, refused = self._colour(group)
        self._record(
            LintMeasured(
                camera_id=self._camera_id,
                lot_id=self._lot_id,
                from_mm=group[0][0].view.web_start_mm,
                to_mm=group[-1][0].view.web_end_mm,
                frames=len(group),
                fibre_cover_pct=float(np.mean([fibre.fibre_cover_pct for _, fibre in group])),
                trash_count=count,
                trash_count_m2=count / area_m2 if area_m2 else 0.0,
                trash_area_pct=float(np.mean([fibre.trash_area_pct for _, fibre in group])),
                rd=None if colour is None else colour.rd,
                plus_b=None if colour is None else colour.plus_b,
                colour_from=source,
                refused=refused,
            )
        )
        if refused and self._wants_colour:
            self._situation.trouble(Trouble(code=COLOUR, said=heard(refused)))
        else:
            self._situation.recovered(Recovered(code=COLOUR))

    def references_measured(self, references: ColourRegression) -> None:
        """Work by reference samples measured anew; the lamp's next look is its first again."""
        self.close()
        self._references = references
        log.info("camera %s: Rd and +b by %d reference samples", self._camera_id, references.samples)

    def _colour(self, group: list[tuple[Judged, FibreMeasure]]) -> tuple[LintColour | None, str, str]:
        """Rd and +b, what they are by, and why they are refused."""
        covered = [fibre for _, fibre in group if fibre.fibre_cover_pct >= LEAST_COVER_PCT]
        if not covered:
            return None, "", f"camera {self._camera_id}: too little lint in sight to tell its colour"
        if self._lamp.fault:
            return None, "", self._lamp.fault
        if group[-1][0].frame.pixels.ndim == 2:
            return None, "", f"camera {self._camera_id}: a grey camera tells no colour"
        weights = np.array([fibre.fibre_cover_pct for fibre in covered])
        blue, green, red = np.average([fibre.mean_bgr for fibre in covered], axis=0, weights=weights)
        seen = (float(blue), float(green), float(red))
        if self._references is not None:
            try:
                return self._references.colour(seen, self._utc()), "references", ""
            except VisionError as error:
                return None, "", str(error)
        lab = self._calibration().lab(seen, self._utc())
        if lab is None:
            missing = "has expired" if self._calibration().colour else "was never solved"
            cure = f"maqta calibrate colour --camera {self._camera_id} PICTURE"
            return None, "", f"camera {self._camera_id}: the colour calibration {missing}; run: {cure}"
        return chart_colour(lab), "chart", ""

    def _look_at_lamp(self, judged: Judged, now_ns: int) -> None:
        if self._settings.white_columns is None:
            return
        solved = max(
            (made for made in (self._calibration().solved_utc, getattr(self._references, "solved_utc", None))
             if made is not None),
            default=None,
        )  # fmt: skip
        before = self._lamp.state
        self._lamp.look(judged.frame.pixels, now_ns, "" if solved is None else solved.isoformat())
        if self._lamp.state is before:
            return
        if self._lamp.fault:
            failed = self._lamp.state is LampState.FAILED
            self._situation.trouble(Trouble(code=LAMP, said=heard(self._lamp.fault), degrades=failed))
        else:
            self._situation.recovered(Recovered(code=LAMP))


class Lamp:
    """The white tile in sight, held against how it looked when colour was calibrated."""

    def __init__(
        self, settings: LintSettings, camera_id: str, file: Path, record: Callable[[Body], None]
    ) -> None:
        self._settings, self._camera_id, self._file, self._record = settings, camera_id, file, record
        self._watch: LampWatch | None = None
        self._of = ""  # the calibration that the first look belongs to
        self._due_ns = 0
        self._told_ns = 0
        self.state = LampState.STEADY
        self.fault = ""

    def look(self, pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], now_ns: int, of: str) -> None:
        """Look once a second at the tile in a frame as it came; `of` names the colour calibration."""
        if now_ns < self._due_ns or self._settings.white_columns is None:
            return
        self._due_ns = now_ns + round(LAMP_EVERY_S * 1e9)
        first, behind = self._settings.white_columns
        seen = np.atleast_1d(pixels[:, first:behind].mean(axis=(0, 1)))
        bgr = (float(seen[0]), float(seen[-1] if seen.size == 1 else seen[1]), float(seen[-1]))
        try:
            reading = self._watch_for(of, bgr).read(bgr)
        except VisionError as error:
            self._say(LampState.FAILED, 0.0, 0.0, str(error), now_ns)
            return
        self._say(reading.state, reading.rd_change, reading.b_change, reading.reason, now_ns)

    def _watch_for(self, of: str, bgr: tuple[float, float, float]) -> LampWatch:
        if self._watch is None or self._of != of:
            held = self._held(of)
            limits = {"rd_limit": self._settings.lamp_rd_limit, "b_limit": self._settings.lamp_b_limit}
            self._watch, self._of = LampWatch(self._camera_id, held or bgr, **limits), of
            if held is None:
                self._file.write_text(json.dumps({"of": of, "bgr": bgr}) + "\n", encoding="utf-8")
        return self._watch

    def _held(self, of: str) -> tuple[float, float, float] | None:
        try:
            table = json.loads(self._file.read_text(encoding="utf-8"))
            blue, green, red = table["bgr"]
            return (float(blue), float(green), float(red)) if table["of"] == of else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _say(self, state: LampState, rd_change: float, b_change: float, why: str, now_ns: int) -> None:
        if state is not self.state or now_ns >= self._told_ns:
            self._told_ns = now_ns + round(LAMP_TOLD_EVERY_S * 1e9)
            self._record(
                LampRead(
                    camera_id=self._camera_id,
                    state=state.value,
                    rd_change=rd_change,
                    b_change=b_change,
                    detail=why,
                )
            )
        self.state, self.fault = state, why


def _area_m2(judged: Judged) -> float:
    seen = judged.inspection.inspected_mm
    return (seen.x1 - seen.x0) * (seen.y1 - seen.y0) / 1e6
