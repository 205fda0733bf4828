"""One alarm an excursion: the next signals of it are counted, not cried out again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.events import Tenant
from service.plant.spc.reaction import ReactionPlan
from service.plant.store import quality_alarms
from service.plant.store.database import Transaction
from service.plant.views.quality_alarms import QualityAlarm

COVERED_BY = {"drift_up": "above", "drift_down": "below"}  # who hears of the jump need not hear of its trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What is watched: a chart or a drift measure of one article under one CNN on one line."""

    tenant: Tenant
    article: str
    bundle_id: str
    measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The newest look at a gauge: what signals, with value and bound."""

    point: int | None  # subgroup, or the order number of a rare defect
    utc: datetime
    limits_version: int
    signals: Mapping[str, tuple[float, float]]  # rule → value, bound
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursions:
    """Raises, goes on with and ends alarms."""

    plan: ReactionPlan
    now: datetime

    def note(self, tx: Transaction, gauge: Gauge, reading: Reading) -> None:
        """Take a reading in."""
        line = gauge.tenant.line
        running = quality_alarms.running(tx, line, gauge.article, gauge.bundle_id, gauge.measure)
        for rule, alarm in running.items():
            if rule in reading.signals:
                quality_alarms.go_on(tx, alarm.id, reading.point)
            else:
                quality_alarms.end(tx, alarm.id, reading.utc)
        told = {*running, *reading.signals}
        for rule, (value, bound) in reading.signals.items():
            if rule not in running and not told & {COVERED_BY.get(rule)}:
                alarm = self._alarm(gauge, reading, rule, value, bound)
                quality_alarms.raise_alarm(tx, gauge.tenant, alarm)

    def _alarm(self, gauge: Gauge, reading: Reading, rule: str, value: float, bound: float) -> QualityAlarm:
        reaction = self.plan.of(rule)
        return QualityAlarm(
            id=0,
            line=gauge.tenant.line,
            article=gauge.article,
            bundle_id=gauge.bundle_id,
            measure=gauge.measure,
            rule=rule,
            limits_version=reading.limits_version,
            first_point=reading.point,
            last_point=reading.point,
            signals=1,
            value=value,
            bound=bound,
            plan_id=self.plan.id,
            plan_version=self.plan.version,
            steps=reaction.steps,
            respond_within_min=reaction.respond_within_min,
            raised_utc=self.now,
            ended_utc=None,
            acknowledged_utc=None,
            acknowledged_by=None,
            cause="",
            action="",
            demo=reading.demo,
        )
