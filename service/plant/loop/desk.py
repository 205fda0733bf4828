"""`Loop`: what the plant's web and console ask of the closed loop. Engineers set bounds; the rounds move."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.events import Tenant
from service.plant.acting import check_line
from service.plant.commands import Dispatcher
from service.plant.errors import PlantError
from service.plant.loop.blame import blame
from service.plant.loop.checks import Checks
from service.plant.loop.curve import FEWEST_POINTS, read_trade, spectrum_of
from service.plant.loop.fabric import Fabric, read_fabric
from service.plant.loop.steering import Steering
from service.plant.store import live, loop_actions, loop_evidence, loop_rows, people
from service.plant.store.database import Database, Transaction
from service.plant.views.loop import (
    Blame,
    Bounds,
    KindCurve,
    Lock,
    LoopAction,
    LoopState,
    ShotCheck,
    ShotToCheck,
)
from service.plant.views.people import AuditView
from vision.taxonomy import DefectKind

TO_CHECK_OVER = timedelta(hours=4)
FABRIC_EVERY = timedelta(hours=1)  # genealogy changes slowly, and walking it takes seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Bounds, locks, curves, checks, states, actions and blame.

    A method that fails raises PlantError: unknown_line, bad_bounds, bad_curve, bad_check, bad_csv.
    """

    database: Database
    owner: people.Owner
    lines: Sequence[str]
    checks: Checks
    steering: Steering
    now: Callable[[], datetime]
    _fabric: list[tuple[datetime, Fabric]] = field(default_factory=list)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls, database: Database, owner: people.Owner, lines: Sequence[str], now: Callable[[], datetime]
    ) -> "Loop":
        """Over the plant's database and clock."""
        dispatcher = Dispatcher(database=database, owner=owner, now=now)
        return cls(
            database=database,
            owner=owner,
            lines=lines,
            checks=Checks(database=database, owner=owner, now=now),
            steering=Steering(database=database, owner=owner, dispatcher=dispatcher, now=now),
            now=now,
        )

    def bounds(self, line: str | None = None) -> tuple[Bounds, ...]:
        """Bounds in force."""
        with self.database.read() as tx:
            return loop_rows.bounds(tx, self._known(line))

    def set_bounds(self, bounds: Bounds, user: str) -> Bounds:
        """Put bounds into force; `start` is the threshold that the line has now."""
        check_line(bounds.line)
        _check_bounds(bounds)
        if not bounds.why.strip():
            raise PlantError("bad_bounds", "say why the bounds are set so, in a few words")
        self._known(bounds.line)
        with self.database.write() as tx:
            bundle_id = loop_evidence.running(tx, bounds.line).bundle_id
            made = replace(bounds, bundle_id=bundle_id, set_by=user, set_utc=self.now())
            loop_rows.add_bounds(tx, self._tenant(tx, bounds.line), made)
            told = {"article": made.article, "kind": made.kind, "why": made.why}
            told |= {name: f"{getattr(made, name):g}" for name in ("low", "high", "step", "start")}
            self._note(tx, user, "loop_bounds", made.line, told)
        self.steering.forget(bounds.line)
        return made

    def lock(self, line: str, article: str, kind: str, *, locked: bool, why: str, user: str) -> Lock:
        """Keep the loop's hands off a threshold (kind empty: off all of the article), or give it free."""
        check_line(line)
        self._known(line)
        if not why.strip():
            raise PlantError("bad_bounds", "say why it is locked or given free, in a few words")
        made = Lock(line=line, article=article, kind=kind, locked=locked, by=user, utc=self.now(), why=why)
        with self.database.write() as tx:
            loop_rows.add_lock(tx, self._tenant(tx, line), made)
            told = {"article": article, "kind": kind, "locked": str(locked).lower(), "why": why}
            self._note(tx, user, "loop_lock", line, told)
        return made

    def locks(self, line: str | None = None) -> tuple[Lock, ...]:
        """The last word on each line, article and kind."""
        with self.database.read() as tx:
            return loop_rows.locks(tx, self._known(line))

    def take_curves(
        self, line: str, article: str, text: str, *, source: str, user: str
    ) -> tuple[KindCurve, ...]:
        """Put the curves that `maqta twin trade --json` printed into force, kind by kind.

        Kinds that were hardly seen have no curve and are left out; answers with those that were taken.
        """
        check_line(line)
        self._known(line)
        made = []
        for kind, (points, measured_t, demo) in read_trade(text).items():
            if len(points) < FEWEST_POINTS:
                continue
            spectrum_of(points, measured_t)  # refuses what can't be steered by
            made.append(
                KindCurve(
                    line=line, article=article, kind=kind, points=points, measured_t=measured_t,
                    taken_by=user, taken_utc=self.now(), source=source, demo=demo,
                )
            )  # fmt: skip
        if not made:
            raise PlantError("bad_curve", "no kind has a curve: measure longer, with a lower recipe.unsure")
        with self.database.write() as tx:
            for curve in made:
                loop_rows.add_curve(tx, self._tenant(tx, line), curve)
            told = {"article": article, "kinds": ", ".join(curve.kind for curve in made), "source": source}
            self._note(tx, user, "loop_curves", line, told)
        self.steering.forget(line)
        return tuple(made)

    def curves(self, line: str | None = None) -> tuple[KindCurve, ...]:
        """Curves in force."""
        with self.database.read() as tx:
            return loop_rows.curves(tx, self._known(line))

    def shot_checks(self, line: str | None = None, limit: int = 100) -> tuple[ShotCheck, ...]:
        """What the reject bin showed, newest first."""
        with self.database.read() as tx:
            return tuple(loop_evidence.checks(tx, line=self._known(line), limit=limit))

    def shots_to_check(self, line: str, limit: int = 20) -> tuple[ShotToCheck, ...]:
        """Shots of the last four hours that nobody looked at, newest first."""
        with self.database.read() as tx:
            return tuple(
                loop_evidence.to_check(tx, self._known(line) or line, self.now() - TO_CHECK_OVER, limit)
            )

    def states(self, line: str | None = None) -> tuple[LoopState, ...]:
        """Every threshold under the loop, and why it moves or stays; nothing is moved by asking."""
        known = self._known(line)
        wanted = self.lines if known is None else [known]
        priors = self.fabric().priors
        with self.database.read() as tx:
            return tuple(state for name in wanted for state in self.steering.states(tx, name, priors))

    def actions(
        self, line: str | None = None, kind: str | None = None, limit: int = 100
    ) -> tuple[LoopAction, ...]:
        """What the loop did and advised, newest first, with answers and scores; kind: "threshold", "plan"."""
        with self.database.read() as tx:
            return loop_actions.newest(tx, line=self._known(line), kind=kind, limit=limit)

    def blame(self) -> tuple[Blame, ...]:
        """Lots and suppliers by the contamination of the fabric that was made of them, the worst first."""
        return self.fabric().blames

    def fabric(self) -> Fabric:
        """What fabric says of lots, suppliers and the lots that run; read anew once an hour."""
        now = self.now()
        with self._one_at_a_time:
            if not self._fabric or now - self._fabric[0][0] >= FABRIC_EVERY:
                with self.database.read() as tx:
                    read = read_fabric(tx, now)
                self._fabric[:] = [(now, replace(read, blames=blame(read.rolls, read.suppliers)))]
            return self._fabric[0][1]

    def advance(self) -> None:
        """The round: hear answers, learn, move what may move, score what is due."""
        with self.database.read() as tx:
            steered = {bounds.line for bounds in loop_rows.bounds(tx)}
        if not steered:
            return
        priors = self.fabric().priors
        for line in sorted(steered & set(self.lines)):
            self.steering.advance(line, priors)

    def _tenant(self, tx: Transaction, line: str) -> Tenant:
        area = live.tenant_area(tx, line)
        return Tenant(enterprise=self.owner.enterprise, site=self.owner.site, area=area, line=line)

    def _note(self, tx: Transaction, user: str, action: str, line: str, detail: dict[str, str]) -> None:
        entry = AuditView(utc=self.now(), user=user, action=action, subject=line, detail=detail)
        people.note(tx, self.owner, entry)

    def _known(self, line: str | None) -> str | None:
        if line is not None and line not in self.lines:
            raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
        return line


def _check_bounds(bounds: Bounds) -> None:
    if bounds.kind not in {kind.value for kind in DefectKind}:
        raise PlantError("bad_bounds", f"{bounds.kind!r} is no kind of finding; take one of the taxonomy")
    if not bounds.low <= bounds.start <= bounds.high or bounds.low >= bounds.high:
        raise PlantError(
            "bad_bounds",
            f"{bounds.kind}: start {bounds.start:g} must lie within {bounds.low:g} to {bounds.high:g}, and "
            f"low below high",
        )
    if not 0 < bounds.step <= bounds.high - bounds.low:
        raise PlantError(
            "bad_bounds",
            f"{bounds.kind}: a step of {bounds.step:g} must be above 0 and at most "
            f"{bounds.high - bounds.low:g}",
        )
    least = min(
        bounds.hysteresis_pct, bounds.least_findings, bounds.least_checks, bounds.cool_down_min,
        bounds.miss_price, bounds.fibre_price_per_kg,
    )  # fmt: skip
    if least < 0 or bounds.hysteresis_pct > 100:
        raise PlantError("bad_bounds", f"{bounds.kind}: nothing may be below 0, hysteresis at most 100 %")
