"""Which share of a change quality control can claim: what lower loss and fewer defects alone would give.

Good output of the same input is (1 - loss) x (1 - defect level). The share of a change of productivity is the
ratio of logarithms: factors that work together are split without an order among them.
"""

from dataclasses import dataclass
from math import log

from service.plant.kpi.claims import CLAIMS, Claim
from service.plant.views.kpis import Kpi

PERCENT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A change split into quality control's part and the rest."""

    loss_before_pct: float
    loss_after_pct: float
    defects_before_pct: float
    defects_after_pct: float
    good_output_change_pct: float  # by loss and defects alone, input and machines being the same
    productivity_change_pct: float | None  # the whole; None: not measured
    share_pct: float | None  # of the whole; None: nothing changed, or it went the other way
    cost_change_pct: float  # of a good unit, by the same alone
    source: str


def attribute(
    *,
    loss_before_pct: float,
    loss_after_pct: float,
    defects_before_pct: float,
    defects_after_pct: float,
    productivity_change_pct: float | None,
    source: str,
) -> Attribution:
    """Split a change."""
    good_before = (1 - loss_before_pct / PERCENT) * (1 - defects_before_pct / PERCENT)
    good_after = (1 - loss_after_pct / PERCENT) * (1 - defects_after_pct / PERCENT)
    factor = good_after / good_before if good_before > 0 else 1.0
    return Attribution(
        loss_before_pct=loss_before_pct,
        loss_after_pct=loss_after_pct,
        defects_before_pct=defects_before_pct,
        defects_after_pct=defects_after_pct,
        good_output_change_pct=PERCENT * (factor - 1),
        productivity_change_pct=productivity_change_pct,
        share_pct=_share(factor, productivity_change_pct),
        cost_change_pct=PERCENT * (1 / factor - 1) if factor > 0 else 0.0,
        source=source,
    )


def claimed() -> Attribution:
    """The paper's own figures, split."""
    loss, defects, whole = (
        CLAIMS[slug] for slug in ("material_loss", "defect_level", "equipment_productivity")
    )
    return attribute(
        loss_before_pct=_before(loss),
        loss_after_pct=loss.after,
        defects_before_pct=_before(defects),
        defects_after_pct=defects.after,
        productivity_change_pct=whole.exact_change_pct,
        source="the management model's table 6: claims",
    )


def measured(before: dict[str, Kpi], after: dict[str, Kpi]) -> Attribution | None:
    """The plant's own figures, split; None while loss or defect level lacks one of the two."""
    loss = _pair(before, after, "material_loss.mass")
    defects = _pair(before, after, "defect_level.area")
    if loss is None and defects is None:
        return None
    loss, defects = loss or (0.0, 0.0), defects or (0.0, 0.0)
    whole = _pair(before, after, "equipment_productivity.area") or _pair(
        before, after, "equipment_productivity.mass"
    )
    change = PERCENT * (whole[1] / whole[0] - 1) if whole and whole[0] > 0 else None
    return attribute(
        loss_before_pct=loss[0],
        loss_after_pct=loss[1],
        defects_before_pct=defects[0],
        defects_after_pct=defects[1],
        productivity_change_pct=change,
        source="the plant's baseline period against this window",
    )


def _share(factor: float, whole_pct: float | None) -> float | None:
    if whole_pct is None or whole_pct <= -PERCENT or whole_pct == 0 or factor <= 0:
        return None
    share = log(factor) / log(1 + whole_pct / PERCENT)
    return PERCENT * share if share >= 0 else None


def _before(claim: Claim) -> float:
    return claim.after if claim.before is None else claim.before


def _pair(before: dict[str, Kpi], after: dict[str, Kpi], code: str) -> tuple[float, float] | None:
    old, new = before.get(code), after.get(code)
    if old is None or new is None or old.value is None or new.value is None:
        return None
    return old.value, new.value
