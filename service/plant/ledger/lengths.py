"""Every millimetre of a roll or lot is inspected, or not inspected for a reason. Pure interval arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service.plant.views.rolls import Stretch

NO_RECORD = "no_record"  # no event speaks of this stretch: it has not arrived, or was never written
TOUCH_MM = 0.01  # ends closer than this meet: a tenth of a fine pixel, and rounding of encoder counts


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthAccount:
    """The length of a roll or lot; inspected + not inspected = length."""

    length_mm: float
    inspected_mm: float
    stretches: tuple[Stretch, ...]  # not inspected, in order, on the web's own millimetres

    @property
    def not_inspected_mm(self) -> float:
        """What nobody looked at."""
        return self.length_mm - self.inspected_mm

    @property
    def coverage(self) -> float:
        """Inspected share, 0..1; 0 for no length."""
        return self.inspected_mm / self.length_mm if self.length_mm > 0 else 0.0


def account(
    start_mm: float, end_mm: float, inspected: Iterable[tuple[float, float]], missed: Iterable[Stretch]
) -> LengthAccount:
    """Book the web from start to end. Where a stretch is both inspected and missed, it counts as missed."""
    if end_mm <= start_mm:
        return LengthAccount(length_mm=0.0, inspected_mm=0.0, stretches=())
    seen = _joined(_clipped(inspected, start_mm, end_mm))
    booked = [
        Stretch(from_mm=part[0], to_mm=part[1], reason=item.reason, detail=item.detail)
        for item in missed
        for part in _clipped([(item.from_mm, item.to_mm)], start_mm, end_mm)
    ]
    spoken_of = _joined(seen + [(item.from_mm, item.to_mm) for item in booked])
    silent = [
        Stretch(from_mm=a, to_mm=b, reason=NO_RECORD, detail="")
        for a, b in _between(spoken_of, start_mm, end_mm)
    ]
    not_seen = _joined([(item.from_mm, item.to_mm) for item in booked + silent])
    length = end_mm - start_mm
    inspected_mm = max(0.0, length - sum(b - a for a, b in not_seen))
    return LengthAccount(length_mm=length, inspected_mm=inspected_mm, stretches=_merged(booked + silent))


def shifted(stretches: Iterable[Stretch], by_mm: float) -> tuple[Stretch, ...]:
    """The same stretches counted from another zero."""
    return tuple(replace(item, from_mm=item.from_mm - by_mm, to_mm=item.to_mm - by_mm) for item in stretches)


def _clipped(parts: Iterable[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    cut = ((max(a, start), min(b, end)) for a, b in parts)
    return [(a, b) for a, b in cut if b - a > TOUCH_MM]


def _joined(parts: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for a, b in sorted(parts):
        if joined and a <= joined[-1][1] + TOUCH_MM:
            joined[-1] = (joined[-1][0], max(joined[-1][1], b))
        else:
            joined.append((a, b))
    return joined


def _between(parts: Sequence[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    edges = [start, *(edge for part in parts for edge in part), end]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(a, b) for a, b in pairs if b - a > TOUCH_MM]


def _merged(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for item in sorted(stretches, key=lambda item: (item.from_mm, item.to_mm)):
        if merged and _goes_on(merged[-1], item):
            last = merged.pop()
            merged.append(replace(last, to_mm=max(last.to_mm, item.to_mm)))
        else:
            merged.append(item)
    return tuple(merged)


def _goes_on(last: Stretch, item: Stretch) -> bool:
    same = (last.reason, last.detail) == (item.reason, item.detail)
    return same and item.from_mm <= last.to_mm + TOUCH_MM
