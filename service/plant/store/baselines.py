"""The plant's baseline periods; the newest of a line, else of the whole plant, is in force."""

from typing import Any

from sqlalchemy import insert, or_, select

from service.plant.kpi.compare import Baseline
from service.plant.store.database import Transaction
from service.plant.store.people import Owner
from service.plant.store.quality_tables import BASELINES


def add(tx: Transaction, owner: Owner, baseline: Baseline) -> None:
    """Keep a new one; earlier ones stay."""
    names = ("line", "from_utc", "to_utc", "set_utc", "set_by", "why")
    values = {name: getattr(baseline, name) for name in names}
    tx.execute(insert(BASELINES).values(enterprise=owner.enterprise, site=owner.site, **values))


def in_force(tx: Transaction, line: str | None) -> Baseline | None:
    """A line's own baseline, else the plant's."""
    table = BASELINES
    query = select(table).where(or_(table.c.line == line, table.c.line.is_(None)))
    rows = list(tx.execute(query.order_by(table.c.id.desc())).mappings())
    own = [row for row in rows if row["line"] == line]
    found = (own or rows)[:1]
    return _baseline(found[0]) if found else None


def history(tx: Transaction) -> tuple[Baseline, ...]:
    """All of them, newest first."""
    rows = tx.execute(select(BASELINES).order_by(BASELINES.c.id.desc())).mappings()
    return tuple(_baseline(row) for row in rows)


def _baseline(row: Any) -> Baseline:  # Any: row mapping
    names = ("line", "from_utc", "to_utc", "set_utc", "set_by", "why")
    return Baseline(id=str(row["id"]), **{name: row[name] for name in names})
