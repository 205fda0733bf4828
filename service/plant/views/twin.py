"""Questions to the line twin and its answers. Everything here is DEMO: nothing real was sorted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

TwinValue = float | int | str | bool | list[float | int | str]


class TwinQuestionKind(StrEnum):
    """What the twin is asked."""

    RUN = "run"  # what a setting gives; with `what_if` what a change would do
    TRADE = "trade"  # a missed contaminant's price against good fibre, threshold by threshold


class TwinState(StrEnum):
    """What became of a question."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # `reason` says why
    STOPPED = "stopped"  # it took longer than it may, or the plant stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinQuestion:
    """One question: changes are "table.key" → value of the scenario, `line.web.speed_mm_s` of its line."""

    kind: TwinQuestionKind
    scenario: str  # one of `TwinDesk.scenarios`
    changes: dict[str, TwinValue]
    what_if: dict[str, TwinValue]  # of a run: asked once more with these on top


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinJob:
    """A question and what became of it."""

    job_id: str
    question: TwinQuestion
    asked_by: str
    asked_utc: datetime
    state: TwinState
    ended_utc: datetime | None = None
    reason: str = ""
    answer: dict[str, Any] | None = None  # Any: the figures of `maqta twin … --json`
    demo: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePointView:
    """One threshold of one kind; figures per hour of belt."""

    threshold: float
    missed: float
    shots: float
    false_shots: float
    good_fibre_kg: float
    cost: float  # of the misses and of the fibre, in the scenario's currency


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeCurveView:
    """What is named a kind: its threshold now, the cheapest one, and the curve by rising threshold."""

    kind: str
    now: TradePointView
    best: TradePointView
    curve: tuple[TradePointView, ...]
