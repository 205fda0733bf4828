"""What the ledger knows for key figures: masses by scales, planned time, energy, cloth that was cut out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.event_terms import MassFlow
from service.plant.kpi.inputs import Amount, MassBalance
from service.plant.ledger.balance import add_up
from service.plant.ledger.planned import planned_time
from service.plant.ledger.terms import Basis
from service.plant.shifts import Calendar
from service.plant.store import facts, flows, measured
from service.plant.store.database import Transaction
from service.plant.views.kpis import KpiSource, Window
from service.settings import LedgerSettings

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFigures:
    """Answers the key figures' questions from entries and readings. None: nothing was entered."""

    settings: LedgerSettings
    calendar: Calendar
    has_shifts: bool  # the plant's settings name shifts
    now: Callable[[], datetime]

    def mass(self, tx: Transaction, window: Window, lines: Sequence[str]) -> MassBalance | None:
        """Kilograms in and out; only where both input and good output of the lines were weighed or entered.

        What the sorter ejected is its own estimate where nobody weighed it.
        """
        rows = [
            flow
            for line in lines
            for basis, flow, _ in (
                *flows.measured(tx, line, window.from_utc, window.to_utc),
                *flows.estimated(tx, line, window.from_utc, window.to_utc),
            )
            if basis is Basis.MASS
        ]
        sums = add_up(rows)
        taken_in, good = sums.get(MassFlow.INPUT), sums.get(MassFlow.GOOD)
        if taken_in is None or good is None or taken_in.measured is None or good.measured is None:
            return None

        def of(flow: MassFlow) -> float:
            return (sums[flow].value or 0.0) if flow in sums else 0.0

        return MassBalance(
            input_kg=taken_in.measured,
            good_kg=good.measured,
            by_product_kg=of(MassFlow.BY_PRODUCT),
            ejected_kg=of(MassFlow.EJECTED),
            waste_kg=of(MassFlow.WASTE),
            source=KpiSource.MEASURED,
        )

    def planned_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Planned busy time of the lines, from the shift calendar less days off, breaks and planned stops.

        Shifts around the clock without any of these say only that nobody planned anything: an estimate.
        """
        to_utc = min(window.to_utc, self.now())
        if not self.has_shifts or to_utc <= window.from_utc:
            return None
        planned = {reason.code for reason in self.settings.stop_reasons if reason.planned}
        has_plan = bool(self.settings.days_off) or any(shift.break_min for shift in self.calendar.shifts)
        total = timedelta()
        for line in lines:
            stops = [
                (stop.from_utc, stop.to_utc)
                for stop in facts.stops(tx, line, window.from_utc, to_utc)
                if stop.reason in planned
            ]
            has_plan = has_plan or bool(stops)
            total += planned_time(self.calendar, self.settings.days_off, stops, window.from_utc, to_utc)
        source = KpiSource.MEASURED if has_plan else KpiSource.ESTIMATED
        return Amount(value=total / HOUR, source=source)

    def labour_h(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Nobody can enter hours of work yet: they are in the mill's own time records."""
        return None

    def energy_kwh(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """What the lines' energy counters grew by; complete where every line has a counter."""
        metered = [measured.energy_kwh(tx, window.from_utc, window.to_utc, line)[0] for line in lines]
        known = [kwh for kwh in metered if kwh is not None]
        if not known:
            return None
        return Amount(value=sum(known), completeness=len(known) / len(metered))

    def scrap(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Square metres booked as waste."""
        found = [
            quantity
            for line in lines
            for basis, (flow, _, quantity), _ in flows.measured(tx, line, window.from_utc, window.to_utc)
            if basis is Basis.AREA and flow is MassFlow.WASTE
        ]
        return Amount(value=sum(found)) if found else None

    def rework(self, tx: Transaction, window: Window, lines: Sequence[str]) -> Amount | None:
        """Mended cloth has no entry of its own yet."""
        return None
