"""Writes that clients may send twice: the first answer is kept and given again."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from service.plant.store.database import Transaction
from service.plant.store.mill_tables import IDEMPOTENCY_KEYS
from service.plant.views.writes import KeptAnswer

KEPT = timedelta(hours=48)


def find(tx: Transaction, scope_sha256: str) -> KeptAnswer | None:
    """The first request with this key, if there was one."""
    keys = IDEMPOTENCY_KEYS.c
    query = select(keys.request_sha256, keys.status, keys.media_type, keys.body, keys.asked_utc).where(
        keys.scope_sha256 == scope_sha256
    )
    row = tx.execute(query).mappings().first()
    return KeptAnswer(**row) if row else None


def begin(tx: Transaction, scope_sha256: str, request_sha256: str, now: datetime) -> None:
    """A request with this key runs now; an older one is replaced."""
    forget(tx, scope_sha256)
    values = {"status": KeptAnswer.RUNS, "media_type": "", "body": "", "asked_utc": now}
    tx.execute(
        insert(IDEMPOTENCY_KEYS).values(scope_sha256=scope_sha256, request_sha256=request_sha256, **values)
    )


def answer(tx: Transaction, scope_sha256: str, status: int, media_type: str, body: str) -> None:
    """Keep the answer."""
    tx.execute(
        update(IDEMPOTENCY_KEYS)
        .where(IDEMPOTENCY_KEYS.c.scope_sha256 == scope_sha256)
        .values(status=status, media_type=media_type, body=body)
    )


def forget(tx: Transaction, scope_sha256: str) -> None:
    """The key is free again."""
    tx.execute(delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.scope_sha256 == scope_sha256))


def prune(tx: Transaction, now: datetime) -> None:
    """Forget keys older than two days."""
    tx.execute(delete(IDEMPOTENCY_KEYS).where(IDEMPOTENCY_KEYS.c.asked_utc < now - KEPT))
