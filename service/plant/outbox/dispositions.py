"""Holds, releases and downgrades are told with the ledger entry that makes them."""

from collections.abc import Sequence
from datetime import datetime

from service.mill_terms import Decision
from service.plant.ledger.entries import Disposed, Entry, Withdrawn
from service.plant.outbox.compose import place_of
from service.plant.outbox.messages import Message, RollDispositionBody, message_id
from service.plant.store import facts, journal, materials, outbox
from service.plant.store.database import Transaction


def tell_dispositions(tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
    """Tell what people decided about rolls, and how each roll stands after it."""
    found = (_message(tx, entry) for entry in entries)
    outbox.add(tx, [message for message in found if message is not None], now)


def _message(tx: Transaction, entry: Entry) -> Message | None:
    body = entry.body
    action = Decision(body.action.value) if isinstance(body, Disposed) else Decision.WITHDRAWN
    if isinstance(body, Withdrawn):
        old = journal.get(tx, entry.corrects or "")
        body = old.body if old is not None else body
    if not isinstance(body, Disposed):
        return None
    roll = materials.roll(tx, body.roll_id)
    if roll is None:
        return None
    return Message(
        message_id=message_id("entry", entry.entry_id),
        happened_utc=entry.at_utc,
        place=place_of(roll.tenant),
        demo=roll.demo or entry.demo,
        body=RollDispositionBody(
            roll_id=body.roll_id,
            action=action,
            on_hold=facts.is_on_hold(tx, body.roll_id),
            grade=facts.grade_in_force(tx, body.roll_id),
            why=entry.why,
            user=entry.entered_by,
        ),
    )
