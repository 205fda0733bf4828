"""Forecasts, cost of poor quality and advice of the plant."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.kpi.economics import Economics, PriceVersion
from service.plant.outlook.advice import Dimension, advise, rate_of
from service.plant.outlook.copq import CostOfPoorQuality, cost_of_poor_quality
from service.plant.outlook.forecast import FEWEST_SHIFTS, Ahead, look_ahead
from service.plant.outlook.series import Piece, SeriesKey, series_of
from service.plant.shifts import Calendar, check_window
from service.plant.store import outlook_rows, people, totals
from service.plant.store.database import Database, Transaction
from service.plant.store.kpi_inputs import Ledger, kpi_inputs
from service.plant.suppliers import mostly_of
from service.plant.views.advice import Advice
from service.plant.views.kpis import Window
from service.plant.views.people import AuditView

HISTORY = timedelta(days=90)
ADVICE_OVER = timedelta(days=28)
SCORE_AFTER = timedelta(days=7)  # a week of the new ways before they are judged
WEEK = timedelta(days=7)
ACCEPTED, DECLINED, PROPOSED = "accepted", "declined", "proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A figure a shift and a week ahead; hidden where it does not beat the naive forecast."""

    key: SeriesKey
    shifts: int  # of history
    last_rate: float
    next_shift: Ahead | None  # None: not shown
    next_week: Ahead | None
    hidden_because: str
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlooks:
    """Looks ahead and gives advice; what a shift's end does not change is worked out once a shift."""

    database: Database
    owner: people.Owner
    calendar: Calendar
    now: Callable[[], datetime]
    economics: Economics | None
    ledger: Ledger | None = None
    _held: dict[datetime, tuple[Forecast, ...]] = field(default_factory=dict)
    _advised: set[datetime] = field(default_factory=set)  # the shift that advice was last given in
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def forecasts(self) -> tuple[Forecast, ...]:
        """Every series by line, article and supplier, up to the last whole shift.

        PlantError: no_forecast: the library is not installed.
        """
        end = self.calendar.shift_at(self.now()).from_utc
        with self._one_at_a_time:
            if end not in self._held:
                made = self._forecasts(end)
                self._held.clear()
                self._held[end] = made
            return self._held[end]

    def cost_of_poor_quality(self, window: Window, line: str | None) -> CostOfPoorQuality:
        """What poor quality cost, by cause. PlantError: bad_window, no_prices."""
        check_window(window)
        economics, prices = self._prices(window.to_utc)
        with self.database.read() as tx:
            inputs = kpi_inputs(
                tx, window, line, totals.count(tx, window, line), self.now(), economics, self.ledger
            )
            cloth = outlook_rows.downgraded(tx, window, line)
            fibre = outlook_rows.ejected(tx, window, line)
        return cost_of_poor_quality(prices, economics, cloth, fibre, inputs)

    def advice(self) -> tuple[Advice, ...]:
        """All advice ever given, the dearest first."""
        with self.database.read() as tx:
            return outlook_rows.advice(tx)

    def decide(self, advice_id: int, *, accept: bool, note: str, user: str) -> Advice:
        """Take a recommendation up or decline it. PlantError: unknown_advice, already_decided."""
        check_line(None)
        now = self.now()
        with self.database.write() as tx:
            found = outlook_rows.one_advice(tx, advice_id)
            if found is None:
                raise PlantError("unknown_advice", f"advice {advice_id} is not known; open it from the list")
            if found.status != PROPOSED:
                raise PlantError(
                    "already_decided", f"advice {advice_id} is {found.status} by {found.decided_by}"
                )
            status = ACCEPTED if accept else DECLINED
            outlook_rows.decide(tx, advice_id, status, user, now, note)
            detail = {"status": status, "note": note}
            entry = AuditView(utc=now, user=user, action="advice", subject=str(advice_id), detail=detail)
            people.note(tx, self.owner, entry)
            return outlook_rows.one_advice(tx, advice_id) or found

    def advance(self) -> None:
        """Once a shift: give new advice, score what was accepted a week ago; without prices there is none."""
        if self.economics is None or self.economics.at(self.now().date()) is None:
            return
        now = self.now()
        shift = self.calendar.shift_at(now).from_utc
        if shift in self._advised:
            return
        economics, prices = self._prices(now)
        with self.database.read() as tx:  # reading takes seconds, and nobody may wait for it
            recent = _pieces(tx, Window(from_utc=now - ADVICE_OVER, to_utc=now))
            standing = outlook_rows.advice(tx, only=(PROPOSED, ACCEPTED))
            due = [(each, rate) for each in standing if (rate := self._rate_after(tx, each, now)) is not None]
        known = {(each.kind, f"{each.subject}|{each.article}", each.measured_by) for each in standing}
        made = [
            found
            for found in advise(recent, self._dimensions(), prices, _days(recent))
            if (found.kind, found.group, found.measure) not in known
        ]
        if made or due:
            with self.database.write() as tx:
                for found in made:
                    outlook_rows.add_advice(tx, self.owner, found, economics.currency, now)
                for each, rate in due:
                    outlook_rows.score(tx, each.id, rate, _gained(each, rate), now)
        self._advised.clear()
        self._advised.add(shift)

    def _rate_after(self, tx: Transaction, advice: Advice, now: datetime) -> float | None:
        """The figure in the week after it was accepted; None: that week is not over, or nothing ran."""
        if advice.status != ACCEPTED or advice.decided_utc is None or now < advice.decided_utc + SCORE_AFTER:
            return None
        after = Window(from_utc=advice.decided_utc, to_utc=advice.decided_utc + SCORE_AFTER)
        return rate_of(self._group(advice, _pieces(tx, after)))

    def _group(self, advice: Advice, pieces: list[Piece]) -> list[Piece]:
        """The pieces that a recommendation is about."""
        name = next(each.name for each in self._dimensions() if each.kind == advice.kind)
        return [
            piece
            for piece in pieces
            if piece.measure == advice.measured_by
            and name(piece) == advice.subject
            and advice.article in ("", piece.article)
        ]

    def _dimensions(self) -> tuple[Dimension, ...]:
        return (
            Dimension(kind="supplier", name=lambda piece: piece.supplier, by_article=True),
            Dimension(kind="line", name=lambda piece: piece.line, by_article=True),
            Dimension(
                kind="shift", name=lambda piece: self.calendar.shift_at(piece.utc).name, by_article=False
            ),
        )

    def _forecasts(self, end: datetime) -> tuple[Forecast, ...]:
        with self.database.read() as tx:
            pieces = _pieces(tx, Window(from_utc=end - HISTORY, to_utc=end))
        week_shifts = round(WEEK / timedelta(days=1)) * len(self.calendar.shifts)
        demo = any(piece.demo for piece in pieces)
        made = []
        for key, shifts in sorted(
            series_of(pieces, self.calendar.shift_at).items(), key=lambda item: str(item)
        ):
            rates = [shift.rate for shift in shifts]
            if len(rates) < FEWEST_SHIFTS:
                why = f"{len(rates)} shifts of history; {FEWEST_SHIFTS} are needed to judge a forecast"
                ahead: tuple[Ahead | None, Ahead | None] = (None, None)
            else:
                both = look_ahead(rates, (1, week_shifts))
                ahead = (both[0] if both[0].shown else None, both[1] if both[1].shown else None)
                why = "" if all(ahead) else "it is not closer than taking the last shift for the next"
            made.append(
                Forecast(
                    key=key,
                    shifts=len(rates),
                    last_rate=rates[-1],
                    next_shift=ahead[0],
                    next_week=ahead[1],
                    hidden_because=why,
                    demo=demo,
                )
            )
        return tuple(made)

    def _prices(self, moment: datetime) -> tuple[Economics, PriceVersion]:
        prices = self.economics.at(moment.date()) if self.economics else None
        if self.economics is None or prices is None:
            raise PlantError(
                "no_prices", "money needs the plant's prices: name a file as economics in PLANT.toml"
            )
        return self.economics, prices


def _pieces(tx: Transaction, window: Window) -> list[Piece]:
    """Rolls and lots of a window; a roll is a supplier's where nearly all of it leads back to one."""
    found = outlook_rows.pieces(tx, window)
    rolls = [piece.id for piece in found if piece.measure == outlook_rows.DEFECT_LEVEL]
    names = mostly_of(tx, rolls)
    return [replace(piece, supplier=names[piece.id]) if piece.id in names else piece for piece in found]


def _days(pieces: list[Piece]) -> float:
    """Days that pieces span; at least one."""
    if not pieces:
        return 1.0
    return max(1.0, (pieces[-1].utc - pieces[0].utc) / timedelta(days=1))


def _gained(advice: Advice, after: float) -> float:
    """Money a week, at the price the advice was given with."""
    hoped = advice.before_value - advice.expected_value
    return advice.expected_per_week * (advice.before_value - after) / hoped if hoped > 0 else 0.0
