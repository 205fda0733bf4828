"""Tokens of machine clients: hashes, what they may do, until when."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from service.plant.store.database import Transaction
from service.plant.store.people import Owner
from service.plant.store.tables import ACCESS_TOKENS
from service.plant.views.people import AccessToken, Role


def add(tx: Transaction, owner: Owner, token: AccessToken, token_sha256: str) -> AccessToken:
    """Keep a new token's hash; returns the token with its number."""
    values = {
        "enterprise": owner.enterprise,
        "site": owner.site,
        "name": token.name,
        "role": token.role.value,
        "lines": json.dumps(token.lines),
        "token_sha256": token_sha256,
        "created_utc": token.created_utc,
        "created_by": token.created_by,
        "expires_utc": token.expires_utc,
    }
    made = tx.execute(insert(ACCESS_TOKENS).values(values).returning(*ACCESS_TOKENS.c)).mappings().one()
    return _token(made)


def tokens(tx: Transaction, owner: Owner) -> Sequence[AccessToken]:
    """All tokens, newest first, those that open nothing any more too."""
    found = select(ACCESS_TOKENS).where(*_of(owner)).order_by(ACCESS_TOKENS.c.id.desc())
    return [_token(row) for row in tx.execute(found).mappings()]


def by_hash(tx: Transaction, owner: Owner, token_sha256: str) -> AccessToken | None:
    """The token with a hash."""
    found = select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.token_sha256 == token_sha256, *_of(owner))
    row = tx.execute(found).mappings().first()
    return _token(row) if row else None


def one(tx: Transaction, owner: Owner, number: int) -> AccessToken | None:
    """One token."""
    found = select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == number, *_of(owner))
    row = tx.execute(found).mappings().first()
    return _token(row) if row else None


def revoke(tx: Transaction, number: int, now: datetime) -> None:
    """From now on it opens nothing."""
    tx.execute(update(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == number).values(revoked_utc=now))


def used(tx: Transaction, number: int, now: datetime) -> None:
    """Note that it was used."""
    tx.execute(update(ACCESS_TOKENS).where(ACCESS_TOKENS.c.id == number).values(used_utc=now))


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return ACCESS_TOKENS.c.enterprise == owner.enterprise, ACCESS_TOKENS.c.site == owner.site


def _token(row: Any) -> AccessToken:  # Any: row mapping
    return AccessToken(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        lines=tuple(json.loads(row["lines"])),
        created_utc=row["created_utc"],
        created_by=row["created_by"],
        expires_utc=row["expires_utc"],
        revoked_utc=row["revoked_utc"],
        used_utc=row["used_utc"],
    )
