"""What figures take from the ledger: masses by scales, planned and labour hours, energy, scrap, releases."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select

from service.event_terms import MassFlow
from service.plant.kpi.inputs import Amount, MassBalance, Stops
from service.plant.ledger.planned import planned_time
from service.plant.ledger.stock import stock_of
from service.plant.ledger.terms import Basis
from service.plant.memo import Held
from service.plant.shifts import Calendar, Shift
from service.plant.store import energy, facts, stocks, stop_rows
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import FLOWS, HOURS
from service.plant.store.stop_rows import Stop
from service.plant.store.tables import LINES
from service.plant.views.kpis import KpiSource, Window
from service.settings import LedgerSettings, ShiftSettings

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFacts:
    """Reads the ledger for one plant; None wherever nobody entered or measured anything."""

    settings: LedgerSettings
    calendar: Calendar

    def mass(self, tx: Transaction, window: Window, lines: Sequence[str]) -> MassBalance | None:
        """Kilograms by scales or entries; the good output must be among them, or nothing is known.

        The input is what was consumed: what went in less what lies there more at the end than at the start.
        """
        sums = _sums(tx, window, lines, Basis.MASS)
        good, taken_in = sums.get(MassFlow.GOOD), sums.get(MassFlow.INPUT)
        if good is None or taken_in is None:
            return None
        grown = self._stock_growth_kg(tx, window, lines)
        if grown is None:
            return None
        return MassBalance(
            input_kg=taken_in - grown,
            good_kg=good,
            by_product_kg=sums.get(MassFlow.BY_PRODUCT, 0.0),
            ejected_kg=sums.get(MassFlow.EJECTED, 0.0),
            waste_kg=sums.get(MassFlow.WASTE, 0.0),
            source=KpiSource.MEASURED,
        )

    def _stock_growth_kg(self, tx: Transaction, window: Window, lines: Sequence[str]) -> float | None:
        counts = stocks.counted_near(tx, lines, [window.from_utc, window.to_utc])
        grown = [
            stock_of(counts.get(line, []), Basis.MASS, window.from_utc, window.to_utc).growth
            for line in lines
        ]
        known = [kg for kg in grown if kg is not None]
        return sum(known) if len(known) == len(grown) else None

    def planned_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Shifts less breaks, days off and planned stops, of the lines that delivered in the window.

        An estimate while the plant has told neither a break nor a day off: shifts then fill the clock.
        """
        delivering = _delivering(tx, window, lines)
        if not delivering:
            return None
        planned = {reason.code for reason in self.settings.stop_reasons if reason.planned}
        stopped = facts.stops_of(tx, delivering, window.from_utc, window.to_utc)
        alike = Counter(
            tuple((stop.from_utc, stop.to_utc) for stop in stopped[line] if stop.reason in planned)
            for line in delivering
        )
        days_off = self.settings.days_off
        times = (
            planned_time(self.calendar, days_off, stops, window.from_utc, window.to_utc) * lines_alike
            for stops, lines_alike in alike.items()
        )
        hours = sum(times, timedelta()) / HOUR
        told = bool(self.settings.days_off) or any(shift.break_min for shift in self.calendar.shifts)
        source = KpiSource.MEASURED if told else KpiSource.ESTIMATED
        return Amount(value=hours, source=source) if hours > 0 else None

    def labour_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Planned people by shift times its hours, on lines that delivered; None: no shift names people."""
        delivering = _delivering(tx, window, lines)
        if not delivering or any(shift.people_per_line is None for shift in self.calendar.shifts):
            return None
        hours = sum(
            self._busy_h(shift, window) * (self._settings_of(shift).people_per_line or 0.0)
            for shift in self._shifts(window)
        )
        return Amount(value=hours * len(delivering), source=KpiSource.ESTIMATED) if hours > 0 else None

    def energy_kwh(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """What the lines' energy counters grew by; complete where every line has one."""
        grown = energy.energy_of_lines(tx, window.from_utc, window.to_utc, lines)
        known = [kwh for kwh, _ in grown.values()]
        if not known:
            return None
        return Amount(value=sum(known), completeness=len(known) / len(lines))

    def scrap(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """m2 of cloth booked as waste."""
        waste = _sums(tx, window, lines, Basis.AREA).get(MassFlow.WASTE)
        return None if waste is None else Amount(value=waste)

    def rework(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """m2 of cloth booked as taken in again with the cause "rework"."""
        total = tx.execute(
            select(func.sum(FLOWS.c.quantity)).where(
                FLOWS.c.line.in_(lines),
                FLOWS.c.utc >= window.from_utc,
                FLOWS.c.utc < window.to_utc,
                FLOWS.c.basis == Basis.AREA.value,
                FLOWS.c.flow == MassFlow.INPUT.value,
                FLOWS.c.cause == "rework",
                FLOWS.c.superseded_by.is_(None),
            )
        ).scalar()
        return None if total is None else Amount(value=float(total))

    def stops(
        self, tx: Transaction, window: Window, lines: Sequence[str], planned_h: float, held: Held
    ) -> Stops:
        """Unplanned stops by reason, in planned busy time."""
        found = stop_rows.sums(tx, window, lines, self._planned_reasons, self._busy, held)
        return Stops(count=found.count, minutes_by_reason=found.minutes, planned_h=planned_h)

    def each_stop(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Iterator[Stop]:
        """The stops behind that."""
        return stop_rows.stops(tx, window, lines, self._planned_reasons, self._busy)

    @property
    def _planned_reasons(self) -> set[str]:
        return {reason.code for reason in self.settings.stop_reasons if reason.planned}

    def _busy(self, line: str, from_utc: datetime, to_utc: datetime) -> timedelta:
        if not self.settings.days_off and not any(shift.break_min for shift in self.calendar.shifts):
            return to_utc - from_utc
        return planned_time(self.calendar, self.settings.days_off, (), from_utc, to_utc)

    def _shifts(self, window: Window) -> Iterator[Shift]:
        moment = window.from_utc
        while moment < window.to_utc:
            shift = self.calendar.shift_at(moment)
            yield shift
            moment = shift.to_utc

    def _busy_h(self, shift: Shift, window: Window) -> float:
        """Hours of a shift that fall into a window, its break taken off by their share; 0 on a day off."""
        off = any(free.day == shift.day and free.shift in ("", shift.name) for free in self.settings.days_off)
        inside = _overlap_h(shift.from_utc, shift.to_utc, window)
        whole = (shift.to_utc - shift.from_utc) / HOUR
        if off or whole <= 0:
            return 0.0
        return inside * (1 - self._settings_of(shift).break_min / 60 / whole)

    def _settings_of(self, shift: Shift) -> ShiftSettings:
        return next(each for each in self.calendar.shifts if each.name == shift.name)


def _delivering(tx: Transaction, window: Window, lines: Sequence[str]) -> list[str]:
    worked = exists().where(
        HOURS.c.line == LINES.c.line,
        HOURS.c.hour_utc > window.from_utc - HOUR,
        HOURS.c.hour_utc < window.to_utc,
    )
    return sorted(tx.execute(select(LINES.c.line).where(LINES.c.line.in_(lines), worked)).scalars())


def _sums(tx: Transaction, window: Window, lines: Sequence[str], basis: Basis) -> dict[MassFlow, float]:
    """What was booked each way at these lines."""
    query = (
        select(FLOWS.c.flow, func.sum(FLOWS.c.quantity).label("quantity"))
        .where(
            FLOWS.c.line.in_(lines),
            FLOWS.c.utc >= window.from_utc,
            FLOWS.c.utc < window.to_utc,
            FLOWS.c.basis == basis.value,
            FLOWS.c.superseded_by.is_(None),
        )
        .group_by(FLOWS.c.flow)
    )
    return {MassFlow(row.flow): float(row.quantity) for row in tx.execute(query)}


def _overlap_h(start: datetime, end: datetime, window: Window) -> float:
    inside = min(end, window.to_utc) - max(start, window.from_utc)
    return max(0.0, inside / HOUR)
