"""Batches of events from lines: checked, kept once each, projected; all of a batch or nothing."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.events import (
    Event,
    LineStarted,
    LineStopped,
    RollEnded,
    ShotAnswered,
    ShotGivenUp,
    SpanInspected,
    SpanNotInspected,
    StateChanged,
)
from service.measured_events import MassWeighed
from service.plant.batch import FIRST_SEQ, check_batch
from service.plant.clock_watch import clock_alarms, clock_is_right
from service.plant.counts import LineCounts
from service.plant.errors import LogConflictError, PlantError
from service.plant.gate import Admission, admit
from service.plant.grading.regrade import Grader
from service.plant.ledger.audit import day_heads
from service.plant.ledger.book import Ledger
from service.plant.ledger.heads import HEADS_FOLDER, write_heads
from service.plant.outbox.compose import message_of
from service.plant.outbox.messages import Message
from service.plant.store import intake, outbox, touches
from service.plant.store.chain import any_removed, removed_to_seq, seal_events
from service.plant.store.database import Database, Transaction
from service.plant.store.intake import LineLogs
from service.plant.store.plant_alarms import clear_alarm, raise_alarm
from service.plant.store.projector import Placed, Touched, project
from service.plant.store.roll_hours import write_hours
from service.plant.store.run_time import touch_runs
from service.plant.views.intake import IngestResult
from service.settings import PlantSettings

log = logging.getLogger(__name__)

REBUILD_BATCH = 2_000
TELLS_A_STATE = (LineStarted, LineStopped, StateChanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes what lines deliver."""

    database: Database
    settings: PlantSettings
    grader: Grader
    ledger: Ledger
    now: Callable[[], datetime]
    counts: LineCounts = field(default_factory=LineCounts)

    def take(self, line: str, events: Sequence[Event]) -> IngestResult:
        """Keep a batch; a second delivery of an event changes nothing.

        Raises:
            LogConflictError: another log speaks for this line, or two logs bear the same id.
            PlantError: the batch is not this line's, or this software can't read it.
        """
        if not events:
            return IngestResult(accepted=0, duplicates=0, last_seq=0)
        log_id = check_batch(line, events, self.settings)
        now = self.now()
        stated = 0
        with self.database.write() as tx:
            logs = self._admit(tx, line, log_id, events, now)
            fresh = _fresh(tx, logs, events)
            if fresh:
                stated = self._keep(tx, line, [(event, logs.order_no(event.seq)) for event in fresh], now)
            last_seq = intake.note_delivery(tx, logs, events, len(fresh), now)
        self.counts.add(fresh)
        if stated:
            self._export_heads(now)
        return IngestResult(accepted=len(fresh), duplicates=len(events) - len(fresh), last_seq=last_seq)

    def _keep(self, tx: Transaction, line: str, placed: Sequence[Placed], now: datetime) -> int:
        """Keep new events and all that follows from them; returns how many shifts were stated."""
        fresh = [event for event, _ in placed]
        raw = intake.insert_events(tx, placed, now)
        touched = project(tx, placed)
        seal_events(tx, fresh[0].log_id, raw, now)
        ended = any(isinstance(event.body, RollEnded) for event in fresh)
        regraded = self.grader.regrade(
            tx, sorted(touched.ended), now, "roll_ended" if ended else "late_events"
        )
        write_hours(tx, touched.changes, (*touched.ends, *regraded.ends))
        told = [event.stamp.utc for event in fresh if isinstance(event.body, TELLS_A_STATE)]
        if told:
            touch_runs(tx, line, min(told))
        outbox.add(tx, [*_told(placed, touched), *regraded.told], now)
        return self._watch(tx, line, fresh, touched, now)

    def rebuild(self) -> int:
        """Make every projection again from the events kept; grades given stay, new ones are added.

        Raises:
            PlantError: events_removed: retention took away events that rows were made from.
        """
        count = 0
        roll_ids: set[str] = set()
        with self.database.write() as tx:
            if any_removed(tx):
                raise PlantError(
                    "events_removed",
                    "retention has removed events: what was counted from them can't be made again; "
                    "rebuild a copy that was taken before",
                )
            intake.clear_projections(tx)
            touches.note(tx, [touches.EVERYTHING])
            for placed in intake.batches(tx, REBUILD_BATCH):
                touched = project(tx, placed)
                write_hours(tx, touched.changes, touched.ends)
                roll_ids |= touched.roll_ids
                count += len(placed)
            self.ledger.post_again(tx)
            self.grader.keep(tx, roll_ids, self.now(), "rebuild")
        log.info("projections rebuilt from %d events", count)
        return count

    def _watch(
        self, tx: Transaction, line: str, fresh: Sequence[Event], touched: Touched, now: datetime
    ) -> int:
        """Tell of contradicting facts and wrong clocks; state shifts, and return how many have ended."""
        owner = self.ledger.owner
        for alarm in (*touched.conflicts, *clock_alarms(line, fresh, now)):
            raise_alarm(tx, owner, alarm, now)
        if clock_is_right(fresh, now):
            clear_alarm(tx, "clock_ahead", line, now)
        stated = self.ledger.closer.state_due(tx, now)
        booked = [event.stamp.utc for event in fresh if _moves_a_balance(event)]
        self.ledger.closer.state_late(tx, booked, now, "late_events")
        return stated

    def _export_heads(self, now: datetime) -> None:
        """The day's heads, once a day; a share that is away must not stop the lines' events."""
        folder = self.settings.ledger.heads_dir or self.settings.data_dir / HEADS_FOLDER
        with self.database.read() as tx:
            heads = day_heads(tx, now.date())
        try:
            write_heads(folder, now.date().isoformat(), heads)
        except PlantError as error:
            log.error("the day's heads of the chain were not exported: %s", error)

    def _admit(
        self, tx: Transaction, line: str, log_id: str, events: Sequence[Event], now: datetime
    ) -> LineLogs:
        """Whether this log may speak for the line; returns what is known of both."""
        logs = intake.line_logs(tx, line, log_id)
        owner = logs.owner
        if owner is not None and owner != line:
            raise LogConflictError(f"log {log_id} belongs to line {owner}, but delivers as line {line}")
        admission = admit(line, log_id, events, bound=logs.bound, succeeded_utc=logs.succeeded_utc, now=now)
        if admission is not Admission.SUCCEEDS:
            return logs
        first = min(events, key=lambda event: event.seq)
        from_seq = FIRST_SEQ if owner is None else first.seq
        intake.add_tenure(tx, first.tenant, log_id, from_seq, now)
        log.info("line %s: log %s speaks for it from event %d on", line, log_id, from_seq)
        return intake.line_logs(tx, line, log_id)


