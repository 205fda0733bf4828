"""Which hours of which lines were written to: by what answers that are held know that they are old.

Noted in the transaction of the change, so that readers of any process see both or neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select

from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import TOUCHES

EVERY_LINE = ""
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
KEPT = timedelta(hours=1)  # who did not ask for longer forgets all that it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A line's time, or that of every line."""

    line: str
    from_utc: datetime  # included
    to_utc: datetime  # excluded

    def meets(self, other: "Stretch") -> bool:
        """Whether both speak of the same moment of the same line."""
        alike = EVERY_LINE in (self.line, other.line) or self.line == other.line
        return alike and self.from_utc < other.to_utc and other.from_utc < self.to_utc


EVERYTHING = Stretch(line=EVERY_LINE, from_utc=FIRST, to_utc=LAST)


def note(tx: Transaction, stretches: Iterable[Stretch], now: datetime | None = None) -> None:
    """Write down what was written to."""
    written = now or datetime.now(UTC)  # only for pruning
    rows = [
        {"line": one.line, "from_utc": one.from_utc, "to_utc": one.to_utc, "written_utc": written}
        for one in stretches
    ]
    if rows:
        tx.execute(insert(TOUCHES), rows)


def since(tx: Transaction, number: int) -> tuple[int, list[Stretch]]:
    """What was written to after a number; returns the newest number and the stretches.

    Where notes of that time were pruned, everything counts as written to.
    """
    oldest, newest = tx.execute(select(func.min(TOUCHES.c.id), func.max(TOUCHES.c.id))).one()
    if newest is None or newest <= number:
        return newest or 0, []
    if oldest > number + 1:
        return newest, [EVERYTHING]
    columns = (TOUCHES.c.line, TOUCHES.c.from_utc, TOUCHES.c.to_utc)
    rows = tx.execute(select(*columns).where(TOUCHES.c.id > number).distinct())
    return newest, [Stretch(line=row.line, from_utc=row.from_utc, to_utc=row.to_utc) for row in rows]


def prune(tx: Transaction, now: datetime) -> None:
    """Forget old notes; the newest stays, so that numbers go on."""
    newest = select(func.max(TOUCHES.c.id)).scalar_subquery()
    tx.execute(delete(TOUCHES).where(TOUCHES.c.written_utc < now - KEPT, TOUCHES.c.id < newest))
