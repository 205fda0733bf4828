"""An order's limits, and whether a lot keeps them by itself. Pure."""

from dataclasses import dataclass

from service.plant.views.plan import LotOffer, OrderNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit of an order: a mixture's mean must not be above it (or below, where it is a least value)."""

    name: str  # of the lot's feature
    value: float
    unit: str
    words: str
    is_least: bool = False

    def excess(self, value: float) -> float:
        """How far a value lies beyond it; below 0: inside."""
        return self.value - value if self.is_least else value - self.value


BLENDED = (  # feature, limit of the order, unit, words, whether it is a least value
    ("trash_area_pct", "trash_area_pct_max", "%", "trash area", False),
    ("rd", "rd_min", "", "reflectance Rd", True),
    ("plus_b", "plus_b_max", "", "yellowness +b", False),
    ("second_share", "second_share_max", "", "expected second-grade share", False),
    ("price_per_kg", "price_per_kg_max", "", "price per kg", False),
)
COLOUR = ("rd", "plus_b")


def blend_limits(order: OrderNeed) -> tuple[Limit, ...]:
    """Limits that the mixture keeps as a whole."""
    return tuple(
        Limit(name=name, value=value, unit=unit, words=words, is_least=is_least)
        for name, key, unit, words, is_least in BLENDED
        if (value := getattr(order, key)) is not None
    )


def lot_limits(order: OrderNeed) -> tuple[Limit, ...]:
    """Limits that every single lot keeps: contamination is not thinned out, it spoils cloth where it lies."""
    if order.contaminants_per_t_max is None:
        return ()
    return (
        Limit(
            name="contaminants_per_t",
            value=order.contaminants_per_t_max,
            unit="/t",
            words="foreign matter per tonne",
        ),
    )


def shut_out(lot: LotOffer, order: OrderNeed) -> str:
    """Why no kilogram of a lot may go into an order; empty: it may."""
    for limit in (*lot_limits(order), *blend_limits(order)):
        value = getattr(lot, limit.name)
        if value is None:
            why = f" ({lot.colour_refused})" if limit.name in COLOUR and lot.colour_refused else ""
            return f"{limit.words} of the lot was not measured{why}; order {order.order_id} limits it"
        if limit in lot_limits(order) and limit.excess(value) > 0:
            return f"{limit.words} {_beyond(limit, value)} of order {order.order_id}"
    return ""


def broken(lot: LotOffer, order: OrderNeed) -> tuple[str, ...]:
    """Every limit that a lot does not keep by itself, in words; none: it fits."""
    shut = shut_out(lot, order)
    if shut:
        return (shut,)
    return tuple(
        f"{limit.words} {_beyond(limit, value)} of order {order.order_id}"
        for limit in blend_limits(order)
        if (value := getattr(lot, limit.name)) is not None and limit.excess(value) > 0
    )


def _beyond(limit: Limit, value: float) -> str:
    side = "below" if limit.is_least else "above"
    return f"{value:.4g}{limit.unit} lies {side} the limit {limit.value:.4g}{limit.unit}"
