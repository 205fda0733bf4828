"""The balances of shifts and lots, drawn from rows as they are now, kept, and alarmed about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.event_terms import MassFlow
from service.plant.errors import PlantError
from service.plant.ledger.balance import (
    UNCOUNTED,
    Balance,
    FlowSum,
    Stock,
    UnaccountedLimit,
    add_up,
    balance,
)
from service.plant.ledger.genealogy import descendants, lot_shares
from service.plant.ledger.stock import stock_of
from service.plant.ledger.terms import BalanceStatus, Basis, Step
from service.plant.shifts import Shift
from service.plant.store import balances, facts, flows, stocks
from service.plant.store.balances import statement_of
from service.plant.store.database import Transaction
from service.plant.store.flows import Flow
from service.plant.store.people import Owner
from service.plant.store.plant_alarms import PlantAlarm, clear_alarm, raise_alarm
from service.plant.views.ledger import Statement
from service.said.codes import Said
from service.said.sayings import say
from service.settings import LedgerSettings

CODE = "unaccounted"
WHOLE = ""  # the place of a lot's balance over all steps
STEPS = list(Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stater:
    """Draws balances and keeps them."""

    owner: Owner
    settings: LedgerSettings

    @property
    def limit(self) -> UnaccountedLimit:
        """How much may be missing."""
        return UnaccountedLimit(
            pct=self.settings.unaccounted_limit_pct, least=self.settings.unaccounted_least
        )

    def of_window(
        self, tx: Transaction, place: str, from_utc: datetime, to_utc: datetime
    ) -> list[tuple[Balance, bool]]:
        """A place's balances over a stretch of time, one a basis, and whether rendered input had a part."""
        rows = flows.measured(tx, place, from_utc, to_utc) + flows.estimated(tx, place, from_utc, to_utc)
        demo = any(is_demo for _, _, is_demo in rows)
        bases = [basis for basis in Basis if any(row[0] is basis for row in rows)]
        counts = stocks.counted_near(tx, [place], [from_utc, to_utc]).get(place, [])
        return [
            (
                self._drawn(
                    basis,
                    [flow for of, flow, _ in rows if of is basis],
                    stock_of(counts, basis, from_utc, to_utc),
                ),
                demo,
            )
            for basis in bases
        ]

    def of_shift(self, tx: Transaction, shift: Shift, now: datetime, reason: str) -> list[Statement]:
        """The balances of every place that had something to do in a shift."""
        found = []
        for place in flows.places(tx, shift.from_utc, shift.to_utc):
            for drawn, demo in self.of_window(tx, place, shift.from_utc, shift.to_utc):
                found.append(
                    statement_of(
                        drawn,
                        scope="shift",
                        subject=subject_of(shift),
                        place=place,
                        window=(shift.from_utc, shift.to_utc),
                        now=now,
                        reason=reason,
                        demo=demo,
                    )
                )
        return found

    def of_lot(self, tx: Transaction, lot_id: str, now: datetime, reason: str) -> list[Statement]:
        """A lot's balances: one a place and basis, and the whole way from delivery to the last step.

        What was booked on a mixture counts by the lot's share in it.

        Raises:
            PlantError: unknown_lot.
        """
        named = flows.lot_names(tx, lot_id)
        if named is None:
            raise PlantError("unknown_lot", f"lot {lot_id} is not known; open it from the list of lots")
        _, run_ids = named
        booked = self._booked(tx, lot_id, run_ids)
        fed = [(line, Step.RUN, Basis.MASS, flow) for line, flow in flows.lot_feeds(tx, run_ids)]
        everything = booked + fed
        lying = self._stock_of_lot(tx, lot_id, run_ids)
        drawn = [
            (
                place,
                self._drawn(
                    basis,
                    [flow for at, _, of, flow in everything if (at, of) == (place, basis)],
                    lying.get((place, basis), UNCOUNTED),
                ),
            )
            for place, basis in sorted({(at, of) for at, _, of, _ in everything})
        ]
        whole = _end_to_end([(step, flow) for _, step, of, flow in booked if of is Basis.MASS])
        if whole:
            masses = [stock for (_, basis), stock in lying.items() if basis is Basis.MASS]
            drawn.append((WHOLE, balance(Basis.MASS, whole, self.limit, _together(masses))))
        return [
            statement_of(
                one, scope="lot", subject=lot_id, place=place, window=None, now=now, reason=reason, demo=False
            )
            for place, one in drawn
        ]

    def keep(self, tx: Transaction, statements: Iterable[Statement], now: datetime) -> int:
        """Keep statements and raise or clear their alarms; returns how many said something new."""
        new = 0
        for statement in statements:
            new += balances.record(tx, self.owner, statement)
            subject = f"{statement.scope} {statement.subject} {statement.place} {statement.basis.value}"
            if statement.status is BalanceStatus.UNACCOUNTED:
                raise_alarm(tx, self.owner, _alarm(statement, subject), now)
            else:
                clear_alarm(tx, CODE, subject, now)
        return new

    def _drawn(self, basis: Basis, rows: Iterable[Flow], stock: Stock) -> Balance:
        return balance(basis, add_up(rows), self.limit, stock)

    def _stock_of_lot(
        self, tx: Transaction, lot_id: str, run_ids: set[str]
    ) -> dict[tuple[str, Basis], Stock]:
        """What of a lot still lies at each place: its newest counts.

        Counts of before the lot was closed say nothing of what is left, and something that moved since a
        count makes it unknown how much lies there.
        """
        units = sorted(set().union(*(descendants(tx, run_id) for run_id in sorted(run_ids))))
        lot = facts.unit(tx, lot_id)
        closed = lot.closed_utc if lot is not None and lot.step is Step.LOT else None
        moved = stocks.newest_flows(tx, units, sorted(run_ids))
        counts = stocks.newest_of_units(tx, units, sorted(run_ids))
        mixed = lot_shares(tx, sorted({unit_id for _, unit_id in counts} - run_ids))
        left: dict[tuple[str, Basis], float | None] = {}
        for (place, unit_id), (named, count) in sorted(counts.items()):
            if closed is not None and count.utc < closed:
                continue
            own = unit_id in run_ids or named in run_ids
            share = 1.0 if own else mixed[unit_id].get(lot_id, 0.0)
            before = left.get((place, count.basis), 0.0)
            stale = place in moved and moved[place] > count.utc
            left[place, count.basis] = None if stale or before is None else before + count.quantity * share
        return {key: Stock(before=0.0, after=after) for key, after in left.items()}

    def _booked(self, tx: Transaction, lot_id: str, run_ids: set[str]) -> list[tuple[str, Step, Basis, Flow]]:
        units = sorted(set().union(*(descendants(tx, run_id) for run_id in sorted(run_ids))))
        rows = flows.flows_of_units(tx, units, sorted(run_ids))
        mixed = lot_shares(tx, sorted({unit_id for _, _, unit_id, _, _ in rows} - run_ids))
        found = []
        for place, step, unit_id, basis, (flow, is_estimate, quantity) in rows:
            share = 1.0 if unit_id in run_ids else mixed[unit_id].get(lot_id, 0.0)
            found.append((place, step, basis, (flow, is_estimate, quantity * share)))
        return found