def _moves_a_balance(event: Event) -> bool:
    body = event.body
    if isinstance(body, SpanInspected | SpanNotInspected):
        return body.fed_kg > 0
    return isinstance(body, ShotAnswered | ShotGivenUp | RollEnded | MassWeighed)


def _told(placed: Sequence[Placed], touched: Touched) -> list[Message]:
    """What the mill's systems are told of new events."""
    found = (message_of(event, order_no, touched.state_order) for event, order_no in placed)
    return [message for message in found if message is not None]


def _fresh(tx: Transaction, logs: LineLogs, events: Sequence[Event]) -> list[Event]:
    """Events that are not held yet, by seq, each once."""
    late, held = list(events), dict[int, str]()
    if min(event.seq for event in events) <= logs.highest_seq:
        removed_to = removed_to_seq(tx, logs.log_id)  # delivered again after retention: a duplicate
        late = [event for event in events if event.seq > removed_to]
        held = intake.held_ids(tx, logs.log_id, [event.seq for event in late])
    fresh: dict[int, Event] = {}
    known = dict(held)
    for event in sorted(late, key=lambda event: event.seq):
        if known.setdefault(event.seq, event.id) != event.id:
            raise LogConflictError(
                f"log {logs.log_id}: event {event.seq} is held as {known[event.seq]} and delivered as "
                f"{event.id}; the log was copied or restored from a copy: give this machine a new event log"
            )
        if event.seq not in held:
            fresh[event.seq] = event
    return list(fresh.values())
