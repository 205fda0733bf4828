"""A run's figures as plain values for JSON, and in words for a person."""

import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from service.twin.intervals import Estimate, share
from service.twin.outcome import Outcome, outcome_of
from service.twin.run import Ran, escaped
from service.twin.scenario import Scenario
from service.twin.trade import Trade

Figures = dict[str, Any]  # Any: nested plain values for JSON
WHOLE_WEB = (
    "recall",
    "recall_coloured",
    "recall_white",
    "false_shots_per_min",
    "good_fibre_pct_of_feed",
    "fibre_over_least",
)


def figures_of(ran: Ran) -> Figures:
    """Everything that a run says; every record is DEMO: nothing real was sorted."""
    outcome = outcome_of(ran)
    camera, web = ran.line.camera, ran.line.web
    known = {item.name: getattr(outcome, item.name) for item in fields(outcome) if item.name != "fates"}
    period_ms = camera.rows * camera.mm_per_px / web.speed_mm_s * 1e3
    return {
        "demo": True,
        "seconds": ran.scenario.seconds,
        "speed_mm_s": web.speed_mm_s,
        "belt_m": ran.belt_mm / 1e3,
        "throughput_kg_h": outcome.fed_kg / ran.scenario.seconds * 3600,
        "frames": ran.frames,
        "frame_period_ms": period_ms,
        "frames_late": ran.frames_late,
        "frames_shed": ran.frames_shed,
        "deadline_miss_share": _plain(_miss_share(ran)),
        "deadline_ms": ran.geometry.deadline_ms,
        "exposure_to_decision_ms": _quantiles(ran.latency_ms),
        "inspect_here_ms": _quantiles(ran.inspect_ms),
        "orders_escaped": escaped(ran.answers),
        **{name: _plain(value) for name, value in known.items()},
    }


def difference(base: Outcome, changed: Outcome) -> Figures:
    """What a change does to each figure, changed less base, with its interval.

    Source: intervals squared and added, Zou and Donner, Statistics in Medicine 27 (2008) 1693.
    """
    return {name: _plain(_apart(getattr(changed, name), getattr(base, name))) for name in WHOLE_WEB}


def text_of(figures: Figures) -> str:
    """Say it for a person."""
    lines = [
        "DEMO: rendered material, simulated belt and valves",
        f"{figures['belt_m']:.0f} m of belt in {figures['seconds']:g} s at "
        f"{figures['speed_mm_s'] / 1e3:g} m/s, "
        f"{figures['throughput_kg_h']:.0f} kg/h; {figures['pieces']} pieces of foreign matter",
        f"frames {figures['frames']}, late {figures['frames_late']}, shed {figures['frames_shed']}; "
        f"exposure to decision {_ms(figures['exposure_to_decision_ms'])}, "
        f"limit {figures['deadline_ms']:.1f} ms",
        f"ejected, all pieces         {_said(figures['recall'], 100)} %",
        f"  coloured, from 2 mm         {_said(figures['recall_coloured'], 100)} %",
        f"    and from 4 mm2            {_said(figures['recall_coloured_wide'], 100)} %",
        f"  white polypropylene         {_said(figures['recall_white'], 100)} %",
        f"shots {figures['shots']}, false {figures['false_shots']}: "
        f"{_said(figures['false_shots_per_min'])} a minute",
        f"good fibre carried away     {_said(figures['good_fibre_pct_of_feed'])} % of the feed",
        f"fibre of a true shot        {_said(figures['fibre_over_least'])} x the valve's geometric minimum",
    ]
    for title, key in (("kind", "by_kind"), ("mm long", "by_size_mm"), ("grey contrast", "by_contrast_grey")):
        lines.append(f"ejected by {title}:")
        lines += [
            f"  {name:14} {_said(value, 100)} %"
            for name, value in figures[key].items()
            if value["value"] is not None
        ]
    if figures["stuck_lanes"]:
        lanes = ", ".join(str(lane) for lane in figures["stuck_lanes"])
        lines.append(f"the reject bin says that these valves don't blow: {lanes}")
    if figures["missed_by_cause"]:
        lines.append("missed: " + ", ".join(f"{n} {why}" for why, n in figures["missed_by_cause"].items()))
    return "\n".join(lines)


def difference_text(changes: Figures) -> str:
    """Say what a change does."""
    return "\n".join(
        ["changed less base:"]
        + [f"  {name:24} {_said(value)}" for name, value in changes.items() if value["value"] is not None]
    )


def trade_text(trades: tuple[Trade, ...]) -> str:
    """Say for each kind what its threshold costs now and at its best, per hour of belt."""
    lines = ["DEMO: rendered material; per hour of belt. Kind: threshold, cost now → best"]
    for trade in trades:
        now, best = trade.now, trade.best
        lines.append(
            f"{trade.kind:16} {now.threshold:6.2f} → {best.threshold:6.2f}   "
            f"{now.cost:8.2f} → {best.cost:8.2f}   "
            f"missed {now.missed:.0f} → {best.missed:.0f}, false shots {now.false_shots:.0f} → "
            f"{best.false_shots:.0f}, good fibre {now.good_fibre_kg:.2f} → {best.good_fibre_kg:.2f} kg"
        )
    return "\n".join(lines)


def scenario_figures(scenario: Scenario) -> Figures:
    """The question as asked, for the record."""
    return {**_strings(asdict(scenario)), "line": scenario.line.name}


def _miss_share(ran: Ran) -> Estimate:
    return share(ran.frames_late + ran.frames_shed, ran.frames)


def _apart(one: Estimate, other: Estimate) -> Estimate:
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    return Estimate(
        value=value, low=low, high=value + math.hypot(one.high - one.value, other.value - other.low)
    )


def _plain(value: object) -> Any:
    if isinstance(value, Estimate):
        return {name: _plain(number) for name, number in asdict(value).items()}
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def _quantiles(values: tuple[float, ...]) -> Figures:
    if not values:
        return {"p50": None, "p99": None, "p99_9": None}
    p50, p99, p999 = np.quantile(values, [0.5, 0.99, 0.999])
    return {"p50": float(p50), "p99": float(p99), "p99_9": float(p999)}


def _ms(figures: Figures) -> str:
    return "none" if figures["p50"] is None else f"{figures['p50']:.1f} ms p50, {figures['p99']:.1f} p99"


def _said(estimate: Figures, times: float = 1.0) -> str:
    if estimate["value"] is None:
        return "nothing to tell it from"
    value, low, high = (estimate[name] * times for name in ("value", "low", "high"))
    return f"{value:.3g} ({low:.3g} to {high:.3g})"


def _strings(table: Figures) -> Figures:
    return {key: _strings(value) if isinstance(value, dict) else _text(value) for key, value in table.items()}


def _text(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_text(inner) for inner in value]
    return value if isinstance(value, int | float | bool | str | None) else str(value)
