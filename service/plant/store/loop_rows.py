"""Bounds, locks and curves of the closed loop: every version is kept, the newest is in force."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Table, func, insert, select

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import columns_of
from service.plant.store.loop_tables import LOOP_BOUNDS, LOOP_CURVES, LOOP_LOCKS
from service.plant.views.loop import Bounds, CurvePoint, KindCurve, Lock


def add_bounds(tx: Transaction, tenant: Tenant, bounds: Bounds) -> None:
    """Put bounds into force."""
    tx.execute(insert(LOOP_BOUNDS).values(**columns_of(tenant), **_without_line(asdict(bounds))))


def bounds(tx: Transaction, line: str | None = None) -> tuple[Bounds, ...]:
    """Bounds in force."""
    names = tuple(Bounds.__dataclass_fields__)
    return tuple(Bounds(**{name: row[name] for name in names}) for row in _newest(tx, LOOP_BOUNDS, line))


def add_lock(tx: Transaction, tenant: Tenant, lock: Lock) -> None:
    """Lock or give free."""
    tx.execute(insert(LOOP_LOCKS).values(**columns_of(tenant), **_without_line(asdict(lock))))


def locks(tx: Transaction, line: str | None = None) -> tuple[Lock, ...]:
    """The last word on each line, article and kind: locked or free."""
    names = tuple(Lock.__dataclass_fields__)
    return tuple(Lock(**{name: row[name] for name in names}) for row in _newest(tx, LOOP_LOCKS, line))


def add_curve(tx: Transaction, tenant: Tenant, curve: KindCurve) -> None:
    """Put a measured curve into force."""
    row = _without_line(asdict(curve)) | {
        "points": json.dumps([list(asdict(p).values()) for p in curve.points])
    }
    tx.execute(insert(LOOP_CURVES).values(**columns_of(tenant), **row))


def curves(tx: Transaction, line: str | None = None) -> tuple[KindCurve, ...]:
    """Curves in force."""
    names = tuple(name for name in KindCurve.__dataclass_fields__ if name != "points")
    points = tuple(CurvePoint.__dataclass_fields__)
    return tuple(
        KindCurve(
            points=tuple(
                CurvePoint(**dict(zip(points, values, strict=True))) for values in json.loads(row["points"])
            ),
            **{name: row[name] for name in names},
        )
        for row in _newest(tx, LOOP_CURVES, line)
    )


def _newest(tx: Transaction, table: Table, line: str | None) -> list[Any]:  # Any: row mappings
    where = [] if line is None else [table.c.line == line]
    last = select(func.max(table.c.id)).where(*where).group_by(table.c.line, table.c.article, table.c.kind)
    query = select(table).where(table.c.id.in_(last)).order_by(table.c.line, table.c.article, table.c.kind)
    return list(tx.execute(query).mappings())


def _without_line(row: dict[str, Any]) -> dict[str, Any]:  # Any: column values
    return {name: value for name, value in row.items() if name != "line"}
