"""The stops behind a figure, as rows that add up to it. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from service.plant.store.stop_rows import Stop
from service.plant.views.drill import DrillRow, RowKind

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def rows(code: str, stops: Sequence[Stop], hour: float | None, *, demo: bool) -> list[DrillRow]:
    """One row a stop and reason, in the order given; the planned time is no stop's own: it has no row."""
    counted: set[tuple[str, object]] = set()
    found = []
    for stop in stops:
        key = (stop.line, stop.began_utc)
        first = key not in counted
        counted.add(key)
        part = {
            "stops.count": 1.0 if first else 0.0,
            "stops.time": stop.lost / MINUTE,
            "stops.money": None if hour is None else stop.lost / HOUR * hour,
        }[code]
        found.append(
            DrillRow(
                kind=RowKind.STATE,
                id=f"{stop.line}/{stop.from_utc.isoformat()}",
                line=stop.line,
                utc=stop.from_utc,
                what=stop.reason or "unexplained",
                numerator=part,
                denominator=None,
                roll_id=None,
                lot_id=None,
                picture_sha256=None,
                demo=demo,
            )
        )
    return found
