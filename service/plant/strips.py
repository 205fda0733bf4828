"""A person judges a whole frame on the live strip: "this is good", "this is a defect".

The word is kept at once. Its line is asked for the frame itself; when that has come, strip_labels.py writes
the word into the label log, and a defect that the machine had not found goes to the review queue.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from service.event_terms import PictureWhy
from service.events import Event, Tenant
from service.line_commands import LineCommand, LineCommandKind
from service.picture_events import PictureKept
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.glimpses import Glimpses
from service.plant.marks import Marker
from service.plant.memo import Memo
from service.plant.store import people, strip_rows
from service.plant.store.database import Transaction
from service.plant.strip_labels import StripLabels
from service.plant.views.glimpses import Preview
from service.plant.views.people import AuditView
from service.plant.views.strips import StripWord

log = logging.getLogger(__name__)

SAME_FRAME = timedelta(minutes=10)  # a preview is shown for half a minute; later the numbers may mean another
SHOWN = 50
Command = Callable[[str, LineCommandKind, Mapping[str, str], str], LineCommand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """Takes words, and asks lines for the frames."""

    marker: Marker
    labels: StripLabels
    glimpses: Glimpses
    memo: Memo
    tenant: Callable[[str], Tenant]
    command: Command

    def judge(self, line: str, number: int, user: str, *, good: bool) -> StripWord:
        """Say of the frame that preview `number` shows that it is good, or holds a defect.

        Another word on the same frame takes the place of the first one; the same word again changes nothing.

        Raises:
            PlantError: unknown_line, out_of_scope; unknown_picture: it is no longer shown; marked_again: the
                frame was judged in the review queue since.
        """
        check_line(line)
        word, asks = self._keep(line, number, user, good=good)
        if asks:
            asked = {"frame": str(word.frame_seq), "web_mm": repr(word.web_mm)}
            self.command(line, LineCommandKind.KEEP_STRIP, asked, user)
        else:
            self.labels.settle(line)
        return word

    def words(self, line: str) -> tuple[StripWord, ...]:
        """What was said of a line's frames lately, newest first. PlantError: unknown_line."""
        self.tenant(line)
        return self.memo.get(("strip_words", line), lambda: self._newest(line))

    def take(self, line: str, events: Sequence[Event]) -> None:
        """After a batch: label what was waited for. What can't be written now is tried again on the round."""
        if not any(
            isinstance(each.body, PictureKept) and each.body.why is PictureWhy.JUDGED for each in events
        ):
            return
        try:
            self.labels.settle(line)
        except PlantError as error:
            log.error("words on the strip of line %s have no labels yet: %s", line, error)

    def _keep(self, line: str, number: int, user: str, *, good: bool) -> tuple[StripWord, bool]:
        """The word that counts now, and whether the line must be asked for the frame."""
        shown, tenant, now = self.glimpses.preview(line, number), self.tenant(line), self.marker.now()
        with self.marker.database.write() as tx:
            earlier = strip_rows.on_frame(tx, line, shown.frame_seq, shown.web_start_mm, now - SAME_FRAME)
            before, after_no = earlier or (None, strip_rows.newest_no(tx, line))
            sha256 = before.picture_sha256 if before is not None else None
            if sha256 is not None:
                _check_review(tx, sha256)
            if before is not None and (before.good, before.user) == (good, user):
                return before, sha256 is None
            word = _word(line, shown, user, now, good=good, before=before)
            strip_rows.add(tx, tenant, word, after_no)
            people.note(tx, self.marker.owner, _audited(word))
        return word, sha256 is None

    def _newest(self, line: str) -> tuple[StripWord, ...]:
        with self.marker.database.read() as tx:
            return tuple(strip_rows.newest(tx, line, SHOWN))


def _check_review(tx: Transaction, sha256: str) -> None:
    reviewer = strip_rows.reviewer_of(tx, sha256)
    if reviewer is not None:
        raise PlantError(
            "marked_again",
            f"this frame was judged in the review queue by {reviewer} since; ask them to take it back there",
        )


def _word(
    line: str, shown: Preview, user: str, now: datetime, *, good: bool, before: StripWord | None
) -> StripWord:
    return StripWord(
        word_id=str(uuid4()),
        line=line,
        user=user,
        utc=now,
        frame_seq=shown.frame_seq,
        web_mm=shown.web_start_mm,
        end_mm=shown.web_end_mm,
        machine=shown.verdict,
        found=len(shown.boxes),
        good=good,
        supersedes=before.word_id if before is not None else None,
        picture_sha256=None,
        label_id=None,
        marks=(),
        demo=False,
    )


def _audited(word: StripWord) -> AuditView:
    said = "good" if word.good else "defect"
    detail = {"said": said, "frame": str(word.frame_seq), "web_mm": f"{word.web_mm:.1f}"}
    return AuditView(utc=word.utc, user=word.user, action="judge_strip", subject=word.line, detail=detail)
