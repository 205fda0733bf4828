"""Inline SVG of the report: histograms of the scores with the thresholds, and a small gauge of one score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from datasets.evaluation.results import Run
from vision.card import Thresholds

WIDE, LEFT, RIGHT = 1160, 190, 20
BAND, BAR, TOP, FOOT = 56, 46, 24, 26
BINS = 76
GAUGE_WIDE = 340


def histograms(run: Run) -> str:
    """Draw one article's scores and thresholds: good strips, defective ones, and inside their masks."""
    limits = run.card.thresholds
    inside = [result.inside for result in run.bad if result.is_located]
    bands = [
        ("good strips", "good", [result.score for result in run.good]),
        ("defective strips", "bad", [result.score for result in run.bad]),
        ("… inside their masks", "bad", inside),
    ]
    bands = [band for band in bands if band[2]]
    every = [score for _, _, scores in bands for score in scores]
    low = math.floor(min(*every, limits.unsure) - 0.5)
    high = math.ceil(max(*every, limits.defective) + 0.5)
    most = max(int(np.histogram(scores, BINS, (low, high))[0].max()) for _, _, scores in bands)
    height = TOP + BAND * len(bands) + FOOT
    axis = _Axis(low=low, high=high)
    parts = [f'<svg viewBox="0 0 {WIDE} {height}" role="img" aria-label="scores of {escape(run.article)}">']
    first, second = axis.place(limits.unsure), axis.place(limits.defective)
    foot = height - FOOT
    parts.append(
        f'<rect class="band" x="{first:.1f}" y="{TOP}" width="{second - first:.1f}" height="{foot - TOP}"/>'
    )
    for at, (name, style, scores) in enumerate(bands):
        parts.append(_band(name, style, scores, TOP + BAND * (at + 1), most, axis))
    parts += _ticks(axis, foot)
    parts += _threshold("unsure", first, limits.unsure, foot, "end", -5)
    parts += _threshold("defective", second, limits.defective, foot, "start", 5)
    return "".join([*parts, "</svg>"])


def gauge(score: float, limits: Thresholds) -> str:
    """Draw a score against the thresholds: full scale is half above `defective`."""
    full = max(limits.defective * 1.5, 1e-6)

    def place(value: float) -> float:
        return min(max(value / full, 0.0), 1.0) * GAUGE_WIDE

    style = "bad" if score >= limits.defective else "good"
    return (
        f'<svg viewBox="0 0 {GAUGE_WIDE} 14" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" y="4" width="{GAUGE_WIDE}" height="6" rx="3"/>'
        f'<rect class="{style}" y="4" width="{place(score):.1f}" height="6" rx="3"/>'
        f'<line class="unsure" x1="{place(limits.unsure):.1f}" x2="{place(limits.unsure):.1f}" y2="14"/>'
        f'<line class="defective" x1="{place(limits.defective):.1f}" x2="{place(limits.defective):.1f}" '
        'y2="14"/></svg>'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """Score to picture column."""

    low: float
    high: float

    def place(self, score: float) -> float:
        return LEFT + (score - self.low) / (self.high - self.low) * (WIDE - LEFT - RIGHT)


def _band(name: str, style: str, scores: Sequence[float], base: int, most: int, axis: _Axis) -> str:
    counts, edges = np.histogram(scores, BINS, (axis.low, axis.high))
    wide = axis.place(edges[1]) - axis.place(edges[0]) - 1
    bars = [
        f'<rect class="{style}" x="{axis.place(edge) + 0.5:.1f}" width="{wide:.1f}" '
        f'y="{base - BAR * count / most:.1f}" height="{BAR * count / most:.1f}">'
        f"<title>{count} between {edge:.2f} and {edges[at + 1]:.2f}</title></rect>"
        for at, (count, edge) in enumerate(zip(counts, edges[:-1], strict=True))
        if count
    ]
    return (
        f'<text class="strong" x="0" y="{base - 18}">{escape(name)}</text>'
        f'<text x="0" y="{base - 3}">{len(scores)}, median {np.median(scores):.1f}</text>'
        f'<line class="axis" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{base}" y2="{base}"/>{"".join(bars)}'
    )


def _ticks(axis: _Axis, foot: int) -> list[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1e9) if (axis.high - axis.low) / step <= 16)
    values = np.arange(math.ceil(axis.low / step) * step, axis.high + 1e-9, step)
    ticks = [
        f'<text x="{axis.place(value):.1f}" y="{foot + 17}" text-anchor="middle">{value:g}</text>'
        for value in values
    ]
    return [*ticks, f'<text x="0" y="{foot + 17}">highest score</text>']


def _threshold(name: str, x: float, value: float, foot: int, anchor: str, aside: int) -> list[str]:
    return [
        f'<line class="{name}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 16}" y2="{foot}"/>',
        f'<text class="{name}-name" x="{x + aside:.1f}" y="{TOP - 8}" text-anchor="{anchor}">'
        f"{name} {value:.2f}</text>",
    ]
