"""A verdict goes where it is used: marks and labels of defects, labels of pictures, answers of audits."""

from dataclasses import dataclass
from datetime import UTC
from uuid import UUID, uuid4

from datasets.labels import Label, LabelVerdict, PixelBox
from service.plant.audits import Audits
from service.plant.errors import PlantError
from service.plant.marks import Marker
from service.plant.store import defects, review_rows
from service.plant.store.review_rows import StoredItem
from service.plant.store.review_words import StoredWord
from service.plant.views.defects import MarkVerdict
from service.plant.views.review import ReviewSubject, ReviewWord
from vision.taxonomy import DefectKind

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
        for label_id in said.label_ids:
            self.marker.withdraw_picture(UUID(label_id), user)
        self.audits.reopen(item.audit_id, user)

    def _kind_of(self, item: StoredItem) -> str:
        with self.marker.database.read() as tx:
            found = defects.defect(tx, item.subject_id)
        return found.kind if found is not None else ""

    def _picture_labels(self, item: StoredItem, word: ReviewWord, user: str) -> list[Label]:
        kind = DefectKind(word.kind or DefectKind.UNKNOWN) if word.defective else None
        boxes: tuple[PixelBox | None, ...] = word.boxes or (None,)
        tenant = item.tenant
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
                verdict=LabelVerdict.WRONG if word.defective else LabelVerdict.RIGHT,
                kind=kind,
                group=group,
                demo=item.demo,
                box=box,
            )
            for box in boxes
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
