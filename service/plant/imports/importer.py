"""A whole import: each row is taken, unchanged, or refused with its number and reason; nothing in between.

Sent again, rows that say what they said before are unchanged; a row that says something else corrects the
entry that its record made. What was refused can be mended and sent again with the rest.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from service.plant.errors import PlantError
from service.plant.imports.fields import FieldError, ImportedRow, read_row
from service.plant.imports.mapping import ImportMapping
from service.plant.imports.reading import TextRow
from service.plant.ledger.book import Draft, Ledger
from service.plant.ledger.terms import Origin
from service.plant.outbox.messages import message_id
from service.plant.readings import ReadingDraft, Readings
from service.plant.store import imported, people
from service.plant.store.database import Database, Transaction
from service.plant.views.imports import ImportReport, ImportRun, RefusedRow
from service.plant.views.people import AuditView

ROWS_IN_ONE = 200  # rows in one transaction: lines want to deliver meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Who sends what, and how it is read."""

    mapping_name: str
    mapping: ImportMapping
    source: str  # the file's name, or who sent it
    content: bytes
    user: str
    origin: Origin
    rehearsal: bool = False  # say what would become of it, keep nothing
    demo: bool = False


class _RehearsedError(Exception):
    """Undoes the transaction of a rehearsal."""


@dataclass(slots=True)
class _Tally:
    taken: int = 0
    corrected: int = 0
    unchanged: int = 0
    refused: list[RefusedRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Takes rows into the ledger."""

    database: Database
    ledger: Ledger
    readings: Readings
    owner: people.Owner
    zone: ZoneInfo  # of the plant
    now: Callable[[], datetime]

    def take(self, sent: Sent, rows: Sequence[TextRow]) -> ImportReport:
        """Take every row that can be taken."""
        tally = _Tally()
        if sent.rehearsal:
            run_id = None
            with suppress(_RehearsedError), self.database.write() as tx:
                self._part(tx, imported.begin(tx, self.owner, self._run(sent)), sent, rows, tally)
                raise _RehearsedError
        else:
            with self.database.write() as tx:
                run = self._run(sent)
                run_id = imported.begin(tx, self.owner, run)
                people.note(tx, self.owner, _audited(run, run_id))
            for start in range(0, len(rows), ROWS_IN_ONE):
                with self.database.write() as tx:
                    self._part(tx, run_id, sent, rows[start : start + ROWS_IN_ONE], tally)
        return ImportReport(
            run_id=run_id,
            kind=sent.mapping.kind.value,
            mapping=sent.mapping_name,
            rows=len(rows),
            taken=tally.taken,
            corrected=tally.corrected,
            unchanged=tally.unchanged,
            refused=tuple(tally.refused),
        )

    def runs(self, limit: int) -> tuple[ImportRun, ...]:
        """Imports that were kept, newest first."""
        with self.database.read() as tx:
            return tuple(imported.runs(tx, limit))

    def _part(self, tx: Transaction, run_id: int, sent: Sent, rows: Sequence[TextRow], tally: _Tally) -> None:
        for row in rows:
            self._one(tx, run_id, sent, row, tally)
        imported.finish(tx, run_id, taken=tally.taken, unchanged=tally.unchanged, refused=len(tally.refused))

    def _one(self, tx: Transaction, run_id: int, sent: Sent, text: TextRow, tally: _Tally) -> None:
        key = ""
        try:
            row = read_row(text, sent.mapping, self.zone)
            key = row.key
            with imported.attempt(tx):
                self._enter(tx, run_id, sent, row, tally)
        except FieldError as error:
            tally.refused.append(RefusedRow(row=text.number, key=key, field=error.name, why=str(error)))
        except PlantError as error:
            if error.problem == "database":
                raise
            tally.refused.append(RefusedRow(row=text.number, key=key, field="", why=str(error)))

    def _enter(self, tx: Transaction, run_id: int, sent: Sent, row: ImportedRow, tally: _Tally) -> None:
        kind = sent.mapping.kind.value
        is_entry = not isinstance(row.body, ReadingDraft)
        held = imported.newest(tx, kind, row.key) if is_entry else None
        if held is not None and held.fields == row.fields:
            tally.unchanged += 1
            return
        now = self.now()
        if isinstance(row.body, ReadingDraft):
            kept = self.readings.take_in(tx, [row.body], sent.origin, demo=sent.demo)
            tally.taken += kept.new
            tally.unchanged += kept.known
            return
        draft = Draft(
            body=row.body,
            at_utc=row.at_utc or now,
            entered_by=sent.user,
            origin=sent.origin,
            entry_id=message_id("import", self.owner.enterprise, self.owner.site, run_id, row.number),
            why=f"import {run_id} of {sent.source}, row {row.number}" if held is not None else "",
            corrects=held.entry_id if held is not None else None,
            demo=sent.demo,
        )
        self.ledger.enter_in(tx, [draft])
        imported.add(tx, self.owner, run_id, kind, (row.key, row.number, draft.entry_id, row.fields), now)
        tally.taken += 1
        tally.corrected += held is not None

    def _run(self, sent: Sent) -> ImportRun:
        return ImportRun(
            run_id=0,
            kind=sent.mapping.kind.value,
            source=sent.source[:255],
            content_sha256=hashlib.sha256(sent.content).hexdigest(),
            mapping=sent.mapping_name,
            user=sent.user,
            utc=self.now(),
            taken=0,
            unchanged=0,
            refused=0,
        )


def _audited(run: ImportRun, run_id: int) -> AuditView:
    detail = {"run": str(run_id), "source": run.source, "sha256": run.content_sha256}
    return AuditView(utc=run.utc, user=run.user, action="import", subject=run.mapping, detail=detail)
