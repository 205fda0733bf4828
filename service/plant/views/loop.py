"""The closed loop as it is shown: bounds, checked shots, what it knows, did and expects, who is to blame."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.plant.outlook.advice import Fact
from service.said.sayings import Saying


class ShotVerdict(StrEnum):
    """What the reject bin showed of one shot."""

    CONFIRMED = "confirmed"  # the contaminant lies in the bin
    FALSE = "false"  # good fibre only
    EMPTY = "empty"  # nothing came: valve, air or timing


class ActionStatus(StrEnum):
    """Where an action of the loop stands."""

    ASKED = "asked"  # the line has not answered yet
    IN_FORCE = "in_force"
    REFUSED = "refused"  # by the line; nothing moves until an engineer sets the bounds anew
    EXPIRED = "expired"  # the line did not answer in time; the threshold stays
    SCORED = "scored"  # in force, and judged by what happened
    TOLD = "told"  # advice to the plan: nothing was moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an engineer lets the loop do with one threshold."""

    line: str
    article: str
    kind: str  # of what is found, as the line names it
    low: float  # the threshold never leaves [low, high]
    high: float
    step: float  # the largest single move
    hysteresis_pct: float  # least saving, of the expected cost, that is worth a move
    least_findings: int  # since the last move
    least_checks: int  # confirmed or false shots since the last move; 0: findings alone suffice
    cool_down_min: float  # between two moves
    miss_price: float  # of one missed piece, in the plant's currency
    fibre_price_per_kg: float
    start: float  # the threshold in force when the bounds were set
    bundle_id: str = ""  # the line's recipe then; scores of another one are not comparable
    set_by: str = ""
    set_utc: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Somebody keeps the loop's hands off a threshold, or gives it free again."""

    line: str
    article: str
    kind: str  # empty: every kind of the article
    locked: bool
    by: str
    utc: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What a threshold does, per tonne of fibre, at the usual contamination."""

    threshold: float
    missed_per_t: float
    true_shots_per_t: float
    false_shots_per_t: float
    good_fibre_kg_per_t: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCurve:
    """Recall and false shots against the threshold, as `maqta twin trade` measured them."""

    line: str
    article: str
    kind: str
    points: tuple[CurvePoint, ...]  # by rising threshold
    measured_t: float  # fibre that the curve was measured on
    taken_by: str
    taken_utc: datetime
    source: str
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotCheck:
    """What the reject bin showed of one shot."""

    check_id: str  # chosen by who sends it: sent twice, kept once
    line: str
    command_id: str  # of the shot
    lot_id: str | None
    kind: str  # as the line named it; empty: no finding lies at the shot
    score: float | None
    verdict: ShotVerdict
    seen_kind: str  # what it really was, where somebody said so
    checked_by: str
    checked_utc: datetime
    taken_utc: datetime
    origin: str  # "typed", "rest", "csv", "camera"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCheck:
    """A check that could not be taken."""

    check_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksTaken:
    """What became of a batch of checks."""

    taken: int
    unchanged: int
    refused: tuple[RefusedCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotToCheck:
    """A shot that was fired and not checked yet."""

    command_id: str
    line: str
    lot_id: str | None
    lane: int
    from_mm: float
    to_mm: float
    fired_utc: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """One threshold under the loop: what is known, and why it moves or stays."""

    line: str
    article: str
    kind: str
    threshold: float
    low: float
    high: float
    locked: bool
    lock_why: str
    contamination: float | None  # times the usual, mean of what is believed; None: not known
    contamination_low: float | None  # 95 % interval
    contamination_high: float | None
    false_findings: float | None  # times the usual
    burst: bool  # the change detector says that contamination left its usual level
    prior: float  # what fabric says of the lot or supplier, times the usual; 1: nothing
    prior_source: str  # "lot …", "supplier …" or empty
    findings: int  # since the last move
    confirmed: int
    false: int
    empty: int
    cost_per_t: float | None  # expected at the threshold in force
    best_threshold: float | None  # within the bounds
    best_cost_per_t: float | None
    standing: str  # code: "moves", "locked", "cooling", "few_findings", "few_checks", "not_worth", "unsure",
    # "at_bound", "no_curve", "recipe_changed", "line_refused", "waits_for_line", "nothing_ran"
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopAction:
    """Something the loop did or advised, why, what it expected, and what happened."""

    id: int
    kind: str  # "threshold" or "plan"
    line: str
    article: str
    subject: str  # the kind of finding, or the lot
    before: float | None
    after: float | None
    reason: (
        str  # code: "burst", "contamination_up", "contamination_down", "false_shots_up", "false_shots_down",
    )
    # "fabric", "plan"
    evidence: tuple[Fact, ...]
    expected_before_per_t: float | None  # cost if nothing had been done
    expected_after_per_t: float | None
    made_utc: datetime
    command_id: str | None
    status: ActionStatus
    answer: str  # the line's words, in English
    said: tuple[Saying, ...]  # the same for any language
    answered_utc: datetime | None
    happened_per_t: float | None  # cost at the new threshold, by what was found afterwards
    unchanged_per_t: float | None  # cost at the old threshold for the same fibre
    scored_tonnes: float | None
    scored_utc: datetime | None
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """How much contamination in fabric one lot or supplier brought, against the mean of all."""

    subject: str  # "lot" or "supplier"
    name: str
    supplier: str
    factor: float  # times the mean rate
    factor_low: float  # 95 % interval
    factor_high: float
    findings: float  # expected number of the findings that are of it
    area_m2: float  # fabric that is of it, by share of mass
    pieces: int  # rolls that it has a part in
    laydowns: int  # mixtures with other shares: what tells one lot from another
    moves: bool  # enough evidence to raise or relax the sorter
    why_not: str  # code: "", "few_findings", "little_fabric", "interval_holds_one"
    demo: bool
