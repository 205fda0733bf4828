"""Control charts of the plant: subgroups are cut, limits frozen, signals become alarms with a plan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from service.events import Tenant
from service.plant.acting import check_line
from service.plant.chart_views import ChartState, ChartView, RareView, SubgroupView
from service.plant.errors import PlantError
from service.plant.excursions import Excursions, Gauge, Reading
from service.plant.pages import offset_of
from service.plant.rare_chart import RareChart
from service.plant.shifts import check_window
from service.plant.spc import chart, laney
from service.plant.spc.reaction import ReactionPlan
from service.plant.spc.records import ChartKey, Limits, Measure, Point, Rule, Sample, Subgroup
from service.plant.spc.subgroups import cut
from service.plant.store import live, people, quality_alarms, spc_drill, spc_rows, spc_spans
from service.plant.store.database import Database, Transaction
from service.plant.views.kpis import Window
from service.plant.views.lines import AlarmView
from service.plant.views.paging import Page
from service.plant.views.people import AuditView
from service.plant.views.quality_alarms import QualityAlarm
from service.said.codes import Said
from service.said.sayings import Saying, say

BASELINE_SUBGROUPS = 50  # version 1 is frozen from these
MEMORY = 60  # points that the EWMA is worked out from: older ones weigh less than 0.0002 %
SPANS_AT_ONCE = 5_000
COUNTED = (Measure.DEFECTIVE_FRAMES, Measure.DEFECTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Reads and writes charts; `advance` is called again and again, the rest by people."""

    database: Database
    owner: people.Owner
    plan: ReactionPlan
    lines: Sequence[str]
    now: Callable[[], datetime]

    def advance(self) -> int:
        """Cut what the lines delivered into subgroups and judge them; returns how many were closed."""
        return sum(self._advance_line(line) for line in self.lines)

    def states(self, line: str | None = None) -> tuple[ChartState, ...]:
        """Every chart: its limits, its newest point, and what it waits for."""
        with self.database.read() as tx:
            return tuple(
                self._state(tx, ChartKey(line=each, article=article, bundle_id=bundle_id, measure=measure))
                for each, article, bundle_id in spc_rows.keys(tx, line)
                for measure in COUNTED
            )

    def view(self, key: ChartKey, newest: int = 100) -> ChartView:
        """One chart with its points and every version of its limits."""
        with self.database.read() as tx:
            versions = spc_rows.history(tx, key)
            points = _drawn(tx, versions[-1], newest) if versions else ()
            waiting = len(spc_rows.first_samples(tx, key, BASELINE_SUBGROUPS)) if not versions else 0
        return ChartView(
            key=key,
            limits=tuple(limits for limits, _ in versions),
            points=points,
            baseline_subgroups=waiting,
            baseline_wanted=BASELINE_SUBGROUPS,
        )

    def rare(self, key: ChartKey) -> RareView:
        """The g chart of critical kinds: distances between them."""
        with self.database.read() as tx:
            return RareChart(excursions=Excursions(plan=self.plan, now=self.now())).view(tx, key)

    def freeze(self, key: ChartKey, from_utc: datetime, to_utc: datetime, why: str, user: str) -> Limits:
        """Freeze new limits from the subgroups of a stretch of time: an explicit act, written down.

        Raises:
            PlantError: too_few_subgroups, why_missing, bad_measure, bad_window.
        """
        check_line(key.line)
        check_window(Window(from_utc=from_utc, to_utc=to_utc))
        if not why.strip():
            raise PlantError("why_missing", "limits need a reason, e.g. 'new reed since Monday'; give one")
        if key.measure is Measure.RARE_DEFECTS:
            raise PlantError(
                "bad_measure", "the g chart takes its mean gap from its first events; freeze another one"
            )
        with self.database.write() as tx:
            samples = spc_rows.samples(tx, key, limit=10_000, between=(from_utc, to_utc))
            return self._freeze(tx, key, samples, why, user)

    def alarms(
        self, line: str | None = None, *, only_open: bool = False, page: int = 1, page_size: int = 50
    ) -> Page[QualityAlarm]:
        """Alarms, newest first; open ones have not been acknowledged."""
        with self.database.read() as tx:
            total, items = quality_alarms.listing(
                tx, line, only_open=only_open, offset=offset_of(page, page_size), limit=page_size
            )
        return Page(items=tuple(items), page=page, page_size=page_size, total=total)

    def open_alarm_views(self, line: str | None) -> list[AlarmView]:
        """Alarms that nobody acknowledged, as they stand among the lines' own."""
        return [
            AlarmView(
                line=alarm.line,
                code=f"quality_{alarm.rule}",
                detail=told.text,
                said=(told,),
                raised_utc=alarm.raised_utc,
                cleared_utc=None,
                demo=alarm.demo,
            )
            for alarm in self.alarms(line, only_open=True).items
            for told in [_beyond_limit(alarm)]
        ]

    def acknowledge(self, alarm_id: int, cause: str, action: str, user: str) -> QualityAlarm:
        """Take an alarm up, with what was found and done. PlantError: unknown_alarm."""
        now = self.now()
        with self.database.write() as tx:
            raised = quality_alarms.one(tx, alarm_id)
            if raised is None:
                raise PlantError(
                    "unknown_alarm", f"alarm {alarm_id} is not known; open it from the list of alarms"
                )
            check_line(raised.line)
            quality_alarms.acknowledge(tx, alarm_id, user, now, cause, action)
            detail = {"cause": cause, "action": action}
            people.note(
                tx,
                self.owner,
                AuditView(utc=now, user=user, action="acknowledge", subject=str(alarm_id), detail=detail),
            )
            found = quality_alarms.one(tx, alarm_id)
        if found is None:
            raise PlantError("unknown_alarm", f"alarm {alarm_id} is gone")
        return found

    def subgroup(self, subgroup_id: int) -> SubgroupView:
        """What a point was counted from, down to defects and pictures. PlantError: unknown_subgroup."""
        with self.database.read() as tx:
            row = spc_rows.subgroup(tx, subgroup_id)
            if row is None:
                raise PlantError(
                    "unknown_subgroup", f"subgroup {subgroup_id} is not known; open it from its chart"
                )
            return spc_drill.subgroup_view(tx, row)

    def _advance_line(self, line: str) -> int:
        closed, limit = 0, SPANS_AT_ONCE
        while True:
            with self.database.read() as tx:
                after = spc_rows.last_order(tx, line)
                spans = spc_spans.spans_after(tx, line, after, limit)
            groups = cut(spans)
            if not groups:
                if len(spans) < limit:
                    return closed
                limit *= 2  # spans of a frame each: take more at once
                continue
            self._keep(line, after, groups)
            closed += len(groups)

    def _keep(self, line: str, after: int, groups: Sequence[Subgroup]) -> None:
        """Store closed subgroups and judge them."""
        with self.database.write() as tx:
            tenant = self._tenant(tx, line)
            for group in groups:
                defects = spc_spans.sure_defects(tx, line, after, group.to_order)
                spc_rows.add_subgroup(tx, tenant, replace(group, from_order=after + 1), defects)
                after = group.to_order
                if group.whole:
                    for measure in COUNTED:
                        key = ChartKey(
                            line=line, article=group.article, bundle_id=group.bundle_id, measure=measure
                        )
                        self._judge(tx, tenant, key, demo=group.demo)
            newest = groups[-1]
            rare = ChartKey(
                line=line,
                article=newest.article,
                bundle_id=newest.bundle_id,
                measure=Measure.RARE_DEFECTS,
            )
            RareChart(excursions=Excursions(plan=self.plan, now=self.now())).judge(
                tx, tenant, rare, demo=newest.demo
            )

    def _judge(self, tx: Transaction, tenant: Tenant, key: ChartKey, *, demo: bool) -> None:
        frozen = spc_rows.newest_limits(tx, key)
        if frozen is None:
            self._freeze_first(tx, key)
            return
        points = _drawn(tx, frozen, 1)
        if not points:
            return
        newest = points[-1]
        gauge = Gauge(tenant=tenant, article=key.article, bundle_id=key.bundle_id, measure=key.measure.value)
        reading = Reading(
            point=newest.sample.id,
            utc=newest.sample.utc,
            limits_version=frozen[0].version,
            signals={signal.value: _value_and_bound(signal, newest) for signal in newest.signals},
            demo=demo,
        )
        Excursions(plan=self.plan, now=self.now()).note(tx, gauge, reading)

    def _freeze_first(self, tx: Transaction, key: ChartKey) -> None:
        samples = spc_rows.first_samples(tx, key, BASELINE_SUBGROUPS)
        if len(samples) < BASELINE_SUBGROUPS:
            return
        if sum(sample.count for sample in samples) == 0:
            return  # nothing was found yet: a rate of zero has no limits
        why = f"the first {BASELINE_SUBGROUPS} subgroups of this article, line and CNN"
        self._freeze(tx, key, samples, why, "plant")

    def _freeze(self, tx: Transaction, key: ChartKey, samples: list[Sample], why: str, user: str) -> Limits:
        baseline = laney.study(samples, key.measure)
        before = spc_rows.newest_limits(tx, key)
        now = self.now()
        limits = Limits(
            key=key,
            version=before[0].version + 1 if before else 1,
            centre=baseline.centre,
            sigma_z=baseline.sigma_z,
            subgroups=len(samples),
            outside=baseline.outside,
            from_utc=samples[0].utc,
            to_utc=samples[-1].utc,
            frozen_utc=now,
            frozen_by=user,
            why=why,
        )
        spc_rows.add_limits(tx, self._tenant(tx, key.line), limits, samples[-1].id)
        subject = f"{key.line}/{key.article}/{key.bundle_id}/{key.measure.value}"
        detail = {"version": str(limits.version), "centre": f"{limits.centre:.6g}", "why": why}
        people.note(
            tx, self.owner, AuditView(utc=now, user=user, action="freeze", subject=subject, detail=detail)
        )
        return limits

    def _state(self, tx: Transaction, key: ChartKey) -> ChartState:
        frozen = spc_rows.newest_limits(tx, key)
        points = _drawn(tx, frozen, MEMORY) if frozen else ()
        held = len(spc_rows.first_samples(tx, key, BASELINE_SUBGROUPS)) if not frozen else 0
        return ChartState(
            key=key,
            limits=frozen[0] if frozen else None,
            newest=points[-1] if points else None,
            open_alarms=tuple(
                quality_alarms.running(tx, key.line, key.article, key.bundle_id, key.measure.value).values()
            ),
            baseline_subgroups=held,
            baseline_wanted=BASELINE_SUBGROUPS,
        )

    def _tenant(self, tx: Transaction, line: str) -> Tenant:
        area = live.tenant_area(tx, line)
        return self.owner.tenant(area, line)


def _value_and_bound(signal: Rule, point: Point) -> tuple[float, float]:
    match signal:
        case Rule.ABOVE:
            return point.rate, point.upper
        case Rule.BELOW:
            return point.rate, point.lower
        case _:
            return point.ewma, point.ewma_limit


def _drawn(tx: Transaction, frozen: tuple[Limits, int], newest: int) -> tuple[Point, ...]:
    limits, baseline_end = frozen
    samples = spc_rows.samples(tx, limits.key, after=baseline_end, limit=newest + MEMORY)
    return chart.points(limits, samples)[-newest:]


def _beyond_limit(alarm: QualityAlarm) -> Saying:
    return say(
        Said.BEYOND_LIMIT,
        article=alarm.article,
        measure=alarm.measure,
        value=alarm.value,
        bound=alarm.bound,
    )
