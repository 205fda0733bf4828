"""A figure shift by shift: of an article, a line, a supplier. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from service.plant.shifts import Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A roll or a lot as forecasts and advice see it."""

    measure: str  # code of the figure: "defect_level.area", "material_loss.mass"
    id: str
    line: str
    article: str
    supplier: str  # empty: unknown
    utc: datetime  # when it ended
    bad: float  # m2 graded second, or kg lost
    whole: float  # m2 graded, or kg fed
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """What a series is about; empty: all of them together."""

    measure: str
    line: str = ""
    article: str = ""
    supplier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRate:
    """One shift of a series."""

    from_utc: datetime
    bad: float
    whole: float

    @property
    def rate(self) -> float:
        """Share that was bad, 0..1."""
        return self.bad / self.whole


def series_of(
    pieces: Iterable[Piece], shift_at: Callable[[datetime], Shift]
) -> dict[SeriesKey, tuple[ShiftRate, ...]]:
    """Series by measure, by line and article, and by supplier; shifts without material are left out."""
    sums: dict[SeriesKey, dict[datetime, list[float]]] = {}
    for piece in pieces:
        if piece.whole <= 0:
            continue
        start = shift_at(piece.utc).from_utc
        for key in _keys(piece):
            held = sums.setdefault(key, {}).setdefault(start, [0.0, 0.0])
            held[0] += piece.bad
            held[1] += piece.whole
    return {
        key: tuple(
            ShiftRate(from_utc=start, bad=bad, whole=whole) for start, (bad, whole) in sorted(shifts.items())
        )
        for key, shifts in sums.items()
    }


def _keys(piece: Piece) -> list[SeriesKey]:
    keys = [
        SeriesKey(measure=piece.measure),
        SeriesKey(measure=piece.measure, line=piece.line),
        SeriesKey(measure=piece.measure, line=piece.line, article=piece.article),
    ]
    if piece.supplier:
        keys.append(SeriesKey(measure=piece.measure, supplier=piece.supplier))
    return keys
