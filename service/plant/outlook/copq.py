"""Cost of poor quality by cause: quantities of lines and ledger, prices of the plant's table. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.plant.kpi.economics import Economics, PriceVersion
from service.plant.kpi.inputs import Inputs
from service.plant.views.kpis import KpiSource

UNKNOWN_CAUSE = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Downgraded:
    """Cloth of one article in a lower grade, and the defects on it."""

    article: str
    grade: str  # "B" or "second"
    m2: float
    counts_by_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ejected:
    """Fibre of one article that the sorter took out, by kind of contaminant."""

    article: str
    kg: float
    good_fibre_kg: float
    counts_by_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """What one cause cost in a window."""

    cause: str  # "downgrade", "contaminant", "good_fibre", "rework", "scrap", "unaccounted", "stop"
    kind: str  # kind of defect or contaminant, reason of a stop; empty: of none
    article: str
    quantity: float
    unit: str
    price: float  # of a unit
    money: float
    source: KpiSource


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfPoorQuality:
    """Every cause, dearest first; what has no price is named, never a zero."""

    currency: str
    is_example: bool
    rows: tuple[CostRow, ...]
    money: float
    unpriced: tuple[str, ...]


def cost_of_poor_quality(
    prices: PriceVersion,
    economics: Economics,
    cloth: Sequence[Downgraded],
    fibre: Sequence[Ejected],
    inputs: Inputs,
) -> CostOfPoorQuality:
    """Add up a window."""
    rows: list[CostRow] = []
    unpriced: list[str] = []
    for piece in cloth:
        rows += _downgraded(piece, prices, unpriced)
    for taken in fibre:
        rows += _ejected(taken, prices, unpriced)
    rows += _booked(inputs, prices, unpriced)
    rows += _stopped(inputs, prices, unpriced)
    kept = sorted((row for row in rows if row.money != 0), key=lambda row: -row.money)
    return CostOfPoorQuality(
        currency=economics.currency,
        is_example=prices.is_example,
        rows=tuple(kept),
        money=sum(row.money for row in kept),
        unpriced=tuple(dict.fromkeys(unpriced)),
    )


def _downgraded(piece: Downgraded, prices: PriceVersion, unpriced: list[str]) -> list[CostRow]:
    """The discount of a lower grade, split over kinds of defects by their number."""
    priced = prices.article(piece.article, "area")
    lower = None if priced is None else (priced.price_b if piece.grade == "B" else priced.price_second)
    if priced is None or lower is None:
        unpriced.append(f"grade {piece.grade} of article {piece.article}: {piece.m2:.0f} m2")
        return []
    gap = priced.price_first - lower
    return [
        CostRow(
            cause="downgrade",
            kind=kind,
            article=piece.article,
            quantity=piece.m2 * share,
            unit="m2",
            price=gap,
            money=piece.m2 * share * gap,
            source=KpiSource.MEASURED,
        )
        for kind, share in _shares(piece.counts_by_kind).items()
    ]


def _ejected(taken: Ejected, prices: PriceVersion, unpriced: list[str]) -> list[CostRow]:
    priced = prices.article(taken.article, "mass")
    if priced is None:
        unpriced.append(f"fibre of article {taken.article}: {taken.kg:.1f} kg ejected")
        return []

    def row(cause: str, kind: str, kg: float) -> CostRow:
        return CostRow(
            cause=cause,
            kind=kind,
            article=taken.article,
            quantity=kg,
            unit="kg",
            price=priced.material,
            money=kg * priced.material,
            source=KpiSource.ESTIMATED,
        )

    foreign_kg = max(0.0, taken.kg - taken.good_fibre_kg)
    rows = [
        row("contaminant", kind, foreign_kg * share) for kind, share in _shares(taken.counts_by_kind).items()
    ]
    return [*rows, row("good_fibre", "", taken.good_fibre_kg)]


def _booked(inputs: Inputs, prices: PriceVersion, unpriced: list[str]) -> list[CostRow]:
    """What the ledger booked: rework, scrap, mass that nothing explains."""
    rows = []
    rework = inputs.fabric.rework
    if rework is not None and rework.value > 0:
        if prices.rework is None:
            unpriced.append(f"rework: {rework.value:.0f} m2")
        else:
            rows.append(_of("rework", "", rework.value, "m2", prices.rework, rework.source))
    scrap = inputs.fabric.scrap
    made = [(each.quantity, prices.article(each.article, "area")) for each in inputs.fabric.produced]
    known = [(m2, priced.price_first) for m2, priced in made if priced is not None]
    if scrap is not None and scrap.value > 0 and known:
        mean = sum(m2 * price for m2, price in known) / sum(m2 for m2, _ in known)
        rows.append(_of("scrap", "", scrap.value, "m2", mean, scrap.source))
    mass = inputs.mass
    fibre = [(each.quantity, prices.article(each.article, "mass")) for each in inputs.fibre.produced]
    priced_kg = [(kg, priced.material) for kg, priced in fibre if priced is not None and kg > 0]
    if mass is not None and mass.unaccounted_kg > 0 and priced_kg:
        mean = sum(kg * price for kg, price in priced_kg) / sum(kg for kg, _ in priced_kg)
        rows.append(_of("unaccounted", "", mass.unaccounted_kg, "kg", mean, mass.source))
    return rows


def _stopped(inputs: Inputs, prices: PriceVersion, unpriced: list[str]) -> list[CostRow]:
    """Planned busy time in which lines stood, by reason."""
    if inputs.stops is None:
        return []
    hours = {reason: minutes / 60 for reason, minutes in inputs.stops.minutes_by_reason.items()}
    if prices.stop_hour is None:
        unpriced += [f"stops, {reason or UNKNOWN_CAUSE}: {h:.1f} h" for reason, h in sorted(hours.items())]
        return []
    return [
        CostRow(
            cause="stop",
            kind=reason or UNKNOWN_CAUSE,
            article="",
            quantity=h,
            unit="h",
            price=prices.stop_hour,
            money=h * prices.stop_hour,
            source=KpiSource.ESTIMATED,
        )
        for reason, h in hours.items()
    ]


def _of(cause: str, article: str, quantity: float, unit: str, price: float, source: KpiSource) -> CostRow:
    return CostRow(
        cause=cause,
        kind="",
        article=article,
        quantity=quantity,
        unit=unit,
        price=price,
        money=quantity * price,
        source=source,
    )


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {kind: count / total for kind, count in counts.items()} if total else {UNKNOWN_CAUSE: 1.0}
