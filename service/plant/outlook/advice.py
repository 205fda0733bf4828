"""Ranked recommendations: where groups differ by more than chance, the better one shows what is possible.

Pure. Groups are compared within one thing only: suppliers of one article, lines of one article, shifts of the
whole plant. The expected effect is what the worse group would save if it became like the rest; it is scored
later by what happened.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from service.plant.kpi.economics import PriceVersion
from service.plant.outlook.series import Piece

FEWEST_PIECES = 8  # rolls or lots in each of the two groups
SIGMAS = 2.5  # of the difference: one in a hundred by chance, and several groups are looked at
WEEK_DAYS = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One piece of evidence."""

    what: str
    value: float
    unit: str
    pieces: int  # rolls or lots behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to look into, why, and what it would be worth."""

    kind: str  # "supplier", "line", "shift"
    subject: str  # the worse group
    article: str  # empty: of all
    line: str | None
    measure: str  # the figure that will tell whether it helped
    before_value: float  # share of the worse group, 0..1
    expected_value: float  # share of the rest
    quantity_per_week: float  # of the worse group, m2 or kg
    price: float  # of what is lost
    evidence: tuple[Fact, ...]
    demo: bool

    @property
    def expected_per_week(self) -> float:
        """Money a week, if the worse group became like the rest."""
        return (self.before_value - self.expected_value) * self.quantity_per_week * self.price

    @property
    def group(self) -> str:
        """What the recommendation is about, for finding the same group again."""
        return f"{self.subject}|{self.article}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One way to group pieces."""

    kind: str
    name: Callable[[Piece], str]
    by_article: bool


def advise(
    pieces: Sequence[Piece], dimensions: Sequence[Dimension], prices: PriceVersion, days: float
) -> tuple[Recommendation, ...]:
    """Every group that is worse than its peers beyond chance, dearest first."""
    found = [
        recommendation
        for dimension in dimensions
        for (measure, article), fellows in _arenas(pieces, dimension).items()
        for recommendation in _worse(dimension, measure, article, fellows, prices, days)
    ]
    return tuple(sorted(found, key=lambda each: -each.expected_per_week))


def rate_of(pieces: Iterable[Piece]) -> float | None:
    """Bad share of pieces together; None where there is nothing."""
    held = list(pieces)
    whole = sum(piece.whole for piece in held)
    return sum(piece.bad for piece in held) / whole if whole > 0 else None


def _arenas(pieces: Sequence[Piece], dimension: Dimension) -> dict[tuple[str, str], list[Piece]]:
    arenas: dict[tuple[str, str], list[Piece]] = {}
    for piece in pieces:
        if dimension.name(piece):
            article = piece.article if dimension.by_article else ""
            arenas.setdefault((piece.measure, article), []).append(piece)
    return arenas


def _worse(
    dimension: Dimension,
    measure: str,
    article: str,
    fellows: Sequence[Piece],
    prices: PriceVersion,
    days: float,
) -> Iterable[Recommendation]:
    for name in sorted({dimension.name(piece) for piece in fellows}):
        own = [piece for piece in fellows if dimension.name(piece) == name]
        rest = [piece for piece in fellows if dimension.name(piece) != name]
        price = _price(own, measure, prices)
        if len(own) < FEWEST_PIECES or len(rest) < FEWEST_PIECES or price is None:
            continue
        own_rate, rest_rate = rate_of(own), rate_of(rest)
        if own_rate is None or rest_rate is None:
            continue
        error = sqrt(_variance(own, own_rate) + _variance(rest, rest_rate))
        if own_rate - rest_rate <= SIGMAS * error:
            continue
        yield Recommendation(
            kind=dimension.kind,
            subject=name,
            article=article,
            line=own[0].line if dimension.kind == "line" else None,
            measure=measure,
            before_value=own_rate,
            expected_value=rest_rate,
            quantity_per_week=sum(piece.whole for piece in own) / days * WEEK_DAYS,
            price=price,
            evidence=(
                Fact(what=f"{measure} of {name}", value=100 * own_rate, unit="%", pieces=len(own)),
                Fact(what=f"{measure} of the others", value=100 * rest_rate, unit="%", pieces=len(rest)),
                Fact(
                    what="difference in standard errors",
                    value=(own_rate - rest_rate) / error if error > 0 else float(len(own)),
                    unit="",
                    pieces=len(own) + len(rest),
                ),
            ),
            demo=any(piece.demo for piece in fellows),
        )


def _variance(pieces: Sequence[Piece], rate: float) -> float:
    """Variance of a ratio estimate over pieces (Cochran, "Sampling Techniques", 3rd edition, 6.4)."""
    mean = sum(piece.whole for piece in pieces) / len(pieces)
    spread = sum((piece.bad - rate * piece.whole) ** 2 for piece in pieces) / (len(pieces) - 1)
    return spread / (len(pieces) * mean**2)


def _price(pieces: Sequence[Piece], measure: str, prices: PriceVersion) -> float | None:
    """What a lost unit costs, by the articles' own prices; None where one has none."""
    money, whole = 0.0, 0.0
    for piece in pieces:
        basis = "area" if measure.endswith(".area") else "mass"
        priced = prices.article(piece.article, basis)
        if priced is None:
            return None
        lost = priced.material if basis == "mass" else priced.price_first - (priced.price_second or 0.0)
        money += lost * piece.whole
        whole += piece.whole
    return money / whole if whole > 0 else None
