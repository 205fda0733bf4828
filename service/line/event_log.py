"""The line's own event log: append-only, on local disk, the only user of SQLite in the line.

WAL lets the uplink read while events are written. synchronous=FULL: an event counts as recorded only when a
power cut can't take it back; commits are grouped and made in the recorder's thread, so nobody waits for them.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from service.events import EVENT_CODEC, SCHEMA_VERSION, Body, CommandAnswered, Event, Stamp, Tenant
from service.line.errors import LineError, LogFullError
from service.line.process_lock import ProcessLock

FILE_NAME = "events.sqlite"
BUSY_TIMEOUT_S = 5.0
NEWEST_KEPT = 5_000  # events of each kind: as far back as a new start looks for what was left open
TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_kind ON events (kind, seq);
CREATE TABLE IF NOT EXISTS commands (id TEXT PRIMARY KEY, command TEXT NOT NULL, answered INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An event that is not on disk yet: it has no number."""

    stamp: Stamp
    body: Body


class EventLog:
    """One line's log; safe to use from several threads, written by one process."""

    def __init__(self, folder: Path, *, tenant: Tenant, demo: bool) -> None:
        """Open the log, or make it.

        Raises:
            LogBusyError: another process writes it.
            LineError: it can't be opened or belongs to another line.
        """
        self._tenant = tenant
        self._demo = demo
        self._path = folder / FILE_NAME
        self._guard = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = ProcessLock(folder / "line.lock", what=f"line {tenant.line}")
        except OSError as error:
            raise LineError(
                f"{folder}: can't be used ({error.strerror}); check data_dir and rights"
            ) from error
        try:
            self._db = _connect(self._path)
            self._log_id = self._own_id()
            self._last_seq = int(self._number("SELECT max(seq) FROM events"))
            self._forwarded = int(self.note("forwarded") or 0)
        except sqlite3.Error as error:
            self._lock.release()
            raise LineError(
                f"{self._path}: can't be opened as event log ({error}); check the disk"
            ) from error
        except LineError:
            self._db.close()
            self._lock.release()
            raise

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def log_id(self) -> str:
        """UUID of this log, made with it."""
        return self._log_id

    @property
    def last_seq(self) -> int:
        """Number of the last event on disk; 0: none."""
        return self._last_seq

    def append(self, drafts: Sequence[Draft]) -> int:
        """Write events in one transaction; they are on disk when this returns. Returns the last number.

        Raises:
            LogFullError: nothing of it was written; try again later.
        """
        with self._guard:
            rows, answers, seq = [], [], self._last_seq
            for seq, draft in enumerate(drafts, self._last_seq + 1):
                event = self._numbered(seq, draft)
                rows.append((seq, draft.body.kind, EVENT_CODEC.dump_json(event).decode()))
                if isinstance(draft.body, CommandAnswered):
                    answers.append((draft.body.command_id, draft.body.command))
            with self._transaction():
                self._db.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
                self._db.executemany("INSERT OR REPLACE INTO commands VALUES (?, ?, 1)", answers)
            self._last_seq = seq
            return seq

    def read_after(self, seq: int, limit: int) -> list[Event]:
        """Return up to `limit` events that follow number `seq`."""
        with self._guard:
            query = "SELECT body FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
            return [EVENT_CODEC.validate_json(body) for (body,) in self._db.execute(query, (seq, limit))]

    def forwarded(self) -> int:
        """Number of the last event that the plant has."""
        return self._forwarded

    def mark_forwarded(self, seq: int) -> None:
        """Remember that the plant has everything up to `seq`; it may have lost what it had before."""
        if seq != self._forwarded:
            self.set_note("forwarded", str(seq))
            self._forwarded = seq

    def pruned_to(self) -> int:
        """Number of the newest event that retention may have taken; 0: none. Later ones are all here."""
        return int(self.note("pruned") or 0)

    def prune(self, before: datetime) -> int:
        """Forget events from before a moment; returns how many went.

        Stays: what the plant does not have, and the newest of each kind, from which a new start goes on.

        Raises:
            LogFullError: nothing went; try again later.
        """
        with self._guard:
            to_seq = min(self._first_since(before) - 1, self._forwarded)
            if to_seq <= self.pruned_to():
                return 0
            kinds = [kind for (kind,) in self._db.execute("SELECT DISTINCT kind FROM events")]
            newest = "SELECT seq FROM events WHERE kind = ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
            gone, pruned_to = 0, self.pruned_to()
            with self._transaction():
                for kind in kinds:
                    found = self._db.execute(newest, (kind, NEWEST_KEPT)).fetchone()
                    last = min(to_seq, found[0] if found else 0)
                    query = "DELETE FROM events WHERE kind = ? AND seq <= ?"
                    removed = self._db.execute(query, (kind, last)).rowcount
                    gone, pruned_to = gone + removed, max(pruned_to, last if removed else 0)
                self._db.execute("INSERT OR REPLACE INTO meta VALUES ('pruned', ?)", (str(pruned_to),))
            return gone

    def note(self, name: str) -> str:
        """Return a small value kept beside the events; empty: never set."""
        with self._guard:
            row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
            return str(row[0]) if row else ""

    def set_note(self, name: str, value: str) -> None:
        """Keep a small value beside the events."""
        with self._guard, self._transaction():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def claim_command(self, command_id: str, command: str) -> bool:
        """Note that a command is about to be carried out; False if it was, by this run or an earlier one."""
        with self._guard, self._transaction():
            done = self._db.execute(
                "INSERT OR IGNORE INTO commands VALUES (?, ?, 0)", (command_id, command)
            ).rowcount
            return done == 1

    def unanswered_commands(self) -> list[tuple[str, str]]:
        """Return (id, command) of those that were begun and never answered: the process died over them."""
        with self._guard:
            return list(self._db.execute("SELECT id, command FROM commands WHERE answered = 0"))

    def latest(self, *kinds: str, limit: int = 1) -> list[Event]:
        """Return the last events of these kinds, newest first; no kind: of all."""
        where = f"WHERE kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        query = f"SELECT body FROM events {where} ORDER BY seq DESC LIMIT ?"
        with self._guard:
            return [EVENT_CODEC.validate_json(body) for (body,) in self._db.execute(query, (*kinds, limit))]

    def close(self) -> None:
        """Close the file and let another process have it."""
        with self._guard:
            self._db.close()
            self._lock.release()

    def _numbered(self, seq: int, draft: Draft) -> Event:
        return Event(
            id=str(uuid4()),  # random: a log restored from a copy must not pass for the one that went on
            schema_version=SCHEMA_VERSION,
            log_id=self._log_id,
            seq=seq,
            tenant=self._tenant,
            stamp=draft.stamp,
            demo=self._demo,
            body=draft.body,
        )

    def _own_id(self) -> str:
        line = self.note("line")
        if line and line != self._tenant.line:
            raise LineError(
                f"{self._path}: is the log of line {line}, not of {self._tenant.line}; "
                "give each line a data_dir of its own"
            )
        if not line:
            self.set_note("line", self._tenant.line)
            self.set_note("log_id", str(uuid4()))
        return self.note("log_id")

    def _first_since(self, moment: datetime) -> int:
        """The first number whose event lies at or after a moment; one more than the last: none does."""
        low, high = 0, self._last_seq + 1  # `low` lies before the moment, `high` does not
        query = "SELECT seq, body FROM events WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT 1"
        while high - low > 1:
            middle = (low + high) // 2
            found = self._db.execute(query, (middle, high)).fetchone()
            if found is not None and EVENT_CODEC.validate_json(found[1]).stamp.utc < moment:
                low = found[0]
            else:
                high = middle
        return high

    def _number(self, query: str) -> int:
        return int(self._db.execute(query).fetchone()[0] or 0)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise LogFullError(
                f"{self._path}: can't be written ({error}); free the disk or replace it"
            ) from error


def read_events(path: Path) -> Iterator[Event]:
    """Read a log's events in order, also while a line writes it.

    Raises:
        LineError: it isn't an event log.
    """
    if not path.is_file():
        raise LineError(f"{path}: there is no such event log; a line keeps it as {FILE_NAME} in its data_dir")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            for (body,) in db.execute("SELECT body FROM events ORDER BY seq"):
                yield EVENT_CODEC.validate_json(body)
    except (sqlite3.Error, ValueError) as error:
        raise LineError(f"{path}: is not a readable event log ({error})") from error


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(TABLES)
    return db
