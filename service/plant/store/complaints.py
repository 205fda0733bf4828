"""Complaints, newest first, and the rolls that a customer's name may mean."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, insert, or_, select

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.mill_tables import COMPLAINTS
from service.plant.store.tables import ROLLS
from service.plant.views.complaints import ComplaintView

MM_PER_M = 1000.0
SAME = ("complaint_id", "roll_id", "customer", "reference", "kind", "text", "user", "utc", "demo")


def rolls_called(tx: Transaction, called: str, limit: int) -> Sequence[str]:
    """Ids of rolls with this id or name, newest first."""
    query = select(ROLLS.c.roll_id).where(or_(ROLLS.c.roll_id == called, ROLLS.c.name == called))
    return list(tx.execute(query.order_by(ROLLS.c.utc.desc(), ROLLS.c.roll_id).limit(limit)).scalars())


def add(tx: Transaction, tenant: Tenant, complaint: ComplaintView) -> None:
    """Keep a complaint."""
    place = {
        "from_mm": None if complaint.from_m is None else complaint.from_m * MM_PER_M,
        "to_mm": None if complaint.to_m is None else complaint.to_m * MM_PER_M,
    }
    values = {name: getattr(complaint, name) for name in SAME}
    tx.execute(insert(COMPLAINTS).values(**columns_of(tenant), **place, **values))


def get(tx: Transaction, complaint_id: str) -> ComplaintView | None:
    """One complaint."""
    row = tx.execute(select(COMPLAINTS).where(COMPLAINTS.c.complaint_id == complaint_id)).mappings().first()
    return _view(row) if row else None


def newest(tx: Transaction, roll_id: str | None, limit: int) -> Sequence[ComplaintView]:
    """Complaints, newest first."""
    query = select(COMPLAINTS).order_by(COMPLAINTS.c.utc.desc(), COMPLAINTS.c.complaint_id).limit(limit)
    if roll_id is not None:
        query = query.where(COMPLAINTS.c.roll_id == roll_id)
    return [_view(row) for row in tx.execute(query).mappings()]


def _view(row: RowMapping) -> ComplaintView:
    from_mm, to_mm = row["from_mm"], row["to_mm"]
    return ComplaintView(
        from_m=None if from_mm is None else from_mm / MM_PER_M,
        to_m=None if to_mm is None else to_mm / MM_PER_M,
        **{name: row[name] for name in SAME},
    )
