"""What a line showed since an event of its log: fibre fed, findings, shots and what the reject bin held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from service.event_terms import ShotFate
from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.intake import chunks, columns_of
from service.plant.store.loop_tables import SHOT_CHECKS
from service.plant.store.tables import DEFECTS, LINES, LOTS, SHOTS, SPANS
from service.plant.views.loop import ShotCheck, ShotToCheck, ShotVerdict

REACH_MM = 60.0  # a shot is widened by margin, latency and spread: its finding lies this near at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """An inspected stretch."""

    order_no: int
    utc: datetime
    lot_id: str
    tonnes: float
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding."""

    order_no: int
    kind: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a line says that it runs."""

    article: str
    bundle_id: str


def running(tx: Transaction, line: str) -> Running:
    """Article and recipe of a line."""
    row = tx.execute(select(LINES.c.article, LINES.c.bundle_id).where(LINES.c.line == line)).first()
    return Running(article=(row.article or "") if row else "", bundle_id=(row.bundle_id or "") if row else "")


def order_before(tx: Transaction, line: str, since: datetime) -> int:
    """The order number just before a line's first inspected stretch since a moment."""
    query = select(func.min(SPANS.c.order_no)).where(SPANS.c.line == line, SPANS.c.utc >= since)
    first = tx.execute(query).scalar()
    if first is not None:
        return int(first) - 1
    last = tx.execute(select(func.max(SPANS.c.order_no)).where(SPANS.c.line == line)).scalar()
    return int(last) if last is not None else -1


def fed(tx: Transaction, line: str, after_order: int) -> list[Fed]:
    """Inspected fibre that followed an event, in order."""
    query = (
        select(SPANS.c.order_no, SPANS.c.utc, SPANS.c.lot_id, SPANS.c.fed_kg, SPANS.c.demo)
        .where(SPANS.c.line == line, SPANS.c.order_no > after_order, SPANS.c.inspected, SPANS.c.fed_kg > 0)
        .order_by(SPANS.c.order_no)
    )
    return [
        Fed(
            order_no=row.order_no,
            utc=row.utc,
            lot_id=row.lot_id or "",
            tonnes=row.fed_kg / 1000,
            demo=row.demo,
        )
        for row in tx.execute(query)
    ]


def found(tx: Transaction, line: str, after_order: int, to_order: int) -> list[Found]:
    """Findings between two events, in order; sure and unsure ones."""
    query = (
        select(DEFECTS.c.order_no, DEFECTS.c.kind, DEFECTS.c.score)
        .where(DEFECTS.c.line == line, DEFECTS.c.order_no > after_order, DEFECTS.c.order_no <= to_order)
        .order_by(DEFECTS.c.order_no)
    )
    return [Found(order_no=row.order_no, kind=row.kind, score=row.score) for row in tx.execute(query)]


def lots(tx: Transaction, lot_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    """Name, article and supplier of lots."""
    known: dict[str, tuple[str, str, str]] = {}
    for part in chunks(lot_ids):
        query = select(LOTS.c.lot_id, LOTS.c.name, LOTS.c.article, LOTS.c.supplier)
        for row in tx.execute(query.where(LOTS.c.lot_id.in_(part))):
            known[row.lot_id] = (row.name, row.article, row.supplier)
    return known


def shot(tx: Transaction, command_id: str) -> Any:  # Any: row, None where it is not known
    """A shot of a line."""
    return tx.execute(select(SHOTS).where(SHOTS.c.command_id == command_id)).first()


def shot_at(tx: Transaction, lot_id: str, moment: datetime) -> Any:  # Any: row, None where there is none
    """The shot of a lot that was fired last before a moment."""
    query = (
        select(SHOTS)
        .where(
            SHOTS.c.lot_id == lot_id,
            SHOTS.c.utc <= moment,
            SHOTS.c.fate == ShotFate.SCHEDULED.value,
        )
        .order_by(SHOTS.c.utc.desc(), SHOTS.c.order_no.desc())
    )
    return tx.execute(query.limit(1)).first()


def finding_of(tx: Transaction, fired: Any) -> tuple[str, float | None]:  # Any: row of a shot
    """Kind and score of the strongest finding that lies at a shot; empty: none does."""
    query = (
        select(DEFECTS.c.kind, DEFECTS.c.score)
        .where(
            DEFECTS.c.line == fired.line,
            DEFECTS.c.lot_id == fired.lot_id,
            DEFECTS.c.y0_mm < fired.to_mm + REACH_MM,
            DEFECTS.c.y1_mm > fired.from_mm - REACH_MM,
            DEFECTS.c.unsure.is_(False),
        )
        .order_by(DEFECTS.c.score.desc())
    )
    row = tx.execute(query.limit(1)).first()
    return (row.kind, row.score) if row else ("", None)


def add_check(tx: Transaction, tenant: Tenant, check: ShotCheck, *, article: str, demo: bool) -> None:
    """Keep what the reject bin showed."""
    names = [name for name in ShotCheck.__dataclass_fields__ if name not in ("line", "verdict")]
    tx.execute(
        insert(SHOT_CHECKS).values(
            **columns_of(tenant),
            **{name: getattr(check, name) for name in names},
            verdict=check.verdict.value,
            article=article,
            demo=demo,
        )
    )


def check(tx: Transaction, check_id: str) -> ShotCheck | None:
    """One check."""
    row = tx.execute(select(SHOT_CHECKS).where(SHOT_CHECKS.c.check_id == check_id)).mappings().first()
    return _check(row) if row else None


def checks(
    tx: Transaction, *, line: str | None = None, after: datetime | None = None, limit: int = 1000
) -> list[ShotCheck]:
    """Checks, newest first; `after` is when they came in."""
    query = select(SHOT_CHECKS)
    if line is not None:
        query = query.where(SHOT_CHECKS.c.line == line)
    if after is not None:
        query = query.where(SHOT_CHECKS.c.taken_utc > after)
    query = query.order_by(SHOT_CHECKS.c.taken_utc.desc(), SHOT_CHECKS.c.check_id).limit(limit)
    return [_check(row) for row in tx.execute(query).mappings()]


def to_check(tx: Transaction, line: str, since: datetime, limit: int) -> list[ShotToCheck]:
    """Fired shots that nobody looked at yet, newest first."""
    query = (
        select(SHOTS)
        .outerjoin(SHOT_CHECKS, SHOT_CHECKS.c.command_id == SHOTS.c.command_id)
        .where(
            SHOTS.c.line == line,
            SHOTS.c.utc >= since,
            SHOTS.c.fate == ShotFate.SCHEDULED.value,
            SHOT_CHECKS.c.check_id.is_(None),
        )
        .order_by(SHOTS.c.utc.desc(), SHOTS.c.command_id)
        .limit(limit)
    )
    return [
        ShotToCheck(
            command_id=row.command_id, line=row.line, lot_id=row.lot_id, lane=row.lane,
            from_mm=row.from_mm, to_mm=row.to_mm, fired_utc=row.utc,
        )
        for row in tx.execute(query)
    ]  # fmt: skip


def _check(row: Any) -> ShotCheck:  # Any: row mapping
    names = [name for name in ShotCheck.__dataclass_fields__ if name != "verdict"]
    return ShotCheck(verdict=ShotVerdict(row["verdict"]), **{name: row[name] for name in names})
