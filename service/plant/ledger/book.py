"""The ledger as others see it: enter, correct, look up; every entry is kept once and sealed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from service.plant.errors import PlantError
from service.plant.grading.regrade import Grader
from service.plant.ledger.checks import Checks, ancestors
from service.plant.ledger.closing import Closer
from service.plant.ledger.entries import (
    Body,
    Disposed,
    Entry,
    FlowBooked,
    StockCounted,
    UnitClosed,
    UnitMade,
)
from service.plant.ledger.genealogy import Family, family
from service.plant.ledger.statements import Stater
from service.plant.ledger.stock import STOCK_NEAR
from service.plant.ledger.terms import Origin, Step
from service.plant.memo import Memo
from service.plant.outbox.dispositions import tell_dispositions
from service.plant.pages import offset_of
from service.plant.shifts import Calendar, Shift, check_moment
from service.plant.store import balances, facts, journal, people
from service.plant.store.database import Database, Transaction
from service.plant.store.postings import Poster
from service.plant.views.ledger import Disposition, OrderRecord, Statement
from service.plant.views.paging import Page
from service.plant.views.people import AuditView
from service.settings import LedgerSettings

MOST_AT_ONCE = 10_000  # entries of one import


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What someone wants to enter."""

    body: Body
    at_utc: datetime
    entered_by: str
    origin: Origin
    entry_id: str = ""  # empty: the ledger chooses one; a sender that may send twice chooses its own
    why: str = ""
    corrects: str | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every kilogram and metre, from supplier to piece. Thread-safe as its database is."""

    database: Database
    owner: people.Owner
    settings: LedgerSettings
    calendar: Calendar
    grader: Grader
    memo: Memo
    now: Callable[[], datetime]

    def enter(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Enter all or nothing; one that is held already, with the same content, changes nothing.

        Raises:
            PlantError: entry_conflict, too_many_entries, and those of `Checks.check`.
        """
        if len(drafts) > MOST_AT_ONCE:
            raise PlantError(
                "too_many_entries", f"{len(drafts)} entries, at most {MOST_AT_ONCE} at once: split them"
            )
        with self.database.write() as tx:
            return self.enter_in(tx, drafts)

    def enter_in(self, tx: Transaction, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """The same within a transaction that does more."""
        now = self.now()
        checks = Checks(settings=self.settings, now=now)
        poster = self.poster
        made: list[Entry] = []
        fresh: list[Entry] = []
        for draft in drafts:
            entry = self._entry(draft, now)
            held = journal.get(tx, entry.entry_id)
            if held is not None:
                made.append(_same(held, entry))
                continue
            checks.check(tx, entry)
            poster.post(tx, journal.add(tx, self.owner, entry), entry)
            made.append(entry)
            fresh.append(entry)
            if entry.origin is Origin.TYPED:
                people.note(tx, self.owner, _audited(entry))
        self._restate(tx, fresh, now)
        tell_dispositions(tx, fresh, now)
        return tuple(made)

    @property
    def poster(self) -> Poster:
        """What writes entries into the rows that are counted."""
        return Poster(owner=self.owner)

    @property
    def closer(self) -> Closer:
        """What states shifts that have ended."""
        return Closer(stater=self.stater, calendar=self.calendar)

    @property
    def stater(self) -> Stater:
        """What draws balances."""
        return Stater(owner=self.owner, settings=self.settings)

    def entry(self, entry_id: str) -> Entry:
        """One entry. PlantError: unknown_entry."""
        with self.database.read() as tx:
            found = journal.get(tx, entry_id)
        if found is None:
            raise PlantError("unknown_entry", f"entry {entry_id} is not known; look it up in the ledger")
        return found

    def entries(
        self,
        page: int = 1,
        page_size: int = 100,
        *,
        kind: str | None = None,
        from_utc: datetime | None = None,
        to_utc: datetime | None = None,
        corrections: bool = False,
    ) -> Page[Entry]:
        """Entries, newest first, corrected ones too; or only those that correct another one."""
        offset = offset_of(page, page_size)
        for moment in (from_utc, to_utc):
            check_moment(moment)
        with self.database.read() as tx:
            total, items = journal.page(
                tx,
                offset,
                page_size,
                kind=kind,
                from_utc=from_utc,
                to_utc=to_utc,
                corrections=corrections,
            )
        return Page(items=items, page=page, page_size=page_size, total=total)

    def family(self, unit_id: str) -> Family:
        """What a unit is made of and what was made of it. PlantError: unknown_unit."""
        with self.database.read() as tx:
            return family(tx, unit_id)

    def shift_of(self, moment: datetime) -> Shift:
        """The shift that a moment belongs to."""
        return self.calendar.shift_at(moment)

    def shift_balances(self, moment: datetime) -> tuple[Statement, ...]:
        """The balances of every place in the shift of a moment, as the rows are now."""
        check_moment(moment)
        shift = self.shift_of(moment)
        return self.memo.get(("shift", shift.from_utc), lambda: self._shift_balances(shift))

    def _shift_balances(self, shift: Shift) -> tuple[Statement, ...]:
        with self.database.read() as tx:
            return tuple(self.stater.of_shift(tx, shift, self.now(), "live"))

    def lot_balances(self, lot_id: str) -> tuple[Statement, ...]:
        """A lot's balances as the rows are now. PlantError: unknown_lot."""
        with self.database.read() as tx:
            return tuple(self.stater.of_lot(tx, lot_id, self.now(), "live"))

    def statements(self, scope: str, subject: str) -> tuple[Statement, ...]:
        """What was ever stated of a shift ("2026-03-02/A") or a lot, oldest first."""
        with self.database.read() as tx:
            return balances.history(tx, scope, subject)

    def orders(self) -> tuple[OrderRecord, ...]:
        """All orders."""
        with self.database.read() as tx:
            return facts.orders(tx)

    def dispositions(self, roll_id: str) -> tuple[Disposition, ...]:
        """What people decided about a roll, oldest first."""
        with self.database.read() as tx:
            return facts.dispositions(tx, roll_id)

    def on_hold(self) -> tuple[Disposition, ...]:
        """Rolls that are held now."""
        with self.database.read() as tx:
            return facts.on_hold(tx)

    def post_again(self, tx: Transaction) -> None:
        """Write every entry's rows anew, after the projections were cleared."""
        for part in journal.everything(tx):
            for number, entry in part:
                self.poster.post(tx, number, entry)

    def _restate(self, tx: Transaction, fresh: Sequence[Entry], now: datetime) -> None:
        corrected = [entry for entry in fresh if entry.corrects is not None]
        moments = [moment for entry in fresh for moment in _moves(entry)]
        for entry in corrected:
            old = journal.get(tx, entry.corrects or "")
            moments += _moves(old) if old else []
        self.closer.state_late(tx, moments, now, "correction" if corrected else "late_entries")
        for lot_id in sorted(self._closed_lots(tx, fresh)):
            self.stater.keep(tx, self.stater.of_lot(tx, lot_id, now, "entries"), now)
        rolls = {entry.body.unit_id for entry in fresh if isinstance(entry.body, UnitMade)}
        self.grader.keep(tx, [roll_id for roll_id in rolls if facts.is_roll(tx, roll_id)], now, "order")
        told = {entry.body.roll_id for entry in fresh if isinstance(entry.body, Disposed)}
        self.grader.keep(tx, told, now, "decided")

    def _entry(self, draft: Draft, now: datetime) -> Entry:
        body = draft.body
        if isinstance(body, FlowBooked | StockCounted):
            standard = self.settings.standard_regain_pct if body.regain_pct is not None else None
            body = replace(body, standard_regain_pct=standard)
        return Entry(
            entry_id=draft.entry_id or str(uuid4()),
            at_utc=draft.at_utc.astimezone(UTC) if draft.at_utc.tzinfo else draft.at_utc,
            entered_utc=now,
            entered_by=draft.entered_by,
            origin=draft.origin,
            body=body,
            why=draft.why,
            corrects=draft.corrects,
            demo=draft.demo,
        )

    def _closed_lots(self, tx: Transaction, fresh: Sequence[Entry]) -> set[str]:
        touched: set[str] = set()
        for entry in fresh:
            old = journal.get(tx, entry.corrects) if entry.corrects else None
            for body in (entry.body, old.body if old else None):
                if isinstance(body, FlowBooked | StockCounted):
                    touched |= ancestors(tx, [body.unit_id, *([body.lot_id] if body.lot_id else [])])
                elif isinstance(body, UnitClosed):
                    touched.add(body.unit_id)
        found = {unit_id: facts.unit(tx, unit_id) for unit_id in touched}
        return {
            unit_id for unit_id, unit in found.items() if unit and unit.step is Step.LOT and unit.closed_utc
        }


def _audited(entry: Entry) -> AuditView:
    """What a person typed; an import, a scale and a line's event have records of their own."""
    told = {"entry": entry.entry_id, "why": entry.why, "corrects": entry.corrects or ""}
    return AuditView(
        utc=entry.entered_utc,
        user=entry.entered_by,
        action="correct_entry" if entry.corrects else "enter",
        subject=entry.body.kind,
        detail={name: value for name, value in told.items() if value},
    )


def _moves(entry: Entry) -> list[datetime]:
    """Moments whose shifts have another balance by this entry; a stock belongs to two of them."""
    if isinstance(entry.body, StockCounted):
        return [entry.at_utc - STOCK_NEAR, entry.at_utc + STOCK_NEAR]
    return [entry.at_utc] if isinstance(entry.body, FlowBooked) else []


def _same(held: Entry, again: Entry) -> Entry:
    body = again.body
    counted = FlowBooked | StockCounted
    if isinstance(body, counted) and isinstance(held.body, counted):
        body = replace(body, standard_regain_pct=held.body.standard_regain_pct)
    if replace(again, entered_utc=held.entered_utc, body=body) != held:
        raise PlantError(
            "entry_conflict",
            f"entry {held.entry_id} was entered by {held.entered_by} with another content; "
            f"choose a new id, or correct that entry",
        )
    return held
