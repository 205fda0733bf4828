"""Machine tokens: one a line, in a file that only its owner reads; the plant keeps the hash."""

import hashlib
import hmac
import logging
import os
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.plant.errors import PlantError
from service.plant.store import people
from service.plant.store.database import Database, Transaction
from service.plant.views.people import AuditView
from service.settings import LineAccess

log = logging.getLogger(__name__)

SHORTEST_TOKEN = 20  # characters; the plant's own have 43
TOKEN = re.compile(r"[!-~]+")  # what an HTTP header carries unchanged
SECRET_MODE = 0o600
SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Which line a token belongs to; fixed when the plant is opened."""

    hashes: dict[str, str]  # line → SHA-256 of its token

    def line_of(self, token: str) -> str | None:
        """The token's line; every line is compared, so the time tells nothing."""
        given = _hash(token)
        found: str | None = None
        for line, known in self.hashes.items():
            if hmac.compare_digest(given, known):
                found = line
        return found


def load_tokens(
    database: Database, owner: people.Owner, lines: Sequence[LineAccess], now: Callable[[], datetime]
) -> Tokens:
    """Read each line's token file, making it where it is missing, and keep the hashes.

    Raises:
        PlantError: bad_token: a file can't be read or written, holds no token, or two lines share one.
    """
    hashes = {access.line: _hash(_token(access)) for access in lines}
    if len(set(hashes.values())) != len(hashes):
        raise PlantError(
            "bad_token", "two lines have the same token; delete one of the files and start again"
        )
    with database.write() as tx:
        known = people.token_hashes(tx)
        for line in sorted(known.keys() - hashes.keys()):
            people.remove_token(tx, line)
            _note(tx, owner, line, "remove_token", now())
        for line, token_sha256 in hashes.items():
            if known.get(line) != token_sha256:
                people.set_token(tx, owner, line, token_sha256, now())
                _note(tx, owner, line, "set_token", now())
    return Tokens(hashes=hashes)


def _token(access: LineAccess) -> str:
    path = access.token_file
    try:
        if not path.exists():
            _make(path)
        token = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise PlantError("bad_token", f"line {access.line}: token file {path}: {error}") from error
    if len(token) < SHORTEST_TOKEN:
        raise PlantError(
            "bad_token",
            f"line {access.line}: token file {path} holds {len(token)} characters, at least {SHORTEST_TOKEN} "
            f"are needed; delete it and a new one is made",
        )
    if not TOKEN.fullmatch(token):
        raise PlantError(
            "bad_token",
            f"line {access.line}: token file {path} holds no token but something else; a token is one word "
            f"of printable ASCII; delete it and a new one is made",
        )
    if path.stat().st_mode & 0o077:
        log.warning("token file %s can be read by others; run: chmod 600 %s", path, path)
    return token


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    part.replace(path)  # a line that looks meanwhile sees no file or a whole one
    log.info("token file %s made", path)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _note(tx: Transaction, owner: people.Owner, line: str, action: str, now: datetime) -> None:
    people.note(tx, owner, AuditView(utc=now, user=SYSTEM, action=action, subject=line))
