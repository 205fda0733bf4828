"""The review queue as people use it: take items, say what they are, skip, take back.

An item lies on one person's desk at a time, under a lease in the store that runs out; each change is one
write transaction, and writers follow one another on SQLite and on PostgreSQL. A verdict renews the lease
first, so that nobody else can take the item while the label is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.plant.acting import check_line
from service.plant.defects import alone
from service.plant.errors import PlantError
from service.plant.marks import Marker
from service.plant.quality import Quality
from service.plant.review.filling import Filler
from service.plant.review.second import appraise, forget
from service.plant.review.value import wants_second
from service.plant.review.words import Words, missed_of
from service.plant.shifts import Calendar
from service.plant.store import defects, live, materials, people, review_rows, review_words
from service.plant.store.database import Database, Transaction
from service.plant.store.defects import DefectRecord
from service.plant.store.review_rows import StoredItem
from service.plant.store.review_words import StoredWord
from service.plant.views.kpis import WindowName
from service.plant.views.people import AuditView
from service.plant.views.review import (
    LastWord,
    PicturePlace,
    ReviewItem,
    ReviewState,
    ReviewSubject,
    ReviewWhy,
    ReviewWord,
)

LEASE = timedelta(minutes=3)  # longer than anybody looks at one picture
RENEW_BELOW = timedelta(minutes=2)  # an open page asks every few seconds; not each of them writes
SKIPPED_FOR = timedelta(hours=12)  # the next shift sees it again
MOST_AT_ONCE = 10
FIRST, SECOND, THIRD, DONE = 1, 2, 3, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDesk:
    """Hands out, takes verdicts. Thread-safe as its database is."""

    database: Database
    owner: people.Owner
    marker: Marker
    words: Words
    filler: Filler
    calendar: Calendar
    now: Callable[[], datetime]
    wants_second: Callable[[str], bool] = wants_second

    @classmethod
    def of(cls, marker: Marker, quality: Quality, calendar: Calendar) -> "ReviewDesk":
        """Put it together."""
        filler = Filler(
            database=marker.database,
            audits=quality.audits,
            calendar=calendar,
            profile=marker.grader.profile,
            lines=quality.lines,
            now=marker.now,
        )
        return cls(
            database=marker.database,
            owner=marker.owner,
            marker=marker,
            words=Words(marker=marker, audits=quality.audits),
            filler=filler,
            calendar=calendar,
            now=marker.now,
        )

    def take(self, user: str, count: int, lines: Sequence[str] = ()) -> tuple[ReviewItem, ...]:
        """The items on a person's desk; when less than half is left, the most valuable free ones come.

        `lines`: of these lines only; empty: of all.

        PlantError: bad_count.
        """
        if not 1 <= count <= MOST_AT_ONCE:
            raise PlantError("bad_count", f"{count} items; take from 1 to {MOST_AT_ONCE}")
        items = self._take(user, count, lines)
        if not items and self.filler.fill():
            items = self._take(user, count, lines)
        with self.database.read() as tx:
            return tuple(self._view(tx, item) for item in items)

    def judge(self, item_id: int, word: ReviewWord, user: str) -> None:
        """Say what an item is; saved when this returns.

        Raises:
            PlantError: unknown_item; not_yours: the lease ran out and somebody else took it, or it is done;
                bad_word, unknown_kind, and what marks and audits say.
        """
        item = self._renewed(item_id, user)
        check_line(item.tenant.line)
        self.words.check(item, word)
        said = self._said(item, word, user)
        if item.round == FIRST:
            said = replace(said, label_ids=self.words.put(item, word, user))
        elif item.round == THIRD:
            said = replace(said, label_ids=self._settle(item, word, user))
        with self.database.write() as tx:
            review_words.add(tx, said)
            judged = review_words.of_item(tx, item.id)
            if item.round == SECOND:
                found = live.line_row(tx, item.tenant.line) or {}
                appraise(tx, item, found.get("bundle_id") or "", judged, said.utc)
            review_rows.put_back(tx, item.id, self._round_after(item, judged))
            self._note(tx, "review", item, user, {"round": str(item.round), "defective": str(word.defective)})

    def skip(self, item_id: int, user: str) -> None:
        """Put an item back; this person does not see it for twelve hours. PlantError: as `judge`."""
        item = self._renewed(item_id, user)
        said = replace(self._said(item, ReviewWord(defective=False), user), skipped=True, defective=None)
        with self.database.write() as tx:
            review_words.add(tx, said)
            review_rows.put_back(tx, item.id, item.round)

    def offer_skipped_again(self, user: str) -> int:
        """Forget what a person skipped; returns how much that was."""
        with self.database.write() as tx:
            return review_words.offer_skipped_again(tx, user)

    def undo(self, user: str) -> int:
        """Take back what a person said last; the item lies on their desk again. Returns its id.

        Raises:
            PlantError: nothing_to_undo; not_yours: another person judged it since;
                marked_again: another mark came since.
        """
        with self.database.write() as tx:
            said = review_words.newest_of(tx, user)
            item = review_rows.one(tx, said.item_id) if said else None
            if said is None or item is None:
                raise PlantError("nothing_to_undo", f"{user} judged nothing that could be taken back")
            later = [each for each in review_words.of_item(tx, item.id) if each.id > said.id]
            if later or (said.skipped and self._is_with_another(item, user)):
                raise PlantError(
                    "not_yours", f"review item {item.id} went on to another person since; it can't be undone"
                )
            review_rows.put_back(tx, item.id, said.round)
            review_rows.lease(tx, [item.id], user, self.now() + LEASE)
        if said.label_ids or (not said.skipped and said.round != SECOND):
            self.words.take_back(item, said, user)
        with self.database.write() as tx:
            review_words.take_back(tx, said.id)
            if said.round == SECOND and not said.skipped:
                forget(tx, item, said)
            self._note(tx, "undo_review", item, user, {"round": str(said.round)})
        return item.id

    def state(self, user: str) -> ReviewState:
        """The queue as a person sees it."""
        now = self.now()
        today = self.calendar.window(WindowName.DAY, now).from_utc
        with self.database.read() as tx:
            return ReviewState(
                waiting=dict(review_rows.waiting(tx)),
                with_others=review_rows.with_others(tx, user, now),
                skipped=review_words.skipped_since(tx, user, now - SKIPPED_FOR),
                judged_today=review_words.judged_since(tx, user, today),
                last=_last(tx, user),
            )

    def _take(self, user: str, count: int, lines: Sequence[str]) -> list[StoredItem]:
        now = self.now()
        with (
            self.database.read() as tx
        ):  # mostly nothing changes: a page that asks every second must not write
            held = review_rows.held_by(tx, user, now)
            low = 2 * len(held) <= count
            wanted = self._free(tx, user, now, lines, count - len(held)) if low else []
        if not wanted and not any(_ends_soon(item, now) for item in held):
            return held
        with self.database.write() as tx:
            held = review_rows.held_by(tx, user, now)
            items = held + (self._free(tx, user, now, lines, count - len(held)) if low else [])
            review_rows.lease(tx, [item.id for item in items], user, now + LEASE)
        return [replace(item, leased_to=user, leased_until=now + LEASE) for item in items]

    def _free(
        self, tx: Transaction, user: str, now: datetime, lines: Sequence[str], limit: int
    ) -> list[StoredItem]:
        if limit <= 0:
            return []
        return review_rows.free(tx, user, now, skipped_since=now - SKIPPED_FOR, lines=lines, limit=limit)

    def _renewed(self, item_id: int, user: str) -> StoredItem:
        with self.database.write() as tx:
            item = review_rows.one(tx, item_id)
            if item is None:
                raise PlantError(
                    "unknown_item", f"review item {item_id} is not known; take one from the queue"
                )
            if item.round == DONE or item.leased_to != user:
                raise PlantError(
                    "not_yours",
                    f"review item {item_id} is not on the desk of {user} any more; take the next one",
                )
            review_rows.lease(tx, [item_id], user, self.now() + LEASE)
        return item

    def _settle(self, item: StoredItem, word: ReviewWord, user: str) -> tuple[str, ...]:
        """Two people differ: the third verdict takes the place of the first one."""
        if item.subject is not ReviewSubject.DEFECT:
            with self.database.read() as tx:
                first = review_words.of_item(tx, item.id)[0]
            self.words.take_back(item, first, user)
        return self.words.put(item, word, user)

    def _round_after(self, item: StoredItem, judged: list[StoredWord]) -> int:
        if item.round == FIRST:
            once = item.subject is ReviewSubject.ROLL or item.why is ReviewWhy.JUDGED  # a second look already
            return DONE if once or not self.wants_second(item.subject_id) else SECOND
        if item.round == SECOND:
            one, other = review_words.texts_of(judged)[-2:]
            return DONE if one == other else THIRD
        return DONE

    def _said(self, item: StoredItem, word: ReviewWord, user: str) -> StoredWord:
        with self.database.read() as tx:
            found = defects.defect(tx, item.subject_id) if item.subject is ReviewSubject.DEFECT else None
            place = _place(tx, item, found)
        kind = word.kind or (found.kind if found is not None else None)
        return StoredWord(
            id=0,
            item_id=item.id,
            round=item.round,
            user=user,
            utc=self.now(),
            skipped=False,
            defective=word.defective or bool(word.missed),
            kind=kind if word.defective else None,
            missed=missed_of(item, word),
            boxes=tuple(_kept_box(box.x0, box.y0, box.x1, box.y1, place) for box in word.boxes),
            label_ids=(),
        )

    def _view(self, tx: Transaction, item: StoredItem) -> ReviewItem:
        found = defects.defect(tx, item.subject_id) if item.subject is ReviewSubject.DEFECT else None
        place = _place(tx, item, found)
        if place is not None and found is not None:
            place = replace(place, y0_mm=place.y0_mm - (found.start_mm or 0.0))
        roll_id = found.roll_id if found else item.subject_id if item.subject is ReviewSubject.ROLL else None
        rolls = materials.heads(tx, [roll_id]) if roll_id else {}
        shown = alone(replace(found, mark=None), self.marker.grader.profile) if found else None
        return ReviewItem(
            id=item.id,
            subject=item.subject,
            subject_id=item.subject_id,
            line=item.tenant.line,
            why=item.why,
            value=item.value,
            picture_sha256=item.picture_sha256,
            place=place,
            defect=shown,
            roll_name=rolls[roll_id].name if roll_id in rolls else "",
            leased_until=item.leased_until or self.now(),
            demo=item.demo,
        )

    def _is_with_another(self, item: StoredItem, user: str) -> bool:
        until = item.leased_until
        return item.leased_to not in (None, user) and until is not None and until > self.now()

    def _note(
        self, tx: Transaction, action: str, item: StoredItem, user: str, detail: Mapping[str, str]
    ) -> None:
        entry = AuditView(
            utc=self.now(), user=user, action=action, subject=item.subject_id, detail=dict(detail)
        )
        people.note(tx, self.owner, entry)


def _place(tx: Transaction, item: StoredItem, found: DefectRecord | None) -> PicturePlace | None:
    near_mm = found.y0_mm if found is not None else None
    return review_rows.place_of(tx, item.picture_sha256, near_mm) if item.picture_sha256 else None


def _ends_soon(item: StoredItem, now: datetime) -> bool:
    return item.leased_until is None or item.leased_until - now < RENEW_BELOW


def _kept_box(x0: int, y0: int, x1: int, y1: int, place: PicturePlace | None) -> dict[str, float]:
    """A drawn box in pixels of the picture and, where the picture's place is known, in mm on the web."""
    box: dict[str, float] = {"px_x0": x0, "px_y0": y0, "px_x1": x1, "px_y1": y1}
    if place is not None:
        scale = place.mm_per_px
        box |= {"mm_x0": place.x0_mm + x0 * scale, "mm_y0": place.y0_mm + y0 * scale}
        box |= {"mm_x1": place.x0_mm + x1 * scale, "mm_y1": place.y0_mm + y1 * scale}
    return box


def _last(tx: Transaction, user: str) -> LastWord | None:
    said = review_words.newest_of(tx, user)
    item = review_rows.one(tx, said.item_id) if said else None
    if said is None or item is None:
        return None
    return LastWord(
        item_id=item.id,
        subject=item.subject,
        skipped=said.skipped,
        defective=said.defective,
        kind=said.kind,
        missed=said.missed,
        utc=said.utc,
    )
