"""Machine tokens: one a line and one a client of the API, in files; the plant keeps the hashes."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.mill_settings import ClientAccess
from service.plant.errors import PlantError
from service.plant.secret_file import read_or_make
from service.plant.store import people
from service.plant.store.database import Database, Transaction
from service.plant.views.people import AuditView
from service.settings import LineAccess

SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Which line a token belongs to; fixed when the plant is opened."""

    hashes: dict[str, str]  # line → SHA-256 of its token
    clients: dict[str, str]  # client of the API → SHA-256 of its token

    def line_of(self, token: str) -> str | None:
        """The token's line; every line is compared, so the time tells nothing."""
        return _owner(token, self.hashes)

    def client_of(self, token: str) -> str | None:
        """The client of the API that a token belongs to; takes the same time for every token."""
        return _owner(token, self.clients)


def load_tokens(
    database: Database,
    owner: people.Owner,
    lines: Sequence[LineAccess],
    clients: Sequence[ClientAccess],
    now: Callable[[], datetime],
) -> Tokens:
    """Read each line's token file, making it where it is missing, and keep the hashes.

    Raises:
        PlantError: bad_token: a file can't be read or written, holds no token, or two lines share one.
    """
    hashes = {access.line: _hash(read_or_make(access.token_file, f"line {access.line}")) for access in lines}
    of_clients = {
        access.name: _hash(read_or_make(access.token_file, f"client {access.name}")) for access in clients
    }
    if len({*hashes.values(), *of_clients.values()}) != len(hashes) + len(of_clients):
        raise PlantError(
            "bad_token",
            "two lines have the same token, or a line and a client; delete one of the files and start again",
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
    return Tokens(hashes=hashes, clients=of_clients)


def _owner(token: str, hashes: Mapping[str, str]) -> str | None:
    given = _hash(token)
    found: str | None = None
    for name, known in hashes.items():
        if hmac.compare_digest(given, known):
            found = name
    return found


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _note(tx: Transaction, owner: people.Owner, line: str, action: str, now: datetime) -> None:
    people.note(tx, owner, AuditView(utc=now, user=SYSTEM, action=action, subject=line))
