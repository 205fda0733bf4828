"""From a point of a chart down to the rows and pictures it was counted from."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from service.plant.chart_views import SubgroupDefect, SubgroupView
from service.plant.store.database import Transaction
from service.plant.store.tables import DEFECTS, PICTURES, SPANS

NEWEST_DEFECTS = 500
KEPT = (
    *("id", "line", "article", "bundle_id", "supplier", "from_utc", "to_utc", "from_mm", "to_mm"),
    *("frames", "defective", "area_m2", "defects", "whole", "demo"),
)


def subgroup_view(tx: Transaction, row: dict[str, Any]) -> SubgroupView:
    """Open a subgroup; Any: its column values."""

    def within(table: Any) -> tuple[ColumnElement[bool], ...]:  # Any: a table
        inside = table.c.order_no.between(row["from_order"], row["to_order"])
        return table.c.line == row["line"], inside

    frames_now = tx.execute(
        select(func.sum(SPANS.c.frames)).where(*within(SPANS), SPANS.c.inspected)
    ).scalar()
    places = tx.execute(select(SPANS.c.roll_id, SPANS.c.lot_id).where(*within(SPANS)).distinct()).all()
    found = tx.execute(
        select(DEFECTS, PICTURES.c.sha256.label("held"))
        .outerjoin(PICTURES, PICTURES.c.sha256 == DEFECTS.c.picture_sha256)
        .where(*within(DEFECTS))
        .order_by(DEFECTS.c.order_no.desc())
        .limit(NEWEST_DEFECTS)
    ).mappings()
    sure = select(func.count()).where(*within(DEFECTS), DEFECTS.c.unsure.is_(False))
    return SubgroupView(
        frames_now=int(frames_now or 0),
        defects_now=int(tx.execute(sure).scalar_one()),
        roll_ids=tuple(sorted({place.roll_id for place in places if place.roll_id})),
        lot_ids=tuple(sorted({place.lot_id for place in places if place.lot_id})),
        found=tuple(_defect(each) for each in found),
        **{name: row[name] for name in KEPT},
    )


def _defect(row: Any) -> SubgroupDefect:  # Any: row mapping
    return SubgroupDefect(
        defect_id=row["defect_id"],
        kind=row["kind"],
        score=row["score"],
        unsure=row["unsure"],
        roll_id=row["roll_id"],
        lot_id=row["lot_id"],
        picture_sha256=row["picture_sha256"],
        picture_held=row["held"] is not None,
        utc=row["utc"],
    )
