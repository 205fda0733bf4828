"""Subgroups and frozen limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select

from service.events import Tenant
from service.plant.spc.records import ChartKey, Limits, Measure, Sample, Subgroup
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.quality_tables import LIMITS, SUBGROUPS
from service.plant.store.tables import DEFECTS

AREA_M2 = 100.0  # defects are counted per 100 m2
LIMIT_FIELDS = (
    *("version", "centre", "sigma_z", "subgroups", "outside", "from_utc", "to_utc"),
    *("frozen_utc", "frozen_by", "why"),
)


def last_order(tx: Transaction, line: str) -> int:
    """The last event that belongs to a subgroup; -1 where there is none."""
    found = tx.execute(select(func.max(SUBGROUPS.c.to_order)).where(SUBGROUPS.c.line == line)).scalar()
    return -1 if found is None else int(found)


def add_subgroup(tx: Transaction, tenant: Tenant, group: Subgroup, defects: int) -> int:
    """Keep a closed subgroup; returns its id."""
    values = {name: getattr(group, name) for name in Subgroup.__dataclass_fields__}
    done = tx.execute(insert(SUBGROUPS).values(**columns_of(tenant), **values, defects=defects))
    key = done.inserted_primary_key
    return int(key[0]) if key else 0


def subgroup(tx: Transaction, subgroup_id: int) -> dict[str, Any] | None:
    """One subgroup as it was counted; Any: column values."""
    row = tx.execute(select(SUBGROUPS).where(SUBGROUPS.c.id == subgroup_id)).mappings().first()
    return dict(row) if row else None


def keys(tx: Transaction, line: str | None) -> list[tuple[str, str, str]]:
    """(line, article, CNN) of every subgroup, the one last seen first."""
    table = SUBGROUPS
    query = select(table.c.line, table.c.article, table.c.bundle_id).group_by(
        table.c.line, table.c.article, table.c.bundle_id
    )
    if line is not None:
        query = query.where(table.c.line == line)
    found = tx.execute(query.order_by(func.max(table.c.id).desc()))
    return [(row.line, row.article, row.bundle_id) for row in found]


def samples(
    tx: Transaction,
    key: ChartKey,
    *,
    after: int = 0,
    limit: int,
    between: tuple[datetime, datetime] | None = None,
) -> list[Sample]:
    """The newest whole subgroups behind `after`, oldest first."""
    table = SUBGROUPS
    conditions: list[ColumnElement[bool]] = [*_of(key), table.c.whole, table.c.id > after]
    if between is not None:
        conditions += [table.c.to_utc >= between[0], table.c.to_utc < between[1]]
    query = select(table).where(and_(*conditions)).order_by(table.c.id.desc()).limit(limit)
    rows = list(tx.execute(query).mappings())
    return [made for row in reversed(rows) if (made := _sample(row, key.measure)).size > 0]


def first_samples(tx: Transaction, key: ChartKey, limit: int) -> list[Sample]:
    """The oldest whole subgroups."""
    query = select(SUBGROUPS).where(*_of(key), SUBGROUPS.c.whole).order_by(SUBGROUPS.c.id).limit(limit)
    made = [_sample(row, key.measure) for row in tx.execute(query).mappings()]
    return [sample for sample in made if sample.size > 0]


def rare_defects(
    tx: Transaction, key: ChartKey, kinds: Sequence[str], *, after: int, limit: int
) -> list[dict[str, Any]]:
    """The newest sure defects of critical kinds behind an order number, oldest first; Any: column values."""
    query = (
        select(DEFECTS.c.defect_id, DEFECTS.c.order_no, DEFECTS.c.utc, DEFECTS.c.y0_mm, DEFECTS.c.kind)
        .where(
            DEFECTS.c.line == key.line,
            DEFECTS.c.bundle_id == key.bundle_id,
            DEFECTS.c.kind.in_(kinds),
            DEFECTS.c.unsure.is_(False),
            DEFECTS.c.order_no > after,
        )
        .order_by(DEFECTS.c.order_no.desc())
        .limit(limit)
    )
    return [dict(row) for row in reversed(list(tx.execute(query).mappings()))]


def newest_limits(tx: Transaction, key: ChartKey) -> tuple[Limits, int] | None:
    """The limits in force and the last point of their baseline; None where none were frozen."""
    found = history(tx, key)
    return found[-1] if found else None


def history(tx: Transaction, key: ChartKey) -> list[tuple[Limits, int]]:
    """Every version of a chart's limits, oldest first."""
    table = LIMITS
    query = select(table).where(
        table.c.line == key.line,
        table.c.article == key.article,
        table.c.bundle_id == key.bundle_id,
        table.c.measure == key.measure.value,
    )
    return [
        (Limits(key=key, **{name: row[name] for name in LIMIT_FIELDS}), int(row["baseline_end"]))
        for row in tx.execute(query.order_by(table.c.version)).mappings()
    ]


def add_limits(tx: Transaction, tenant: Tenant, limits: Limits, baseline_end: int) -> None:
    """Freeze limits; earlier versions stay."""
    key = limits.key
    tx.execute(
        insert(LIMITS).values(
            **columns_of(tenant),
            article=key.article,
            bundle_id=key.bundle_id,
            measure=key.measure.value,
            baseline_end=baseline_end,
            **{name: getattr(limits, name) for name in LIMIT_FIELDS},
        )
    )


def _of(key: ChartKey) -> tuple[ColumnElement[bool], ...]:
    table = SUBGROUPS
    return table.c.line == key.line, table.c.article == key.article, table.c.bundle_id == key.bundle_id


def _sample(row: Any, measure: Measure) -> Sample:  # Any: row mapping
    frames = measure is Measure.DEFECTIVE_FRAMES
    return Sample(
        id=row["id"],
        utc=row["to_utc"],
        count=row["defective"] if frames else row["defects"],
        size=float(row["frames"]) if frames else row["area_m2"] / AREA_M2,
    )
