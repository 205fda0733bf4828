"""Tokens that an admin makes for machine clients: a role, lines, an end; told once, kept as hashes."""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.accounts import checked_lines
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.store import access_rows, people
from service.plant.store.database import Database
from service.plant.views.people import AccessToken, AuditView, NewToken, Role, User

SECRET_BYTES = 32
LONGEST_DAYS = 366  # a token that is never renewed is a key that somebody lost
LONGEST_NAME = 60
NOTED_EVERY = timedelta(hours=1)  # a use is written down so often: not each request is a write


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokens:
    """Makes, lists and revokes tokens, and says whose one is."""

    database: Database
    owner: people.Owner
    line_names: Sequence[str]
    now: Callable[[], datetime]

    def create(self, name: str, role: Role, lines: Sequence[str], days: int, by: str) -> NewToken:
        """Make a token.

        Raises:
            PlantError: bad_token_name, bad_token_role, bad_token_life, unknown_line, out_of_scope.
        """
        check_line(None)
        _check(name, role, days)
        now, secret = self.now(), secrets.token_urlsafe(SECRET_BYTES)
        wanted = AccessToken(
            id=0,
            name=name.strip(),
            role=role,
            lines=checked_lines(lines, self.line_names),
            created_utc=now,
            created_by=by,
            expires_utc=now + timedelta(days=days),
            revoked_utc=None,
            used_utc=None,
        )
        detail = {"role": role.value, "lines": ", ".join(wanted.lines), "days": str(days)}
        with self.database.write() as tx:
            made = access_rows.add(tx, self.owner, wanted, _hash(secret))
            entry = AuditView(utc=now, user=by, action="create_token", subject=made.name, detail=detail)
            people.note(tx, self.owner, entry)
        return NewToken(token=made, secret=secret)

    def listing(self) -> tuple[AccessToken, ...]:
        """All tokens, newest first."""
        with self.database.read() as tx:
            return tuple(access_rows.tokens(tx, self.owner))

    def revoke(self, number: int, by: str) -> AccessToken:
        """A token opens nothing any more; a second time changes nothing.

        PlantError: unknown_token, out_of_scope.
        """
        check_line(None)
        with self.database.write() as tx:
            found = access_rows.one(tx, self.owner, number)
            if found is None:
                raise PlantError("unknown_token", f"token {number} is not known; look it up in the list")
            if found.revoked_utc is None:
                now = self.now()
                access_rows.revoke(tx, number, now)
                entry = AuditView(utc=now, user=by, action="revoke_token", subject=found.name)
                people.note(tx, self.owner, entry)
            return access_rows.one(tx, self.owner, number) or found

    def client_of(self, secret: str) -> User | None:
        """Whose token this is; None: nobody's, or it has run out or was revoked.

        What is looked up is a hash, so the time that it takes tells nothing of the secret.
        """
        now = self.now()
        with self.database.read() as tx:
            found = access_rows.by_hash(tx, self.owner, _hash(secret))
        if found is None or not found.is_valid(now):
            return None
        if found.used_utc is None or now - found.used_utc >= NOTED_EVERY:
            with self.database.write() as tx:
                access_rows.used(tx, found.id, now)
        return User(
            login=f"token:{found.name}",
            role=found.role,
            must_change_password=False,
            created_utc=found.created_utc,
            lines=found.lines,
        )


def _check(name: str, role: Role, days: int) -> None:
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise PlantError(
            "bad_token_name", f"name {name[:80]!r}: give 1 to {LONGEST_NAME} printable characters"
        )
    if role is Role.ADMIN:
        raise PlantError(
            "bad_token_role", "a token can't be admin: rights are given by people; take manager or less"
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise PlantError("bad_token_life", f"{days} days; a token lives 1 to {LONGEST_DAYS} days")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
