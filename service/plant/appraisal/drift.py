"""Population stability index: does what the machine sees still look like the reference?

PSI = sum (p - q) ln(p / q) over bins. Below 0.1 steady, to 0.25 to be watched, above it to be acted on
(Minitab, "population stability index"). It grows with few samples and breaks on empty bins, so windows have
a fixed size and each bin half a count.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

BINS = 10
REFERENCE_SAMPLES = 500
WINDOW_SAMPLES = 300  # with ten bins chance alone gives about 9 x (1/500 + 1/300) = 0.05
WATCH, ACT = 0.10, 0.25
EMPTY = 0.5  # a count for a bin with none
OTHER = "other"
RARE_CLASS = 0.02  # classes below this share of the reference are taken together


class DriftStatus(StrEnum):
    """What a PSI says."""

    STEADY = "steady"
    WATCH = "watch"
    ACT = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The frozen picture of how it was."""

    edges: tuple[float, ...] | tuple[str, ...]  # inner bounds of the bins, or names of the classes
    counts: tuple[int, ...]


def numeric_reference(values: Sequence[float]) -> Reference:
    """Ten bins that hold a tenth of the reference each; equal values make fewer."""
    ordered = sorted(values)
    edges = sorted({ordered[len(ordered) * step // BINS] for step in range(1, BINS)})
    return Reference(edges=tuple(edges), counts=_numeric_counts(values, edges))


def class_reference(values: Sequence[str]) -> Reference:
    """One bin a class; rare ones together."""
    names = sorted({name for name in values if values.count(name) / len(values) >= RARE_CLASS})
    edges = (*names, OTHER)
    return Reference(edges=edges, counts=_class_counts(values, edges))


def psi(reference: Reference, values: Sequence[float] | Sequence[str]) -> float:
    """How far values lie from the reference."""
    edges = reference.edges
    if edges and isinstance(edges[-1], str):
        counts = _class_counts([str(value) for value in values], [str(edge) for edge in edges])
    else:
        counts = _numeric_counts([float(value) for value in values], [float(edge) for edge in edges])
    before, after = _shares(reference.counts), _shares(counts)
    return sum((p - q) * log(p / q) for p, q in zip(after, before, strict=True))


def status_of(value: float) -> DriftStatus:
    """Steady, to be watched, or to be acted on."""
    if value > ACT:
        return DriftStatus.ACT
    return DriftStatus.WATCH if value > WATCH else DriftStatus.STEADY


def _numeric_counts(values: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    counts = [0] * (len(edges) + 1)
    for value in values:
        counts[bisect_right(edges, value)] += 1
    return tuple(counts)


def _class_counts(values: Sequence[str], edges: Sequence[str]) -> tuple[int, ...]:
    known = set(edges)
    named = [value if value in known else OTHER for value in values]
    return tuple(named.count(edge) for edge in edges)


def _shares(counts: Sequence[int]) -> list[float]:
    padded = [max(float(count), EMPTY) for count in counts]
    return [count / sum(padded) for count in padded]
