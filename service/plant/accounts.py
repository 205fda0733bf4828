"""Users and their passwords (argon2). Guessing is slowed down by the web, which knows the address."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.plant.acting import check_line
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
    line_names: Sequence[str]
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
            if people.users(tx, self.owner):
                return None
            people.add_user(tx, self.owner, stored)
            self._note(tx, SYSTEM, "create_user", FIRST_ADMIN, role=Role.ADMIN.value)
        return password

    def verify(self, login: str, password: str) -> User | None:
        """The user, if both fit; an unknown login takes as long as a wrong password."""
        with self.database.read() as tx:
            stored = people.user(tx, self.owner, login)
        fits = self._fits(stored.password_hash if stored else _nobodys_hash(), password)
        return stored.user if stored and fits else None

    def get(self, login: str) -> User | None:
        """A user by login."""
        with self.database.read() as tx:
            stored = people.user(tx, self.owner, login)
        return stored.user if stored else None

    def listing(self) -> tuple[User, ...]:
        """All users."""
        with self.database.read() as tx:
            return tuple(stored.user for stored in people.users(tx, self.owner))

    def create(self, login: str, password: str, role: Role, by: str, lines: Sequence[str] = ()) -> User:
        """Make a user. PlantError: bad_login, weak_password, user_exists, unknown_line, out_of_scope."""
        check_line(None)
        if not LOGIN.fullmatch(login):
            raise PlantError("bad_login", f"login {login!r}: 1 to 32 of a-z, 0-9, dot, dash, underscore")
        _check_password(login, password)
        user = self._new(login, role, self._checked(lines))
        stored = StoredUser(user=user, password_hash=self.hasher.hash(password))
        with self.database.write() as tx:
            if people.is_taken(tx, login):
                raise PlantError("user_exists", f"user {login} exists already; choose another login")
            people.add_user(tx, self.owner, stored)
            self._note(tx, by, "create_user", login, role=role.value, lines=_told(user.lines))
        return user

    def set_role(self, login: str, role: Role, by: str) -> User:
        """Give another role. PlantError: unknown_user, last_admin, out_of_scope."""
        check_line(None)
        with self.database.write() as tx:
            before = self._known(tx, login).user
            if role is not Role.ADMIN:
                self._keep_an_admin(tx, login)
            people.set_access(tx, login, role, before.lines, self.now())
            self._note(tx, by, "set_role", login, before=before.role.value, role=role.value)
            return self._known(tx, login).user

    def set_lines(self, login: str, lines: Sequence[str], by: str) -> User:
        """Say on which lines a user may act; none: on every line.

        PlantError: unknown_user, unknown_line, last_admin, out_of_scope.
        """
        check_line(None)
        wanted = self._checked(lines)
        with self.database.write() as tx:
            before = self._known(tx, login).user
            if wanted:
                self._keep_an_admin(tx, login)
            people.set_access(tx, login, before.role, wanted, self.now())
            self._note(tx, by, "set_lines", login, before=_told(before.lines), lines=_told(wanted))
            return self._known(tx, login).user

    def remove(self, login: str, by: str) -> None:
        """Remove a user. PlantError: unknown_user, last_admin, out_of_scope."""
        check_line(None)
        with self.database.write() as tx:
            self._known(tx, login)
            self._keep_an_admin(tx, login)
            people.remove_user(tx, login)
            self._note(tx, by, "remove_user", login)

    def change_password(self, login: str, old: str, new: str) -> None:
        """Change one's own password. PlantError: unknown_user, wrong_password, weak_password."""
        with self.database.read() as tx:
            stored = self._known(tx, login)
        if not self._fits(stored.password_hash, old):
            raise PlantError("wrong_password", "the old password is not right; type it again")
        _check_password(login, new)
        if new == old:
            raise PlantError("weak_password", "the new password is the old one; choose another")
        hashed = self.hasher.hash(new)
        with self.database.write() as tx:
            people.set_password(tx, login, hashed, self.now(), must_change=False)
            self._note(tx, login, "change_password", login)

    def reset_password(self, login: str, by: str) -> str:
        """Give a forgotten password's owner a new one, to be changed at the next login, and return it.

        PlantError: unknown_user.
        """
        password = secrets.token_urlsafe(12)
        hashed = self.hasher.hash(password)
        with self.database.write() as tx:
            self._known(tx, login)
            people.set_password(tx, login, hashed, self.now(), must_change=True)
            self._note(tx, by, "reset_password", login)
        return password

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return len(password) <= LONGEST_PASSWORD and self.hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def _new(self, login: str, role: Role, lines: tuple[str, ...] = ()) -> User:
        now = self.now()
        return User(
            login=login, role=role, must_change_password=True, created_utc=now, lines=lines, since_utc=now
        )

    def _checked(self, lines: Sequence[str]) -> tuple[str, ...]:
        return checked_lines(lines, self.line_names)

    def _known(self, tx: Transaction, login: str) -> StoredUser:
        stored = people.user(tx, self.owner, login)
        if stored is None:
            raise PlantError("unknown_user", f"user {login!r} is not known; look it up on the page of people")
        return stored

    def _keep_an_admin(self, tx: Transaction, login: str) -> None:
        """One admin who may act on every line has to stay: others can't give rights."""
        users = [stored.user for stored in people.users(tx, self.owner)]
        if [user.login for user in users if user.may(Role.ADMIN, None)] == [login]:
            raise PlantError("last_admin", f"{login} is the last admin; make another one first")

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


def checked_lines(lines: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Lines that somebody may act on, each once; all of them is the same as none.

    Raises:
        PlantError: unknown_line.
    """
    strange = sorted(set(lines) - set(known))
    if strange:
        raise PlantError("unknown_line", f"line {strange[0]} is not in this plant's settings; add it there")
    return tuple(sorted(set(lines)))


def _told(lines: Sequence[str]) -> str:
    return ", ".join(lines)
