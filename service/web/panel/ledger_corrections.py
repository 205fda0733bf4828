"""Corrections of the ledger: what stood there, what stands there now, who changed it, when and why."""

from dataclasses import dataclass

from service.plant.errors import PlantError
from service.plant.ledger.book import Ledger
from service.plant.ledger.entries import Entry, FlowBooked
from service.web.panel.crops import demo_tag
from service.web.panel.markup import Html, el, join
from service.web.panel.tables import table
from service.web.panel.voice import Voice

SHOWN = 20
COLUMNS = ("when", "who", "what", "before", "after", "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An entry that took another one's place."""

    entry: Entry
    before: Entry | None


def corrections_of(ledger: Ledger) -> tuple[Correction, ...]:
    """The newest corrections."""
    newest = ledger.entries(page_size=SHOWN, corrections=True).items
    return tuple(Correction(entry=entry, before=_before(ledger, entry)) for entry in newest)


def correction_table(corrections: tuple[Correction, ...], voice: Voice) -> Html | None:
    """One row a correction; None where there are none."""
    if not corrections:
        return None
    columns = [(voice.say(f"correction_column.{key}"), key in ("before", "after")) for key in COLUMNS]
    return table(columns, [_cells(each, voice) for each in corrections])


def _before(ledger: Ledger, entry: Entry) -> Entry | None:
    try:
        return ledger.entry(entry.corrects or "")
    except PlantError:
        return None


def _cells(each: Correction, voice: Voice) -> list[Html]:
    entry = each.entry
    return [
        join(voice.moment(entry.entered_utc)),
        join(entry.entered_by),
        join(_what(each, voice), " ", demo_tag(entry.demo)),
        join(_amount(each.before, voice)),
        el("b", _amount(entry, voice)),
        join(entry.why),
    ]


def _what(each: Correction, voice: Voice) -> str:
    body = each.before.body if each.before is not None else each.entry.body
    if isinstance(body, FlowBooked):
        return f"{voice.say(f'flow.{body.flow.value}')}, {body.place}, {body.unit_id}"
    return voice.say(f"entry_kind.{body.kind}")


def _amount(entry: Entry | None, voice: Voice) -> str:
    if entry is None:
        return "–"
    if isinstance(entry.body, FlowBooked):
        return f"{voice.number(entry.body.value, 1)}\u00a0{voice.say_or_code('unit', entry.body.unit)}"
    return voice.say(f"entry_kind.{entry.body.kind}")
