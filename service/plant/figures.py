"""Key figures of the plant: now, against its baseline, beside the paper's claims."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.kpi import attribution, compare
from service.plant.kpi.attribution import Attribution
from service.plant.kpi.catalogue import BY_CODE, CATALOGUE
from service.plant.kpi.compare import Baseline, Comparison
from service.plant.kpi.compute import compute
from service.plant.kpi.economics import Economics
from service.plant.kpi.inputs import Inputs
from service.plant.kpi.stop_figures import CODES as STOP_CODES
from service.plant.kpi.totals import Totals
from service.plant.memo import Held, Memo
from service.plant.pages import offset_of
from service.plant.shifts import check_window
from service.plant.store import baselines, drill, people, stop_drill, totals
from service.plant.store.database import Database, Transaction
from service.plant.store.kpi_inputs import Ledger, kpi_inputs, stops_of
from service.plant.views.drill import DrillRow
from service.plant.views.kpis import Kpi, Window
from service.plant.views.paging import Page
from service.plant.views.people import AuditView


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What figures of one window are worked out from."""

    totals: Totals
    events_held: float | None
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts and divides; lines are checked by the caller."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]
    demo: bool
    economics: Economics | None
    memo: Memo
    ledger: Ledger | None = None

    def kpis(self, window: Window, line: str | None) -> tuple[Kpi, ...]:
        """Every figure of the catalogue. PlantError: bad_window."""
        return tuple(each.now for each in self.comparisons(window, line))

    def comparisons(self, window: Window, line: str | None) -> tuple[Comparison, ...]:
        """Every figure now and in the baseline, with the paper's claim. PlantError: bad_window."""
        return self.compared(window, line)[0]

    def compared(self, window: Window, line: str | None) -> tuple[tuple[Comparison, ...], Baseline | None]:
        """The comparisons and the baseline they were made with. PlantError: bad_window."""
        check_window(window)
        with self.database.read() as tx:
            baseline, held = baselines.in_force(tx, line), self.memo.held(tx)
            counted = self._count(tx, window, line, held)
            old = self._count(tx, _window_of(baseline), line, held) if baseline else None
        before = self._computed(old) if old else None
        now = self._computed(counted)
        if before is not None:
            saving = compare.saving(_by_code(before), _by_code(now), counted.inputs, self.economics)
            now = self._computed(replace(counted, inputs=replace(counted.inputs, saving=saving)))
        return compare.compare(CATALOGUE, now, before, baseline), baseline

    def by_day(self, days: tuple[Window, ...], line: str | None) -> tuple[dict[str, Kpi], ...]:
        """Every figure of each day, by code."""
        with self.database.read() as tx:
            held = self.memo.held(tx)
            counted = [self._count(tx, day, line, held) for day in days]
        return tuple(_by_code(self._computed(each)) for each in counted)

    def parts_of(self, compared: tuple[Comparison, ...]) -> tuple[Attribution, ...]:
        """Quality control's share of a change: as the paper claims, then as measured where it can be."""
        before = {each.definition.code: each.baseline for each in compared if each.baseline is not None}
        measured = attribution.measured(before, {each.definition.code: each.now for each in compared})
        return (attribution.claimed(), *([measured] if measured else []))

    def rows(self, code: str, window: Window, line: str | None, page: int, page_size: int) -> Page[DrillRow]:
        """The rows a figure was counted from, each with the way to its pictures.

        PlantError: unknown_kpi, bad_window.
        """
        check_window(window)
        if code not in BY_CODE:
            raise PlantError(
                "unknown_kpi", f"figure {code} is not in the catalogue; see /api/v1/kpis/catalogue"
            )
        with self.database.read() as tx:
            if code in STOP_CODES:
                found = stop_drill.rows(
                    code,
                    stops_of(tx, window, line, self.now(), self.ledger),
                    self._stop_hour(window),
                    demo=self.demo,
                )
                start = offset_of(page, page_size)
                part = tuple(found[start : start + page_size])
                return Page(items=part, page=page, page_size=page_size, total=len(found))
            total, items = drill.rows(
                tx, code, window, line, offset=offset_of(page, page_size), limit=page_size
            )
        return Page(items=items, page=page, page_size=page_size, total=total)

    def _stop_hour(self, window: Window) -> float | None:
        prices = self.economics.at(window.to_utc.date()) if self.economics else None
        return prices.stop_hour if prices else None

    def baselines(self) -> tuple[Baseline, ...]:
        """Every baseline that was ever set, newest first."""
        with self.database.read() as tx:
            return baselines.history(tx)

    def set_baseline(self, window: Window, line: str | None, why: str, user: str) -> Baseline:
        """Set the plant's own period before: an explicit act, written down. PlantError: bad_window."""
        check_line(line)
        check_window(window)
        now = self.now()
        baseline = Baseline(
            id="",
            line=line,
            from_utc=window.from_utc,
            to_utc=window.to_utc,
            set_utc=now,
            set_by=user,
            why=why,
        )
        detail = {"from": window.from_utc.isoformat(), "to": window.to_utc.isoformat(), "why": why}
        entry = AuditView(utc=now, user=user, action="set_baseline", subject=line or "", detail=detail)
        with self.database.write() as tx:
            baselines.add(tx, self.owner, baseline)
            people.note(tx, self.owner, entry)
            kept = baselines.in_force(tx, line)
        return kept or baseline

    def _count(self, tx: Transaction, window: Window, line: str | None, held: Held) -> Counted:
        counted, made = totals.count(tx, window, line, held)
        marked = replace(counted, demo=counted.demo or self.demo)
        inputs = kpi_inputs(tx, window, line, (marked, made), self.now(), self.economics, self.ledger, held)
        return Counted(totals=marked, events_held=totals.events_held(tx, line), inputs=inputs)

    def _computed(self, counted: Counted) -> tuple[Kpi, ...]:
        return compute(counted.totals, events_held=counted.events_held, now=self.now(), inputs=counted.inputs)


def _window_of(baseline: Baseline) -> Window:
    return Window(from_utc=baseline.from_utc, to_utc=baseline.to_utc, name="baseline")


def _by_code(kpis: tuple[Kpi, ...]) -> dict[str, Kpi]:
    return {kpi.code: kpi for kpi in kpis}
