"""Up to when shifts were stated."""

from datetime import datetime

from sqlalchemy import delete, insert, select

from service.plant.store.database import Transaction
from service.plant.store.ledger_tables import STATED


def stated_to(tx: Transaction) -> datetime | None:
    """The end of the last shift that was stated; None: none ever was."""
    return tx.execute(select(STATED.c.to_utc)).scalar()


def note_stated(tx: Transaction, to_utc: datetime) -> None:
    """Shifts are stated up to here."""
    tx.execute(delete(STATED))
    tx.execute(insert(STATED).values(id=1, to_utc=to_utc))
