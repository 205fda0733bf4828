"""Users, the lines' tokens and the audit log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update

from service.events import Tenant
from service.plant.acting import came_from
from service.plant.store.database import Transaction
from service.plant.store.row_seals import seal_rows
from service.plant.store.tables import AUDIT, TOKENS, USERS
from service.plant.views.people import AuditFilter, AuditView, Role, User

ADDRESS = "from_address"  # stands in the sealed detail of an entry


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


def user(tx: Transaction, owner: Owner, login: str) -> StoredUser | None:
    """One user of this enterprise and site: those of another plant in the same database are strangers."""
    found = select(USERS).where(USERS.c.login == login, *_of(owner))
    row = tx.execute(found).mappings().first()
    return _user(row) if row else None


def users(tx: Transaction, owner: Owner) -> Sequence[StoredUser]:
    """All users of this enterprise and site, by login."""
    found = select(USERS).where(*_of(owner)).order_by(USERS.c.login)
    return [_user(row) for row in tx.execute(found).mappings()]


def is_taken(tx: Transaction, login: str) -> bool:
    """Whether anybody in the database has this login, of another plant too."""
    return tx.execute(select(USERS.c.login).where(USERS.c.login == login)).first() is not None


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
            lines=json.dumps(stored.user.lines),
            since_utc=stored.user.since_utc,
        )
    )


def set_access(tx: Transaction, login: str, role: Role, lines: Sequence[str], now: datetime) -> None:
    """Give another role or other lines."""
    values = {"role": role.value, "lines": json.dumps(list(lines)), "since_utc": now}
    tx.execute(update(USERS).where(USERS.c.login == login).values(values))


def set_password(
    tx: Transaction, login: str, password_hash: str, now: datetime, *, must_change: bool
) -> None:
    """Give another password."""
    values = {"password_hash": password_hash, "must_change_password": must_change, "since_utc": now}
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
    """Write down who changed what, from where; part of the same transaction as the change."""
    address = entry.address or came_from()
    detail = entry.detail | ({ADDRESS: address} if address else {})
    made = tx.execute(
        insert(AUDIT)
        .values(
            enterprise=owner.enterprise,
            site=owner.site,
            utc=entry.utc,
            user=entry.user,
            action=entry.action,
            subject=entry.subject,
            detail=json.dumps(detail, sort_keys=True),
        )
        .returning(AUDIT.c.id)
    ).scalar_one()
    seal_rows(tx, "audit", [made], entry.utc)


def audit_page(
    tx: Transaction, offset: int, limit: int, wanted: AuditFilter
) -> tuple[int, tuple[AuditView, ...]]:
    """Number of entries, and one page, newest first."""
    fits = _fitting(wanted)
    total = tx.execute(select(func.count()).select_from(AUDIT).where(*fits)).scalar_one()
    page = select(AUDIT).where(*fits).order_by(AUDIT.c.id.desc()).offset(offset).limit(limit)
    return total, tuple(_entry(row) for row in tx.execute(page).mappings())


def audit_words(tx: Transaction) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who stands in the audit log, and which actions: what a filter can ask for."""
    names = select(AUDIT.c.user).distinct().order_by(AUDIT.c.user)
    actions = select(AUDIT.c.action).distinct().order_by(AUDIT.c.action)
    return tuple(tx.execute(names).scalars()), tuple(tx.execute(actions).scalars())


def _fitting(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    fits: list[ColumnElement[bool]] = []
    if wanted.user:
        fits.append(AUDIT.c.user == wanted.user)
    if wanted.action:
        fits.append(AUDIT.c.action == wanted.action)
    if wanted.subject:
        fits.append(AUDIT.c.subject.contains(wanted.subject, autoescape=True))
    if wanted.from_utc is not None:
        fits.append(AUDIT.c.utc >= wanted.from_utc)
    if wanted.to_utc is not None:
        fits.append(AUDIT.c.utc < wanted.to_utc)
    return fits


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return USERS.c.enterprise == owner.enterprise, USERS.c.site == owner.site


def last_of(tx: Transaction, action: str) -> AuditView | None:
    """The newest entry of an action."""
    query = select(AUDIT).where(AUDIT.c.action == action).order_by(AUDIT.c.id.desc()).limit(1)
    row = tx.execute(query).mappings().first()
    return _entry(row) if row is not None else None


def _entry(row: Any) -> AuditView:  # Any: row mapping
    detail = json.loads(row["detail"])
    address = detail.pop(ADDRESS, "")
    return AuditView(
        utc=row["utc"],
        user=row["user"],
        action=row["action"],
        subject=row["subject"],
        detail=detail,
        address=address,
    )


def _user(row: Any) -> StoredUser:  # Any: row mapping
    shown = User(
        login=row["login"],
        role=Role(row["role"]),
        must_change_password=row["must_change_password"],
        created_utc=row["created_utc"],
        lines=tuple(json.loads(row["lines"])),
        since_utc=row["since_utc"],
    )
    return StoredUser(user=shown, password_hash=row["password_hash"])
