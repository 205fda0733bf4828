"""Now against the plant's own baseline, with the paper's claim beside it; and what the change saves. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.plant.kpi.claims import Claim, claim_of
from service.plant.kpi.economics import Economics
from service.plant.kpi.inputs import Inputs, Saving
from service.plant.views.kpis import Better, Kpi, KpiDefinition

PERCENT = 100.0
YEAR = timedelta(days=365)
EFFECTS = 2  # lower loss, fewer seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The plant's own period before."""

    id: str
    line: str | None  # None: the whole plant
    from_utc: datetime
    to_utc: datetime
    set_utc: datetime
    set_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One figure: now, in the baseline, and as claimed."""

    definition: KpiDefinition
    now: Kpi
    baseline: Kpi | None  # None: no baseline is set
    change_pct: float | None  # relative to the baseline
    index: float | None  # baseline = 100
    improved: bool | None  # None: no change, or not comparable
    claim: Claim | None


def compare(
    definitions: tuple[KpiDefinition, ...],
    now: tuple[Kpi, ...],
    before: tuple[Kpi, ...] | None,
    baseline: Baseline | None,
) -> tuple[Comparison, ...]:
    """Lay the figures beside each other."""
    old = {kpi.code: kpi for kpi in before or ()}
    return tuple(
        _one(definition, kpi, old.get(kpi.code), baseline)
        for definition, kpi in zip(definitions, now, strict=True)
    )


def _one(definition: KpiDefinition, now: Kpi, before: Kpi | None, baseline: Baseline | None) -> Comparison:
    change = _change_pct(now, before)
    return Comparison(
        definition=definition,
        now=replace(now, baseline_id=baseline.id if baseline else None),
        baseline=before,
        change_pct=change,
        index=None if change is None else PERCENT + change,
        improved=None if not change else (change > 0) is (definition.better is Better.HIGHER),
        claim=claim_of(definition),
    )


def _change_pct(now: Kpi, before: Kpi | None) -> float | None:
    if before is None or now.value is None or not before.value:  # a baseline of zero has no relative change
        return None
    return PERCENT * (now.value - before.value) / abs(before.value)


def saving(
    before: dict[str, Kpi], now: dict[str, Kpi], inputs: Inputs, economics: Economics | None
) -> Saving | None:
    """What lower loss and a lower defect level save in a year at this window's pace; None: can't be told."""
    window = now["defect_level.area"]
    prices = economics.at(window.window_to.date()) if economics else None
    if prices is None:
        return None
    years = (window.window_to - window.window_from) / YEAR
    effects: list[float] = []
    loss = _fall(before, now, "material_loss.mass")
    material = [
        (made.quantity, priced.material)
        for made in inputs.fibre.produced
        if (priced := prices.article(made.article, "mass"))
    ]
    if loss is not None and material:
        effects.append(loss * sum(kg * price for kg, price in material))
    seconds = _fall(before, now, "defect_level.area")
    gaps = [
        (made.quantity, priced.price_first - (priced.price_second or 0.0))
        for made in inputs.fabric.produced
        if (priced := prices.article(made.article, "area"))
    ]
    if seconds is not None and gaps:
        effects.append(seconds * sum(m2 * gap for m2, gap in gaps))
    if not effects or years <= 0:
        return None
    return Saving(per_year=sum(effects) / years, priced=len(effects) / EFFECTS)


def _fall(before: dict[str, Kpi], now: dict[str, Kpi], code: str) -> float | None:
    """How far a share fell, 0..1; negative: it rose."""
    old, new = before[code].value, now[code].value
    return None if old is None or new is None else (old - new) / PERCENT
