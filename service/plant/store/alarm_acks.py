"""Who took up an alarm of a line or of the plant: by its key, once; later words replace earlier ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from service.plant.store.database import Transaction
from service.plant.store.intake import chunks
from service.plant.store.people import Owner
from service.plant.store.review_tables import ALARM_ACKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """An alarm that was taken up."""

    utc: datetime
    by: str
    note: str


def of_keys(tx: Transaction, keys: Sequence[str]) -> Mapping[str, Ack]:
    """What of these was taken up."""
    return {
        row.alarm_key: Ack(utc=row.utc, by=row.user, note=row.note)
        for part in chunks(keys)
        for row in tx.execute(select(ALARM_ACKS).where(ALARM_ACKS.c.alarm_key.in_(part)))
    }


def put(tx: Transaction, owner: Owner, key: str, ack: Ack) -> None:
    """Take an alarm up; who and when stay those of the first time."""
    mine = ALARM_ACKS.c.alarm_key == key
    if tx.execute(select(ALARM_ACKS.c.alarm_key).where(mine)).first() is not None:
        tx.execute(update(ALARM_ACKS).where(mine).values(note=ack.note))
        return
    values = {"enterprise": owner.enterprise, "site": owner.site, "utc": ack.utc, "user": ack.by}
    tx.execute(insert(ALARM_ACKS).values(alarm_key=key, note=ack.note, **values))
