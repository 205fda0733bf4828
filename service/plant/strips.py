"""A person judges a whole frame on the live strip: "this is good", "this is a defect".

The word is kept at once. Its line is asked for the frame itself; when that has come, the word goes into the
label log, on the frame's picture, with who said it, when, and of which roll or lot.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from datasets.labels import Label, LabelVerdict
from service.event_terms import PictureWhy
from service.events import Event, Tenant
from service.line_commands import LineCommand, LineCommandKind
from service.picture_events import PictureKept
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.glimpses import Glimpses
from service.plant.marks import Marker
from service.plant.store import strip_rows
from service.plant.store.strip_rows import KeptStrip
from service.plant.views.strips import StripWord
from vision.taxonomy import DefectKind
from vision.types import Verdict

log = logging.getLogger(__name__)

WAITED_FOR = timedelta(days=7)  # a line that was cut off delivers late
WHYS = {True: PictureWhy.GOOD_CLOTH, False: PictureWhy.DEFECT}
FOUND = (Verdict.DEFECTIVE.value, Verdict.UNSURE.value)
NOTE = "the whole frame, judged on the live strip"
SHOWN = 50
Command = Callable[[str, LineCommandKind, Mapping[str, str], str], LineCommand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """Takes words, and gives them their labels."""

    marker: Marker
    glimpses: Glimpses
    tenant: Callable[[str], Tenant]
    command: Command
    since: datetime  # when this plant was opened

    def judge(self, line: str, number: int, user: str, *, good: bool) -> StripWord:
        """Say of the frame that preview `number` shows that it is good, or holds a defect.

        PlantError: unknown_line, out_of_scope; unknown_picture: it is no longer shown.
        """
        check_line(line)
        shown, tenant = self.glimpses.preview(line, number), self.tenant(line)
        with self.marker.database.write() as tx:
            word = StripWord(
                word_id=str(uuid4()),
                line=line,
                user=user,
                utc=self.marker.now(),
                frame_seq=shown.frame_seq,
                web_mm=shown.web_start_mm,
                machine=shown.verdict,
                good=good,
                supersedes=strip_rows.before(tx, line, shown.web_start_mm),
                picture_sha256=None,
            )
            strip_rows.add(tx, tenant, word)
        asked = {"frame": str(word.frame_seq), "web_mm": repr(word.web_mm), "good": "yes" if good else "no"}
        self.command(line, LineCommandKind.KEEP_STRIP, asked, user)
        return word

    def words(self, line: str, limit: int = SHOWN) -> tuple[StripWord, ...]:
        """What was said of a line's frames, newest first. PlantError: unknown_line."""
        self.tenant(line)
        with self.marker.database.read() as tx:
            return tuple(strip_rows.newest(tx, line, limit))

    def take(self, events: Sequence[Event]) -> None:
        """After a batch: label what was waited for. What can't be written now is tried again on the round."""
        whys = WHYS.values()
        if not any(isinstance(each.body, PictureKept) and each.body.why in whys for each in events):
            return
        try:
            self.settle()
        except PlantError as error:
            log.error("words on strips have no labels yet: %s", error)

    def settle(self) -> int:
        """Write the labels of words whose picture has come; returns how many. PlantError: label_log."""
        with self.marker.database.read() as tx:
            waiting = strip_rows.without_label(tx, self.marker.now() - WAITED_FOR)
            found = [(word, strip_rows.picture_of(tx, word, WHYS[word.good].value)) for word in waiting]
        done = 0
        for word, kept in found:
            if kept is None:
                continue
            if word.utc >= self.since or self.marker.labels.find(UUID(word.word_id)) is None:
                self.marker.label_picture(_label(word, kept, self.tenant(word.line)))
            with self.marker.database.write() as tx:
                strip_rows.note_picture(tx, word.word_id, kept.sha256)
            done += 1
        return done


def _label(word: StripWord, kept: KeptStrip, tenant: Tenant) -> Label:
    was_right = (word.machine in FOUND) != word.good and word.machine != Verdict.FAILED
    return Label(
        label_id=UUID(word.word_id),
        utc=word.utc.astimezone(UTC),
        author=word.user,
        tenant=f"{tenant.enterprise}/{tenant.site}/{tenant.area}/{tenant.line}",
        picture_sha256=kept.sha256,
        defect_id=None,
        verdict=LabelVerdict.RIGHT if was_right else LabelVerdict.WRONG,
        kind=None if word.good else DefectKind.UNKNOWN,
        group=kept.group,
        note=NOTE,
        demo=kept.demo,
        supersedes=UUID(word.supersedes) if word.supersedes else None,
    )
