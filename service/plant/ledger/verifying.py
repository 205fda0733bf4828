"""Verifies the ledger when a person asks, and remembers when it was done last and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.plant.ledger.audit import Auditor, Report, day_heads
from service.plant.ledger.book import Ledger
from service.plant.ledger.heads import Head
from service.plant.store import people
from service.plant.store.database import Database
from service.plant.views.people import AuditView

ACTION = "verify_ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The last verification that a person asked for."""

    utc: datetime
    user: str
    links: int
    faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Asks the auditor, and writes down that it was asked."""

    database: Database
    auditor: Auditor
    owner: people.Owner
    heads_dir: Path | None
    now: Callable[[], datetime]

    @classmethod
    def of(cls, ledger: Ledger) -> "Verifier":
        """For a ledger."""
        return cls(
            database=ledger.database,
            auditor=Auditor(database=ledger.database, poster=ledger.poster),
            owner=ledger.owner,
            heads_dir=ledger.settings.heads_dir,
            now=ledger.now,
        )

    def verify(self, user: str) -> Report:
        """Walk every chain; takes time with the size of the store."""
        report = self.auditor.verify(self.heads_dir)
        detail = {"links": str(report.links), "faults": str(len(report.faults))}
        entry = AuditView(utc=self.now(), user=user, action=ACTION, subject="", detail=detail)
        with self.database.write() as tx:
            people.note(tx, self.owner, entry)
        return report

    def last(self) -> Verified | None:
        """When it was done last; None: never."""
        with self.database.read() as tx:
            entry = people.last_of(tx, ACTION)
        if entry is None:
            return None
        links, faults = (int(entry.detail[name]) for name in ("links", "faults"))
        return Verified(utc=entry.utc, user=entry.user, links=links, faults=faults)

    def heads(self) -> tuple[Head, ...]:
        """The newest link of each chain: whoever keeps them elsewhere can prove that nothing was cut off."""
        now = self.now()
        with self.database.read() as tx:
            return tuple(day_heads(tx, now.date()))
