"""Random audits: passed rolls and CLEAN samples that a person looks at, so that misses can be estimated."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from service.plant.acting import check_line
from service.plant.appraisal import misses, sampling
from service.plant.appraisal.misses import MissEstimate
from service.plant.errors import PlantError
from service.plant.pages import offset_of
from service.plant.shifts import check_window
from service.plant.store import audit_rows, live, people
from service.plant.store.audit_rows import Drawable
from service.plant.store.database import Database, Transaction
from service.plant.views.audits import AuditItem, AuditKind
from service.plant.views.kpis import Window
from service.plant.views.paging import Page
from service.plant.views.people import AuditView

LARGEST_MISSED = 100_000  # defects on one roll; more is a slip of the keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Audits:
    """Draws, takes answers, estimates."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]

    def draw(
        self, line: str, kind: AuditKind, window: Window, user: str, seed: int, size: int | None = None
    ) -> tuple[AuditItem, ...]:
        """Draw at random from what passed in a window; size by ISO 2859-1 unless given.

        PlantError: bad_window, nothing_to_draw.
        """
        check_line(line)
        check_window(window)
        draw_id, now = str(uuid4()), self.now()
        with self.database.write() as tx:
            population = _population(tx, line, kind, window)
            if not population:
                raise PlantError(
                    "nothing_to_draw",
                    f"line {line}: no {kind.value} passed from {window.from_utc} to {window.to_utc}; "
                    f"take a longer window, or keep CLEAN samples on the line",
                )
            wanted = sampling.sample_size(len(population)) if size is None else size
            tenant = self.owner.tenant(live.tenant_area(tx, line), line)
            for drawn in sampling.draw(population, wanted, seed):
                item = AuditItem(
                    id=0,
                    draw_id=draw_id,
                    line=line,
                    kind=kind,
                    subject=drawn.subject,
                    population=len(population),
                    seed=seed,
                    from_utc=window.from_utc,
                    to_utc=window.to_utc,
                    drawn_utc=now,
                    drawn_by=user,
                    answered_utc=None,
                    answered_by=None,
                    missed=None,
                    note="",
                    demo=drawn.demo,
                )
                audit_rows.add(tx, tenant, item)
            detail = {"line": line, "kind": kind.value, "seed": str(seed), "of": str(len(population))}
            people.note(
                tx,
                self.owner,
                AuditView(utc=now, user=user, action="draw_audit", subject=draw_id, detail=detail),
            )
            return audit_rows.of_draw(tx, draw_id)

    def answer(self, item_id: int, missed: int, note: str, user: str) -> AuditItem:
        """A person looked: how many defects the machine had not found.

        PlantError: unknown_audit, already_answered, bad_count.
        """
        if not 0 <= missed <= LARGEST_MISSED:
            raise PlantError("bad_count", f"{missed} missed defects; count from 0 to {LARGEST_MISSED}")
        with self.database.write() as tx:
            item = audit_rows.one(tx, item_id)
            if item is None:
                raise PlantError("unknown_audit", f"audit item {item_id} is not known; open it from the list")
            check_line(item.line)
            if item.answered_utc is not None:
                raise PlantError(
                    "already_answered",
                    f"audit item {item_id} was answered by {item.answered_by}; draw it anew to ask again",
                )
            now = self.now()
            audit_rows.answer(tx, item_id, user, now, missed, note)
            detail = {"missed": str(missed), "note": note}
            people.note(
                tx,
                self.owner,
                AuditView(utc=now, user=user, action="answer_audit", subject=item.subject, detail=detail),
            )
            kept = audit_rows.one(tx, item_id)
        return kept or item

    def reopen(self, item_id: int, user: str) -> None:
        """Take an answer back: the item waits again. PlantError: unknown_audit."""
        with self.database.write() as tx:
            item = audit_rows.one(tx, item_id)
            if item is None:
                raise PlantError("unknown_audit", f"audit item {item_id} is not known; open it from the list")
            audit_rows.reopen(tx, item_id)
            detail = {"missed": str(item.missed), "by": item.answered_by or ""}
            people.note(
                tx,
                self.owner,
                AuditView(
                    utc=self.now(), user=user, action="reopen_audit", subject=item.subject, detail=detail
                ),
            )

    def items(
        self, line: str | None = None, *, waiting: bool = False, page: int = 1, page_size: int = 50
    ) -> Page[AuditItem]:
        """Drawn items, newest first."""
        offset = offset_of(page, page_size)
        with self.database.read() as tx:
            total, found = audit_rows.page(tx, line, waiting=waiting, offset=offset, limit=page_size)
        return Page(items=found, page=page, page_size=page_size, total=total)

    def misses(self, window: Window, line: str | None = None) -> MissEstimate:
        """What the machine misses, with intervals, from the audits of a window. PlantError: bad_window."""
        check_window(window)
        with self.database.read() as tx:
            items = audit_rows.of_window(tx, line, window)
            answered = [item for item in items if item.answered_utc is not None]
            rolls = [item for item in answered if item.kind is AuditKind.ROLL]
            pictures = [item.missed or 0 for item in answered if item.kind is AuditKind.PICTURE]
            return misses.estimate(
                audit_rows.found_on(tx, rolls),
                pictures,
                clean_frames=audit_rows.clean_frames(tx, line, window),
                waiting=len(items) - len(answered),
            )


def _population(tx: Transaction, line: str, kind: AuditKind, window: Window) -> list[Drawable]:
    if kind is AuditKind.ROLL:
        return audit_rows.passed_rolls(tx, line, window)
    return audit_rows.clean_samples(tx, line, window)
