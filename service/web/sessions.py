"""Who is logged in: a random token in a cookie, its hash here, one mechanism for API and panel.

Hashes are kept in a file (rights 0600) so that a restart of the plant logs nobody out; tokens are
kept nowhere.
"""

import hashlib
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)
COOKIE = "maqta_session"
TOKEN_BYTES = 32
LONGEST_LIFE = timedelta(days=7)
LONGEST_PAUSE = timedelta(hours=12)  # a shift; whoever was away for longer logs in again
MOST_PER_USER = 20  # the oldest is dropped: a script that logs in again and again fills nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login of one person in one browser."""

    login: str
    made_utc: datetime
    used_utc: datetime


class Sessions:
    """All logins by the hash of their token. Thread-safe."""

    def __init__(self, file: Path, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now
        self._lock = threading.Lock()
        self._by_hash = _read(file)

    def start(self, login: str) -> str:
        """Log a person in; returns the token for the cookie."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._now()
        with self._lock:
            self._by_hash[_hash(token)] = Session(login=login, made_utc=now, used_utc=now)
            self._drop_surplus(login)
            self._write()
        return token

    def login_of(self, token: str | None) -> str | None:
        """Whose session this token is; None: of nobody, or it has run out."""
        session = self.find(token)
        return session.login if session is not None else None

    def find(self, token: str | None) -> Session | None:
        """The session of this token; None: there is none, or it has run out."""
        if not token:
            return None
        key = _hash(token)
        with self._lock:
            session = self._by_hash.get(key)
            if session is None:
                return None
            now = self._now()
            if now - session.made_utc > LONGEST_LIFE or now - session.used_utc > LONGEST_PAUSE:
                del self._by_hash[key]
                self._write()
                return None
            self._by_hash[key] = replace(session, used_utc=now)
            return session

    def end(self, token: str | None) -> None:
        """Log this session out."""
        with self._lock:
            if token and self._by_hash.pop(_hash(token), None) is not None:
                self._write()

    def end_all(self, login: str) -> None:
        """Log a person out everywhere: after a new password, a new role, or when the account is removed."""
        with self._lock:
            kept = {key: session for key, session in self._by_hash.items() if session.login != login}
            if len(kept) != len(self._by_hash):
                self._by_hash = kept
                self._write()

    def _drop_surplus(self, login: str) -> None:
        own = sorted(
            (session.made_utc, key) for key, session in self._by_hash.items() if session.login == login
        )
        for _, key in own[:-MOST_PER_USER]:
            del self._by_hash[key]

    def _write(self) -> None:
        rows = {
            key: {name: _written(value) for name, value in asdict(session).items()}
            for key, session in self._by_hash.items()
        }
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part.unlink(missing_ok=True)
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(rows, file)
            part.replace(self._file)
        except OSError as error:  # people stay logged in; only a restart would log them out
            log.warning(
                "sessions file %s can't be written (%s); free disk space or mend its rights", part, error
            )


def _read(file: Path) -> dict[str, Session]:
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {
            key: Session(
                login=row["login"],
                made_utc=datetime.fromisoformat(row["made_utc"]),
                used_utc=datetime.fromisoformat(row["used_utc"]),
            )
            for key, row in rows.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("sessions file %s can't be read (%s); everybody logs in again", file, error)
        return {}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
