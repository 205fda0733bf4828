"""A verdict goes where it is used: marks and labels of defects, labels of pictures, answers of audits."""

from dataclasses import dataclass
from datetime import UTC
from uuid import UUID, uuid4

from datasets.labels import Label, LabelVerdict, PixelBox
from service.plant.audits import Audits
from service.plant.errors import PlantError
from service.plant.marks import Marker
from service.plant.store import defects, review_rows, strip_rows
from service.plant.store.review_rows import NOT_DRAWN, StoredItem
from service.plant.store.review_words import StoredWord
from service.plant.strip_labels import machine_was_right
from service.plant.views.defects import MarkVerdict
from service.plant.views.review import ReviewSubject, ReviewWhy, ReviewWord
from service.plant.views.strips import StripWord
from vision.taxonomy import DefectKind
from vision.types import Verdict

MOST_BOXES = 50
MOST_MISSED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Writes and takes back."""

    marker: Marker
    audits: Audits

    def check(self, item: StoredItem, word: ReviewWord) -> None:
        """Refuse what can't be said of an item. PlantError: bad_word, unknown_kind."""
        if word.kind is not None and word.kind not in set(DefectKind):
            raise PlantError("unknown_kind", f"defect kind {word.kind!r} is not known; see the list of kinds")
        if item.subject is ReviewSubject.ROLL:
            if word.missed is None or not 0 <= word.missed <= MOST_MISSED:
                raise PlantError(
                    "bad_word", f"missed {word.missed}; count the missed defects, 0 to {MOST_MISSED}"
                )
            return
        if word.missed is not None:
            raise PlantError("bad_word", "only a roll is answered by a number; draw each missed defect's box")
        most = 1 if item.subject is ReviewSubject.DEFECT else MOST_BOXES
        if len(word.boxes) > most:
            raise PlantError(
                "bad_word", f"{len(word.boxes)} boxes on one {item.subject.value}, at most {most}"
            )
        if word.boxes and not word.defective:
            raise PlantError(
                "bad_word", "a box around nothing; say that there is a defect, or leave the box out"
            )

    def put(self, item: StoredItem, word: ReviewWord, user: str) -> tuple[str, ...]:
        """Keep a verdict that counts; returns the ids of its labels."""
        match item.subject:
            case ReviewSubject.DEFECT:
                _, label_id = self.marker.mark(
                    item.subject_id, *_mark_of(word, self._kind_of(item)), user, next(iter(word.boxes), None)
                )
                return (str(label_id),)
            case ReviewSubject.PICTURE:
                labels = self._picture_labels(item, word, user)
                for label in labels:
                    self.marker.label_picture(label)
                if item.audit_id != NOT_DRAWN:
                    self.audits.answer(item.audit_id, missed_of(item, word), "", user)
                return tuple(str(label.label_id) for label in labels)
            case ReviewSubject.ROLL:
                self.audits.answer(item.audit_id, missed_of(item, word), "", user)
                return ()

    def take_back(self, item: StoredItem, said: StoredWord, user: str) -> None:
        """Undo what `put` did."""
        if item.subject is ReviewSubject.DEFECT:
            for label_id in said.label_ids:
                self.marker.take_back(item.subject_id, UUID(label_id), user)
            return
        strip = self._strip_of(item)
        for number, label_id in enumerate(said.label_ids):
            if number == 0 and strip is not None:
                self._restate(strip, UUID(label_id), user)
            else:
                self.marker.withdraw_picture(UUID(label_id), user)
        if item.audit_id != NOT_DRAWN:
            self.audits.reopen(item.audit_id, user)

    def _strip_of(self, item: StoredItem) -> StripWord | None:
        """The word on the live strip that brought a frame here; the first label of a review corrects its."""
        if item.why is not ReviewWhy.JUDGED:
            return None
        with self.marker.database.read() as tx:
            return strip_rows.on_picture(tx, item.subject_id)

    def _restate(self, strip: StripWord, label_id: UUID, user: str) -> None:
        """The word on the live strip holds again."""
        before = UUID(strip.label_id) if strip.label_id else None
        restated = self.marker.withdraw_picture(label_id, user, before)
        with self.marker.database.write() as tx:
            strip_rows.restate(tx, strip.word_id, str(restated))

    def _kind_of(self, item: StoredItem) -> str:
        with self.marker.database.read() as tx:
            found = defects.defect(tx, item.subject_id)
        return found.kind if found is not None else ""

    def _picture_labels(self, item: StoredItem, word: ReviewWord, user: str) -> list[Label]:
        kind = DefectKind(word.kind or DefectKind.UNKNOWN) if word.defective else None
        boxes: tuple[PixelBox | None, ...] = word.boxes or (None,)
        tenant, strip = item.tenant, self._strip_of(item)
        machine = strip.machine if strip is not None else Verdict.CLEAN.value
        is_right = machine_was_right(machine, good=not word.defective)
        corrected = UUID(strip.label_id) if strip is not None and strip.label_id else None
        with self.marker.database.read() as tx:
            group = review_rows.group_of(tx, item.subject_id)
        return [
            Label(
                label_id=uuid4(),
                utc=self.marker.now().astimezone(UTC),
                author=user,
                tenant=f"{tenant.enterprise}/{tenant.site}/{tenant.area}/{tenant.line}",
                picture_sha256=item.subject_id,
                defect_id=None,
                verdict=LabelVerdict.RIGHT if is_right else LabelVerdict.WRONG,
                kind=kind,
                group=group,
                demo=item.demo,
                box=box,
                supersedes=corrected if number == 0 else None,
            )
            for number, box in enumerate(boxes)
        ]


def missed_of(item: StoredItem, word: ReviewWord) -> int:
    """How many defects the machine had not found, by this verdict."""
    if item.subject is ReviewSubject.ROLL:
        return word.missed or 0
    if item.subject is ReviewSubject.PICTURE and word.defective:
        return max(1, len(word.boxes))
    return 0


def _mark_of(word: ReviewWord, found_kind: str) -> tuple[MarkVerdict, str | None]:
    if not word.defective:
        return MarkVerdict.WRONG, None
    if word.kind in (None, found_kind):
        return MarkVerdict.RIGHT, None
    return MarkVerdict.WRONG, word.kind
