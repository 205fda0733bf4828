"""Words on frames of the live strip become labels when the frame's picture has come.

A word "good" also calls each finding a false alarm that lies in the frame as a whole and that nobody judged.
A later word on the same frame takes the label's place, and takes those marks back.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from datasets.labels import Label, LabelVerdict
from datasets.types import DatasetError
from service.events import Tenant
from service.plant.errors import PlantError
from service.plant.marks import Marker
from service.plant.store import strip_rows
from service.plant.store.strip_rows import KeptStrip
from service.plant.views.defects import MarkVerdict
from service.plant.views.strips import StripMark, StripWord
from vision.taxonomy import DefectKind
from vision.types import Verdict

log = logging.getLogger(__name__)

WAITED_FOR = timedelta(days=7)  # a line that was cut off delivers late
FOUND = (Verdict.DEFECTIVE.value, Verdict.UNSURE.value)
NOTE = "the whole frame, judged on the live strip"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripLabels:
    """Gives words their labels, each once."""

    marker: Marker
    tenant: Callable[[str], Tenant]
    since: datetime  # when this plant was opened: of a word before, the label may be in the log already
    _written: set[str] = field(default_factory=set)  # labels whose words could not be noted
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def settle(self, line: str | None = None) -> int:
        """Write the labels of words whose picture has come; returns how many. None: of every line.

        PlantError: label_log, database.
        """
        with self._one_at_a_time:
            with self.marker.database.read() as tx:
                waiting = strip_rows.with_picture(tx, line, self.marker.now() - WAITED_FOR)
            for word, kept in waiting:
                self._label(word, kept)
            return len(waiting)

    def _label(self, word: StripWord, kept: KeptStrip) -> None:
        with self.marker.database.read() as tx:
            before = strip_rows.one(tx, word.supersedes) if word.supersedes else None
        if not self._is_written(word):
            self.marker.label_picture(_label_of(word, kept, before, self.tenant(word.line)))
            self._written.add(word.word_id)
        if before is not None:
            self._take_back(before, word.user)
        marks = self._mark(word, kept) if word.good else []
        with self.marker.database.write() as tx:
            strip_rows.note_label(tx, word.word_id, word.word_id, kept, marks)
        self._written.discard(word.word_id)

    def _is_written(self, word: StripWord) -> bool:
        if word.word_id in self._written:
            return True
        try:
            return word.utc < self.since and self.marker.labels.find(UUID(word.word_id)) is not None
        except DatasetError as error:
            raise PlantError("label_log", str(error)) from error

    def _mark(self, word: StripWord, kept: KeptStrip) -> list[StripMark]:
        with self.marker.database.read() as tx:
            found = strip_rows.findings_within(tx, word, kept)
        marks = []
        for defect_id in found:
            _, label_id = self.marker.mark(defect_id, MarkVerdict.WRONG, None, word.user)
            marks.append(StripMark(defect_id=defect_id, label_id=str(label_id)))
        return marks

    def _take_back(self, before: StripWord, user: str) -> None:
        for mark in before.marks:
            try:
                self.marker.take_back(mark.defect_id, UUID(mark.label_id), user)
            except PlantError as error:
                if error.problem != "marked_again":
                    raise
                log.info("the mark on defect %s stands: %s", mark.defect_id, error)


def machine_was_right(machine: str, *, good: bool) -> bool:
    """Whether the verdict on a frame agrees with a person's word; FAILED never does."""
    return (machine in FOUND) != good and machine != Verdict.FAILED


def _label_of(word: StripWord, kept: KeptStrip, before: StripWord | None, tenant: Tenant) -> Label:
    is_right = machine_was_right(word.machine, good=word.good)
    corrected = before.label_id if before is not None else None
    return Label(
        label_id=UUID(word.word_id),
        utc=word.utc.astimezone(UTC),
        author=word.user,
        tenant=f"{tenant.enterprise}/{tenant.site}/{tenant.area}/{tenant.line}",
        picture_sha256=kept.sha256,
        defect_id=None,
        verdict=LabelVerdict.RIGHT if is_right else LabelVerdict.WRONG,
        kind=None if word.good else DefectKind.UNKNOWN,
        group=kept.roll_id or kept.lot_id or "",
        note=NOTE,
        demo=kept.demo,
        supersedes=UUID(corrected) if corrected else None,
    )