def subject_of(shift: Shift) -> str:
    """How a shift is called: the local day on which it began and its name."""
    return f"{shift.day.isoformat()}/{shift.name}"


def _together(stocks_of_places: list[Stock]) -> Stock:
    """The stock at all places; one of them not known makes it not known."""
    after = [stock.after for stock in stocks_of_places]
    if not after:
        return UNCOUNTED
    known = [quantity for quantity in after if quantity is not None]
    return Stock(before=0.0, after=sum(known) if len(known) == len(after) else None)


def _end_to_end(rows: list[tuple[Step, Flow]]) -> dict[MassFlow, FlowSum]:
    """From the first step's input to the last step's good output, with the losses of all steps between."""
    inputs = [step for step, flow in rows if flow[0] is MassFlow.INPUT]
    goods = [step for step, flow in rows if flow[0] is MassFlow.GOOD]
    if not inputs or not goods:
        return {}
    first, last = min(inputs, key=STEPS.index), max(goods, key=STEPS.index)
    kept = [
        flow
        for step, flow in rows
        if not (flow[0] is MassFlow.INPUT and step is not first)
        and not (flow[0] is MassFlow.GOOD and step is not last)
    ]
    return add_up(kept)


def _alarm(statement: Statement, subject: str) -> PlantAlarm:
    unit = statement.basis.unit
    missing = statement.unaccounted or 0.0
    share = 100 * missing / statement.input if statement.input else 0.0
    place = statement.place
    said = say(
        Said.UNACCOUNTED,
        scope=statement.scope,
        subject=statement.subject,
        because=say(Said.AT_PLACE, place=place) if place else say(Said.WHOLE_WAY),
        missing=missing,
        input=statement.input or 0.0,
        unit=unit,
        share=share,
        limit=statement.limit_pct,
    )
    return PlantAlarm(
        code=CODE,
        subject=subject,
        line=statement.place,
        said=said,
        demo=statement.demo,
    )
