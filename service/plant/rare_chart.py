"""The g chart of critical defects: metres of web between them, frozen from the first events."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.events import Tenant
from service.plant.chart_views import RarePoint, RareView
from service.plant.excursions import Excursions, Gauge, Reading
from service.plant.spc import rare
from service.plant.spc.records import ChartKey, Limits, Rule
from service.plant.store import spc_rows
from service.plant.store.database import Transaction
from vision.taxonomy import DefectKind

CRITICAL_KINDS = (DefectKind.HOLE.value, DefectKind.TEAR.value, DefectKind.METAL.value)
BASELINE_EVENTS = 50
NEWEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RareChart:
    """Draws and judges one g chart."""

    excursions: Excursions

    def view(self, tx: Transaction, key: ChartKey) -> RareView:
        """Draw it."""
        frozen = spc_rows.newest_limits(tx, key)
        if frozen is None:
            return RareView(key=key, limits=None, bound_mm=None, points=())
        limits, baseline_end = frozen
        rows = spc_rows.rare_defects(tx, key, CRITICAL_KINDS, after=baseline_end - 1, limit=NEWEST)
        return RareView(
            key=key,
            limits=limits,
            bound_mm=rare.shortest(limits.centre),
            points=tuple(_points(rows, limits.centre)),
        )

    def judge(self, tx: Transaction, tenant: Tenant, key: ChartKey, *, demo: bool) -> None:
        """Freeze limits once there are enough events; then judge the newest one."""
        view = self.view(tx, key)
        if view.limits is None:
            self._freeze_first(tx, tenant, key)
            return
        if not view.points:
            return
        newest = view.points[-1]
        signals = {}
        if newest.signal and newest.together_mm is not None and view.bound_mm is not None:
            signals[Rule.TOO_CLOSE.value] = (newest.together_mm, view.bound_mm)
        gauge = Gauge(tenant=tenant, article=key.article, bundle_id=key.bundle_id, measure=key.measure.value)
        reading = Reading(
            point=newest.order_no,
            utc=newest.utc,
            limits_version=view.limits.version,
            signals=signals,
            demo=demo,
        )
        self.excursions.note(tx, gauge, reading)

    def _freeze_first(self, tx: Transaction, tenant: Tenant, key: ChartKey) -> None:
        rows = spc_rows.rare_defects(tx, key, CRITICAL_KINDS, after=-1, limit=BASELINE_EVENTS)
        gaps = [gap for gap in _gaps(rows) if gap is not None]
        if len(rows) < BASELINE_EVENTS or len(gaps) < rare.FEWEST_EVENTS or sum(gaps) <= 0:
            return
        limits = Limits(
            key=key,
            version=1,
            centre=rare.mean_gap(gaps),
            sigma_z=1.0,
            subgroups=len(gaps),
            outside=sum(rare.too_close(gaps, rare.mean_gap(gaps))),
            from_utc=rows[0]["utc"],
            to_utc=rows[-1]["utc"],
            frozen_utc=self.excursions.now,
            frozen_by="plant",
            why=f"the first {BASELINE_EVENTS} critical defects of this line and CNN",
        )
        spc_rows.add_limits(tx, tenant, limits, rows[-1]["order_no"])


def _gaps(rows: Sequence[dict[str, Any]]) -> list[float | None]:
    """Web between neighbours; None where the web's zero was set anew between them. Any: column values."""
    places = [row["y0_mm"] for row in rows]
    return [
        after - before if after >= before else None for before, after in zip(places, places[1:], strict=False)
    ]


def _points(rows: Sequence[dict[str, Any]], mean: float) -> list[RarePoint]:
    bound = rare.shortest(mean)
    points: list[RarePoint] = []
    gaps: list[float] = []
    for row, gap in zip(rows[1:], _gaps(rows), strict=True):
        if gap is None:
            gaps.clear()
            continue
        gaps.append(gap)
        together = sum(gaps[-rare.EVENTS :]) if len(gaps) >= rare.EVENTS else None
        points.append(
            RarePoint(
                defect_id=row["defect_id"],
                order_no=row["order_no"],
                utc=row["utc"],
                kind=row["kind"],
                gap_mm=gap,
                together_mm=together,
                signal=together is not None and together < bound,
            )
        )
    return points
