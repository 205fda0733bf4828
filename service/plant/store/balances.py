"""Every statement that a shift or a lot ever got; one of each is in force."""

from datetime import datetime

from sqlalchemy import insert, select, update

from service.event_terms import MassFlow
from service.plant.ledger.balance import Balance
from service.plant.ledger.terms import BalanceStatus, Basis
from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import BALANCES
from service.plant.store.many import Row
from service.plant.store.people import Owner
from service.plant.views.ledger import Statement

SAME_KG = 1e-6  # sums in another order differ by rounding


def statement_of(
    drawn: Balance,
    *,
    scope: str,
    subject: str,
    place: str,
    window: tuple[datetime, datetime] | None,
    now: datetime,
    reason: str,
    demo: bool,
) -> Statement:
    """A balance as it is kept and shown."""
    return Statement(
        scope=scope, subject=subject, place=place, basis=drawn.basis,
        from_utc=window[0] if window else None, to_utc=window[1] if window else None,
        input=drawn.of(MassFlow.INPUT), good=drawn.of(MassFlow.GOOD), ejected=drawn.of(MassFlow.EJECTED),
        by_product=drawn.of(MassFlow.BY_PRODUCT), waste=drawn.of(MassFlow.WASTE),
        unaccounted=drawn.unaccounted, limit_pct=drawn.limit.pct, status=drawn.status,
        stated_utc=now, reason=reason, demo=demo,
        stock_before=drawn.stock.before, stock_after=drawn.stock.after,
    )  # fmt: skip


def record(tx: Transaction, owner: Owner, statement: Statement) -> bool:
    """Keep a statement as the one in force, unless it says what the last one said; returns whether kept."""
    fits = (
        BALANCES.c.scope == statement.scope,
        BALANCES.c.subject == statement.subject,
        BALANCES.c.line == statement.place,
        BALANCES.c.basis == statement.basis.value,
        BALANCES.c.latest,
    )
    last = tx.execute(select(BALANCES).where(*fits)).mappings().first()
    if last is not None and _says_the_same(_view(dict(last)), statement):
        return False
    tx.execute(update(BALANCES).where(*fits).values(latest=False))
    names = [name for name in Statement.__dataclass_fields__ if name not in ("place", "basis", "status")]
    tx.execute(
        insert(BALANCES).values(
            **{name: getattr(statement, name) for name in names},
            enterprise=owner.enterprise,
            site=owner.site,
            line=statement.place,
            basis=statement.basis.value,
            status=statement.status.value,
            latest=True,
        )
    )
    return True


def history(tx: Transaction, scope: str, subject: str) -> tuple[Statement, ...]:
    """All statements of a shift or lot, oldest first."""
    fits = (BALANCES.c.scope == scope, BALANCES.c.subject == subject)
    rows = tx.execute(select(BALANCES).where(*fits).order_by(BALANCES.c.id)).mappings()
    return tuple(_view(dict(row)) for row in rows)


def _says_the_same(last: Statement, new: Statement) -> bool:
    numbers = (
        *("input", "good", "ejected", "by_product", "waste", "unaccounted", "limit_pct"),
        *("stock_before", "stock_after"),
    )
    pairs = [(getattr(last, name), getattr(new, name)) for name in numbers]
    alike = all(a == b or (a is not None and b is not None and abs(a - b) < SAME_KG) for a, b in pairs)
    return alike and (last.status, last.demo) == (new.status, new.demo)


def _view(row: Row) -> Statement:
    names = [name for name in Statement.__dataclass_fields__ if name not in ("place", "basis", "status")]
    return Statement(
        place=row["line"],
        basis=Basis(row["basis"]),
        status=BalanceStatus(row["status"]),
        **{name: row[name] for name in names},
    )
