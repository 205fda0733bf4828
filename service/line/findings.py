"""What a judged frame leaves behind: its event, the defects of the web, and their pictures."""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from service.event_terms import PictureWhy
from service.events import DefectFound, FrameJudged
from service.line.crops import CROP_SIDE_PX, FRAME_SIDE_PX, WHOLE_PX, PictureJob, plan_crops
from service.line.judging import Judged
from service.line.recorder import Recorder, Ticket
from service.line.web_book import Owner
from service.sorting import Decision
from vision.seams import WebDefect
from vision.types import MmBox, PxBox, Verdict

SHOWN_HELD = 512  # crops that a defect still open at a seam may ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    frame_seq: int
    box: MmBox  # on the web
    score: float
    ticket: Ticket


class Findings:
    """Hands events and pictures to the recorder, after the shots are on their way."""

    def __init__(
        self, recorder: Recorder, *, mm_per_px: float, run_id: str, clean_share: float, chance: random.Random
    ) -> None:
        self._recorder = recorder
        self._mm_per_px = mm_per_px
        self._run_id = UUID(run_id)
        self._clean_share = clean_share
        self._chance = chance
        self._shown: deque[_Shown] = deque(maxlen=SHOWN_HELD)
        self._defects = 0
        self.unpictured = 0  # defects in frames that no kept picture shows

    def frame(self, judged: Judged, decision: Decision, owner: Owner) -> None:
        """Record a frame that is not CLEAN and keep what it shows; of CLEAN ones keep a random few.

        Of CLEAN and UNSURE frames the same share is kept at its full size, for another recipe to judge.
        """
        verdict = judged.inspection.verdict
        is_sample = self._chance.random() < self._clean_share
        if verdict is Verdict.CLEAN:
            if is_sample:
                self._keep_frame(judged, PictureWhy.CLEAN_SAMPLE, owner, longest_px=WHOLE_PX)
            return
        ticket, unpictured = self._keep_crops(judged, owner)
        self.unpictured += unpictured
        if verdict is Verdict.UNSURE:
            longest_px = WHOLE_PX if is_sample else FRAME_SIDE_PX
            ticket = self._keep_frame(judged, PictureWhy.UNSURE, owner, longest_px=longest_px)
        elif verdict is Verdict.FAILED:
            ticket = self._keep_frame(judged, PictureWhy.FAILED, owner)
        self._recorder.record(_frame_judged(judged, decision, owner, unpictured), picture=ticket)

    def defects(self, found: Sequence[WebDefect], owner: Owner) -> None:
        """Record defects that are complete."""
        for defect in found:
            self._defects += 1
            ident = str(uuid5(self._run_id, f"defect/{self._defects}"))
            self._recorder.record(_defect_found(defect, ident, owner), picture=self._best_picture(defect))

    def _keep_crops(self, judged: Judged, owner: Owner) -> tuple[Ticket | None, int]:
        """Keep crops of the defects; returns that of the strongest, and how many defects no crop shows."""
        defects = judged.inspection.defects
        if not defects:
            return None, 0
        rows, columns = judged.frame.pixels.shape[:2]
        first: Ticket | None = None
        unpictured = len(defects)
        for plan in plan_crops([(defect.box_px, defect.score) for defect in defects], rows, columns):
            sure = any(not judged.view.defects[index].unsure for index in plan.shows)
            why = PictureWhy.DEFECT if sure else PictureWhy.UNSURE
            job = picture_job(judged, plan.box, why=why, owner=owner, mm_per_px=self._mm_per_px)
            ticket = self._recorder.keep(replace(job, score=defects[plan.shows[0]].score))
            if ticket is None:
                continue
            first = first or ticket
            unpictured -= len(plan.shows)
            for index in plan.shows:
                self._remember(judged, index, ticket)
        return first, unpictured

    def _remember(self, judged: Judged, index: int, ticket: Ticket) -> None:
        seen = judged.view.defects[index]
        box = MmBox(x0=seen.x0_mm, y0=seen.y0_mm, x1=seen.x1_mm, y1=seen.y1_mm)
        self._shown.append(_Shown(frame_seq=judged.frame.seq, box=box, score=seen.score, ticket=ticket))

    def _keep_frame(
        self, judged: Judged, why: PictureWhy, owner: Owner, *, longest_px: int = FRAME_SIDE_PX
    ) -> Ticket | None:
        if not judged.frame.pixels.any():  # a picture that couldn't be read shows nothing
            return None
        rows, columns = judged.frame.pixels.shape[:2]
        box = PxBox(x0=0, y0=0, x1=columns, y1=rows)
        job = picture_job(judged, box, why=why, owner=owner, mm_per_px=self._mm_per_px)
        return self._recorder.keep(replace(job, longest_px=longest_px))

    def _best_picture(self, defect: WebDefect) -> Ticket | None:
        here = [shown for shown in self._shown if _touch(shown.box, defect.box_mm)]
        best = [shown for shown in here if shown.frame_seq == defect.strongest_frame_seq] or here
        return max(best, key=lambda shown: shown.score).ticket if best else None


def picture_job(judged: Judged, box: PxBox, *, why: PictureWhy, owner: Owner, mm_per_px: float) -> PictureJob:
    """Say what of a frame is to be kept, and where it lies on the web."""
    pixels = judged.frame.pixels[box.y0 : box.y1, box.x0 : box.x1]
    whole = pixels.shape == judged.frame.pixels.shape
    return PictureJob(
        pixels=pixels if whole else pixels.copy(),  # a view would keep the whole frame in memory
        why=why,
        roll_id=owner.roll_id,
        lot_id=owner.lot_id,
        web_mm=judged.view.web_start_mm + box.y0 * mm_per_px,
        x0_mm=box.x0 * mm_per_px,
        mm_per_px=mm_per_px,
        frame_seq=judged.frame.seq,
        score=judged.score,
        longest_px=FRAME_SIDE_PX if whole else CROP_SIDE_PX,
    )


def _touch(one: MmBox, other: MmBox) -> bool:
    return one.x0 <= other.x1 and other.x0 <= one.x1 and one.y0 <= other.y1 and other.y0 <= one.y1


def _frame_judged(judged: Judged, decision: Decision, owner: Owner, unpictured: int) -> FrameJudged:
    inspection = judged.inspection
    return FrameJudged(
        roll_id=owner.roll_id,
        lot_id=owner.lot_id,
        camera_id=judged.frame.camera_id,
        frame_seq=judged.frame.seq,
        source=judged.frame.source,
        web_start_mm=judged.view.web_start_mm,
        web_end_mm=judged.view.web_end_mm,
        verdict=inspection.verdict.value,
        score=judged.score,
        reason=inspection.reason,
        defects=judged.view.defects,
        rule=decision.rule,
        shots=decision.shots,
        bundle_id=inspection.bundle_id,
        picture_sha256=None,
        damaged=judged.view.damaged,
        defects_unpictured=unpictured,
    )


def _defect_found(defect: WebDefect, ident: str, owner: Owner) -> DefectFound:
    return DefectFound(
        defect_id=ident,
        roll_id=owner.roll_id,
        lot_id=owner.lot_id,
        defect_kind=defect.kind.value,
        score=defect.score,
        x0_mm=defect.box_mm.x0,
        y0_mm=defect.box_mm.y0,
        x1_mm=defect.box_mm.x1,
        y1_mm=defect.box_mm.y1,
        area_mm2=defect.area_mm2,
        length_mm=defect.length_mm,
        unsure=defect.unsure,
        frames=defect.frames,
        bundle_id=defect.bundle_id,
        picture_sha256=None,
    )
