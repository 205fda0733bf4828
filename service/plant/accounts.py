"""Users and their passwords (argon2). Guessing is slowed down by the web, which knows the address."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.plant.errors import PlantError
from service.plant.store import people
from service.plant.store.database import Database, Transaction
from service.plant.store.people import StoredUser
from service.plant.views.people import AuditView, Role, User

SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 200  # longer ones only cost time to hash
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
FIRST_ADMIN = "admin"
SYSTEM = "system"  # who did what nobody asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Who may log in, and as what."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]
    hasher: PasswordHasher = field(default_factory=PasswordHasher)

    def first_admin_password(self) -> str | None:
        """Make the first admin and return its password; None where there is a user already."""
        if self.listing():
            return None
        password = secrets.token_urlsafe(12)
        user = self._new(FIRST_ADMIN, Role.ADMIN)
        stored = StoredUser(user=user, password_hash=self.hasher.hash(password))
        with self.database.write() as tx:
            if people.users(tx):
                return None
            people.add_user(tx, self.owner, stored)
            self._note(tx, SYSTEM, "create_user", FIRST_ADMIN, role=Role.ADMIN.value)
        return password

    def verify(self, login: str, password: str) -> User | None:
        """The user, if both fit; an unknown login takes as long as a wrong password."""
        with self.database.read() as tx:
            stored = people.user(tx, login)
        fits = self._fits(stored.password_hash if stored else _nobodys_hash(), password)
        return stored.user if stored and fits else None

    def get(self, login: str) -> User | None:
        """A user by login."""
        with self.database.read() as tx:
            stored = people.user(tx, login)
        return stored.user if stored else None

    def listing(self) -> tuple[User, ...]:
        """All users."""
        with self.database.read() as tx:
            return tuple(stored.user for stored in people.users(tx))

    def create(self, login: str, password: str, role: Role, by: str) -> User:
        """Make a user. PlantError: bad_login, weak_password, user_exists."""
        if not LOGIN.fullmatch(login):
            raise PlantError("bad_login", f"login {login!r}: 1 to 32 of a-z, 0-9, dot, dash, underscore")
        _check_password(login, password)
        user = self._new(login, role)
        stored = StoredUser(user=user, password_hash=self.hasher.hash(password))
        with self.database.write() as tx:
            if people.user(tx, login) is not None:
                raise PlantError("user_exists", f"user {login} exists already; choose another login")
            people.add_user(tx, self.owner, stored)
            self._note(tx, by, "create_user", login, role=role.value)
        return user

    def set_role(self, login: str, role: Role, by: str) -> User:
        """Give another role. PlantError: unknown_user, last_admin."""
        with self.database.write() as tx:
            before = _known(tx, login)
            if role is not Role.ADMIN:
                _keep_an_admin(tx, login)
            people.set_role(tx, login, role)
            self._note(tx, by, "set_role", login, before=before.user.role.value, role=role.value)
            return _known(tx, login).user

    def remove(self, login: str, by: str) -> None:
        """Remove a user. PlantError: unknown_user, last_admin."""
        with self.database.write() as tx:
            _known(tx, login)
            _keep_an_admin(tx, login)
            people.remove_user(tx, login)
            self._note(tx, by, "remove_user", login)

    def change_password(self, login: str, old: str, new: str) -> None:
        """Change one's own password. PlantError: unknown_user, wrong_password, weak_password."""
        with self.database.read() as tx:
            stored = _known(tx, login)
        if not self._fits(stored.password_hash, old):
            raise PlantError("wrong_password", "the old password is not right; type it again")
        _check_password(login, new)
        if new == old:
            raise PlantError("weak_password", "the new password is the old one; choose another")
        hashed = self.hasher.hash(new)
        with self.database.write() as tx:
            people.set_password(tx, login, hashed, must_change=False)
            self._note(tx, login, "change_password", login)

    def reset_password(self, login: str, by: str) -> str:
        """Give a forgotten password's owner a new one, to be changed at the next login, and return it.

        PlantError: unknown_user.
        """
        password = secrets.token_urlsafe(12)
        hashed = self.hasher.hash(password)
        with self.database.write() as tx:
            _known(tx, login)
            people.set_password(tx, login, hashed, must_change=True)
            self._note(tx, by, "reset_password", login)
        return password

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return len(password) <= LONGEST_PASSWORD and self.hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def _new(self, login: str, role: Role) -> User:
        return User(login=login, role=role, must_change_password=True, created_utc=self.now())

    def _note(self, tx: Transaction, by: str, action: str, subject: str, **detail: str) -> None:
        entry = AuditView(utc=self.now(), user=by, action=action, subject=subject, detail=detail)
        people.note(tx, self.owner, entry)


@cache
def _nobodys_hash() -> str:
    """What an unknown login is compared with: it takes as long and never fits."""
    return PasswordHasher().hash(secrets.token_urlsafe(32))


def _check_password(login: str, password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or password.lower() == login:
        raise PlantError(
            "weak_password",
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters and is not the login",
        )


def _known(tx: Transaction, login: str) -> StoredUser:
    stored = people.user(tx, login)
    if stored is None:
        raise PlantError("unknown_user", f"user {login!r} is not known; look it up on the page of people")
    return stored


def _keep_an_admin(tx: Transaction, login: str) -> None:
    admins = [stored.user.login for stored in people.users(tx) if stored.user.role is Role.ADMIN]
    if admins == [login]:
        raise PlantError("last_admin", f"{login} is the last admin; make another one first")
