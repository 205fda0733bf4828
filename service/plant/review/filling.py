"""Brings what is worth a person's look into the review queue: found defects, and what was drawn at random."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.audits import Audits
from service.plant.errors import PlantError
from service.plant.grading.profile import Profile
from service.plant.review.value import JUDGED_VALUE, lot_of, random_value, value_of_defect
from service.plant.shifts import Calendar
from service.plant.store import review_rows, review_sources
from service.plant.store.database import Database
from service.plant.store.review_rows import NOT_DRAWN, Queued
from service.plant.store.review_sources import Drawn, Found, SeenStrip
from service.plant.views.audits import AuditKind
from service.plant.views.kpis import Window
from service.plant.views.review import ReviewSubject, ReviewWhy

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=3)  # an older finding is history: its roll has left
AT_ONCE = 5_000  # defects of one fill
DRAWN_BY = "plant"
A_DAY = {AuditKind.PICTURE: 20, AuditKind.ROLL: 2}  # of each line: some minutes of a technician's day


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """Called now and then, and when somebody asks for work and there is none."""

    database: Database
    audits: Audits
    calendar: Calendar
    profile: Profile
    lines: Sequence[str]
    now: Callable[[], datetime]

    def fill(self) -> int:
        """Queue what is new and close what was judged elsewhere; returns how many items were queued."""
        self._draw_daily()
        now = self.now()
        with self.database.read() as tx:
            found = review_sources.new_defects(tx, now - LOOK_BACK, AT_ONCE)
            drawn = review_sources.new_audits(tx)
            seen = review_sources.new_strips(tx, now - LOOK_BACK)
            elsewhere = review_sources.judged_elsewhere(tx)
            again = review_sources.strips_again(tx)
        items = [item for item in map(self._of_defect, found) if item is not None]
        items += [_of_audit(each) for each in drawn]
        items += [_of_strip(each) for each in seen]
        if items or elsewhere or again:
            with self.database.write() as tx:
                items = [item for item in items if not review_rows.is_queued(tx, item)]
                review_rows.add(tx, items, now)
                review_rows.close(tx, elsewhere)
                for item_id in again:
                    review_rows.put_back(tx, item_id, round_=1)
        return len(items)

    def _of_defect(self, found: Found) -> Queued | None:
        worth = value_of_defect(
            found.defect_id,
            found.kind,
            found.length_mm,
            unsure=found.unsure,
            profile=self.profile if found.of_roll else None,
        )
        if worth is None:
            return None
        why, value = worth
        return Queued(
            tenant=found.tenant,
            subject=ReviewSubject.DEFECT,
            subject_id=found.defect_id,
            audit_id=NOT_DRAWN,
            picture_sha256=found.picture_sha256,
            why=why,
            value=value,
            demo=found.demo,
        )

    def _draw_daily(self) -> None:
        """Draw from each line's last whole day once; a day without anything to draw stays without."""
        window = self._yesterday()
        for line in self.lines:
            for kind, size in A_DAY.items():
                with self.database.read() as tx:
                    done = review_sources.was_drawn(tx, line, kind, DRAWN_BY, window.from_utc)
                if done:
                    continue
                seed = int(lot_of(f"{line}/{kind.value}/{window.from_utc.isoformat()}") * 2**32)
                try:
                    self.audits.draw(line, kind, window, DRAWN_BY, seed, size)
                except PlantError as error:
                    if error.problem != "nothing_to_draw":
                        raise

    def _yesterday(self) -> Window:
        midnight = (
            self.now().astimezone(self.calendar.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        )
        before = (midnight - timedelta(hours=12)).replace(hour=0)  # 12 h: days are 23 to 25 hours long
        return Window(from_utc=before, to_utc=midnight)


def _of_audit(drawn: Drawn) -> Queued:
    is_picture = drawn.kind is AuditKind.PICTURE
    return Queued(
        tenant=drawn.tenant,
        subject=ReviewSubject.PICTURE if is_picture else ReviewSubject.ROLL,
        subject_id=drawn.subject,
        audit_id=drawn.audit_id,
        picture_sha256=drawn.subject if is_picture else None,
        why=ReviewWhy.AUDIT,
        value=random_value(f"{drawn.subject}/{drawn.audit_id}"),
        demo=drawn.demo,
    )


def _of_strip(seen: SeenStrip) -> Queued:
    return Queued(
        tenant=seen.tenant,
        subject=ReviewSubject.PICTURE,
        subject_id=seen.sha256,
        audit_id=NOT_DRAWN,
        picture_sha256=seen.sha256,
        why=ReviewWhy.JUDGED,
        value=JUDGED_VALUE,
        demo=seen.demo,
    )
