"""Users, machine tokens and the audit log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from service.events import Tenant
from service.plant.store.database import Transaction
from service.plant.store.row_seals import seal_rows
from service.plant.store.tables import AUDIT, TOKENS, USERS
from service.plant.views.people import AuditView, Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUser:
    """A user with the hash of the password; never leaves the plant."""

    user: User
    password_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose rows these are."""

    enterprise: str
    site: str

    def tenant(self, area: str, line: str) -> Tenant:
        """One line of theirs."""
        return Tenant(enterprise=self.enterprise, site=self.site, area=area, line=line)


def user(tx: Transaction, login: str) -> StoredUser | None:
    """One user."""
    row = tx.execute(select(USERS).where(USERS.c.login == login)).mappings().first()
    return _user(row) if row else None


def users(tx: Transaction) -> Sequence[StoredUser]:
    """All users, by login."""
    return [_user(row) for row in tx.execute(select(USERS).order_by(USERS.c.login)).mappings()]


def add_user(tx: Transaction, owner: Owner, stored: StoredUser) -> None:
    """Keep a new user."""
    tx.execute(
        insert(USERS).values(
            login=stored.user.login,
            enterprise=owner.enterprise,
            site=owner.site,
            role=stored.user.role.value,
            password_hash=stored.password_hash,
            must_change_password=stored.user.must_change_password,
            created_utc=stored.user.created_utc,
        )
    )


def set_role(tx: Transaction, login: str, role: Role) -> None:
    """Give another role."""
    tx.execute(update(USERS).where(USERS.c.login == login).values(role=role.value))


def set_password(tx: Transaction, login: str, password_hash: str, *, must_change: bool) -> None:
    """Give another password."""
    values = {"password_hash": password_hash, "must_change_password": must_change}
    tx.execute(update(USERS).where(USERS.c.login == login).values(values))


def remove_user(tx: Transaction, login: str) -> None:
    """Forget a user; the audit log keeps the name."""
    tx.execute(delete(USERS).where(USERS.c.login == login))


def token_hashes(tx: Transaction) -> dict[str, str]:
    """SHA-256 of the token of each line."""
    rows = tx.execute(select(TOKENS.c.line, TOKENS.c.token_sha256)).all()
    return {row.line: row.token_sha256 for row in rows}


def set_token(tx: Transaction, owner: Owner, line: str, token_sha256: str, now: datetime) -> None:
    """A line's token from now on."""
    tx.execute(delete(TOKENS).where(TOKENS.c.line == line))
    tx.execute(
        insert(TOKENS).values(
            line=line,
            enterprise=owner.enterprise,
            site=owner.site,
            token_sha256=token_sha256,
            since_utc=now,
        )
    )


def remove_token(tx: Transaction, line: str) -> None:
    """The line may not deliver any more."""
    tx.execute(delete(TOKENS).where(TOKENS.c.line == line))


def note(tx: Transaction, owner: Owner, entry: AuditView) -> None:
    """Write down who changed what; part of the same transaction as the change."""
    made = tx.execute(
        insert(AUDIT)
        .values(
            enterprise=owner.enterprise,
            site=owner.site,
            utc=entry.utc,
            user=entry.user,
            action=entry.action,
            subject=entry.subject,
            detail=json.dumps(entry.detail, sort_keys=True),
        )
        .returning(AUDIT.c.id)
    ).scalar_one()
    seal_rows(tx, "audit", [made], entry.utc)


def audit_page(tx: Transaction, offset: int, limit: int) -> tuple[int, tuple[AuditView, ...]]:
    """Number of entries, and one page, newest first."""
    total = tx.execute(select(func.count()).select_from(AUDIT)).scalar_one()
    rows = tx.execute(select(AUDIT).order_by(AUDIT.c.id.desc()).offset(offset).limit(limit)).mappings()
    return total, tuple(_entry(row) for row in rows)


def last_of(tx: Transaction, action: str) -> AuditView | None:
    """The newest entry of an action."""
    query = select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.id.desc()).limit(1)
    row = tx.execute(query).mappings().first()
    return _entry(row) if row is not None else None


def _entry(row: Any) -> AuditView:  # Any: row mapping
    return AuditView(
        utc=row["utc"],
        user=row["user"],
        action=row["action"],
        subject=row["subject"],
        detail=json.loads(row["detail"]),
    )


def _user(row: Any) -> StoredUser:  # Any: row mapping
    shown = User(
        login=row["login"],
        role=Role(row["role"]),
        must_change_password=row["must_change_password"],
        created_utc=row["created_utc"],
    )
    return StoredUser(user=shown, password_hash=row["password_hash"])
