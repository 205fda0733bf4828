"""Whether an entry can be taken: ids, times, what it corrects, what it is made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.grading.grade import GRADES
from service.plant.ledger.entries import (
    Disposed,
    Entry,
    FlowBooked,
    OrderOpened,
    ProfileActivated,
    StockCounted,
    StopNoted,
    UnitClosed,
    UnitMade,
    UnitMounted,
    Withdrawn,
)
from service.plant.ledger.moisture import at_standard_regain
from service.plant.ledger.terms import Basis, DispositionAction, Step
from service.plant.ledger.units import convert
from service.plant.store import facts, journal, lineage, materials
from service.plant.store.database import Transaction
from service.settings import LedgerSettings

AHEAD = timedelta(minutes=5)  # clocks of two machines may differ by so much
OLDEST_YEAR = 2000
NOT_IN_AN_ID = re.compile(r"[\x00-\x20/\\?#%]")
LONGEST = 255
MOST_PARENTS = 2_000  # bales of one laydown
DEEPEST = 50  # generations
STEPS = list(Step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What holds for every entry of this plant."""

    settings: LedgerSettings
    now: datetime

    def check(self, tx: Transaction, entry: Entry) -> None:
        """Refuse what can't be.

        Raises:
            PlantError: bad_entry, bad_time, bad_unit, bad_quantity, bad_correction, unknown_unit,
                unknown_roll, unknown_entry, not_on_hold, unit_exists, order_exists, out_of_scope.
        """
        _check_text(entry)
        check_line(_line_of(tx, entry))
        check_moment_of_entry("at_utc", entry.at_utc, self.now)
        self._check_correction(tx, entry)
        match entry.body:
            case FlowBooked() | StockCounted():
                _check_flow(entry.body)
            case UnitMade():
                _check_unit(tx, entry, entry.body)
            case UnitClosed():
                _check_known(tx, entry.body.unit_id)
            case UnitMounted():
                _check_mounted(tx, entry.body)
            case StopNoted():
                self._check_stop(entry.body)
            case OrderOpened():
                _check_order(tx, entry, entry.body)
            case Disposed():
                _check_disposition(tx, entry, entry.body)
            case ProfileActivated() | Withdrawn():
                pass

    def _check_correction(self, tx: Transaction, entry: Entry) -> None:
        if entry.corrects is None:
            if isinstance(entry.body, Withdrawn):
                raise PlantError("bad_correction", "a withdrawal names the entry that it withdraws; add it")
            return
        if not entry.why.strip():
            raise PlantError("bad_correction", f"the correction of {entry.corrects} needs a reason; say why")
        old = journal.get(tx, entry.corrects)
        if old is None:
            raise PlantError("unknown_entry", f"entry {entry.corrects} is not known; look it up")
        later = journal.corrected_by(tx, entry.corrects)
        if later is not None:
            raise PlantError("bad_correction", f"{entry.corrects} is corrected by {later}; correct that")
        if not isinstance(entry.body, Withdrawn) and entry.body.kind != old.body.kind:
            raise PlantError(
                "bad_correction",
                f"a {entry.body.kind} can't correct a {old.body.kind}; withdraw the one and enter the other",
            )

    def _check_stop(self, body: StopNoted) -> None:
        check_moment_of_entry("from_utc", body.from_utc, self.now)
        check_moment_of_entry("to_utc", body.to_utc, self.now)
        if body.from_utc >= body.to_utc:
            raise PlantError(
                "bad_time", f"the stop ends {body.to_utc}, before it begins {body.from_utc}; swap them"
            )
        codes = [reason.code for reason in self.settings.stop_reasons]
        if body.reason not in codes:
            raise PlantError("bad_entry", f"stop reason {body.reason!r}: give one of {', '.join(codes)}")


def check_moment_of_entry(name: str, moment: datetime, now: datetime) -> None:
    """Refuse a moment that can't be. PlantError: bad_time."""
    if moment.tzinfo is None:
        raise PlantError("bad_time", f"{name} {moment} has no time zone; give one, e.g. +05:00")
    if moment > now + AHEAD:
        raise PlantError(
            "bad_time",
            f"{name} {moment.isoformat()} lies ahead of the plant's clock, {now.isoformat()}; "
            f"set the clock of the machine that sent it",
        )
    if moment.year < OLDEST_YEAR:
        raise PlantError(
            "bad_time", f"{name} {moment.isoformat()} is before {OLDEST_YEAR}; was a clock never set?"
        )


def check_id(name: str, value: str) -> None:
    """Refuse an id that can't stand in addresses and file names. PlantError: bad_entry."""
    if not 0 < len(value) <= LONGEST or NOT_IN_AN_ID.search(value):
        raise PlantError(
            "bad_entry", f"{name} {value[:80]!r}: give 1 to {LONGEST} letters, digits and dashes"
        )


def _check_text(entry: Entry) -> None:
    body = entry.body
    names = ("place", "unit_id", "lot_id", "order_id", "roll_id")
    ids = {"entry_id": entry.entry_id} | {
        name: getattr(body, name) for name in names if getattr(body, name, "")
    }
    for number, parent in enumerate(getattr(body, "parents", ())):
        ids[f"parents[{number}]"] = parent
    for needed in ("place", "unit_id", "roll_id"):
        if getattr(body, needed, None) == "":
            raise PlantError("bad_entry", f"{needed} is empty; give it")
    for name, value in ids.items():
        check_id(name, value)
    short = ("name", "supplier", "article", "cause", "customer", "unit")
    for name in short:
        if len(getattr(body, name, "")) > LONGEST:
            raise PlantError("bad_entry", f"{name} is longer than {LONGEST} characters; shorten it")


def _check_flow(body: FlowBooked | StockCounted) -> None:
    basis, _, _ = convert(body.value, body.unit)
    if body.regain_pct is not None:
        if basis is not Basis.MASS:
            raise PlantError("bad_moisture", f"regain with {body.unit}: only mass has one")
        at_standard_regain(1.0, body.regain_pct, 0.0)


def _check_known(tx: Transaction, unit_id: str) -> None:
    if facts.step_of(tx, unit_id) is None:
        raise PlantError("unknown_unit", f"unit {unit_id} is not in the ledger; enter it first")


def _check_unit(tx: Transaction, entry: Entry, body: UnitMade) -> None:
    held = facts.unit_entry(tx, body.unit_id)
    if held is not None and held != entry.corrects:
        raise PlantError(
            "unit_exists",
            f"unit {body.unit_id} was made by entry {held}; correct that, or choose an id",
        )
    if len(body.parents) > MOST_PARENTS:
        raise PlantError("bad_entry", f"{len(body.parents)} parents, at most {MOST_PARENTS}: split it")
    for parent in body.parents:
        step = facts.step_of(tx, parent)
        if step is not None and STEPS.index(step) > STEPS.index(body.step):
            raise PlantError(
                "bad_entry", f"a {body.step.value} can't be made of a {step.value} ({parent}); correct one"
            )
    if body.unit_id in ancestors(tx, body.parents):
        raise PlantError("bad_entry", f"unit {body.unit_id} would be made of itself; correct its parents")


def _check_mounted(tx: Transaction, body: UnitMounted) -> None:
    step = facts.step_of(tx, body.unit_id) if body.unit_id is not None else Step.RUN
    if step is None:
        raise PlantError("unknown_unit", f"unit {body.unit_id} is not in the ledger; enter it first")
    if STEPS.index(step) > STEPS.index(Step.RUN):
        raise PlantError(
            "bad_entry", f"a {step.value} ({body.unit_id}) feeds no line; mount what it is made of"
        )


def ancestors(tx: Transaction, unit_ids: Sequence[str]) -> set[str]:
    """These units and all that they were made of."""
    found, edge = set(unit_ids), set(unit_ids)
    for _ in range(DEEPEST):
        parents = lineage.parents_of(tx, sorted(edge))
        edge = {parent for known in parents.values() for parent in known} - found
        if not edge:
            break
        found |= edge
    return found


def _check_order(tx: Transaction, entry: Entry, body: OrderOpened) -> None:
    convert(body.value, body.unit)
    held = facts.order_entry(tx, body.order_id)
    if held is not None and held != entry.corrects:
        raise PlantError("order_exists", f"order {body.order_id} was entered by {held}; correct that one")
    first, second = body.first_limit, body.second_limit
    if (first is None) != (second is None) or (first is not None and second is not None and second < first):
        raise PlantError(
            "bad_entry", f"limits {first} and {second}: give both, the second not below the first, or neither"
        )


def _line_of(tx: Transaction, entry: Entry) -> str | None:
    """The line or place that an entry concerns; None: more than one, so that it needs all of them."""
    body = entry.body
    if isinstance(body, FlowBooked | StopNoted | UnitMounted):
        return body.place
    roll = materials.roll(tx, body.roll_id) if isinstance(body, Disposed) else None
    return roll.tenant.line if roll is not None else None


def _check_disposition(tx: Transaction, entry: Entry, body: Disposed) -> None:
    if not entry.why.strip():
        raise PlantError("bad_entry", f"to {body.action.value} roll {body.roll_id} needs a reason; say why")
    if not facts.is_roll(tx, body.roll_id):
        raise PlantError("unknown_roll", f"roll {body.roll_id} is not known; open it from the list of rolls")
    on_hold = facts.is_on_hold(tx, body.roll_id)
    if body.action is DispositionAction.RELEASE and not on_hold:
        raise PlantError("not_on_hold", f"roll {body.roll_id} is not on hold; there is nothing to release")
    if (body.action is DispositionAction.DOWNGRADE) != (body.grade is not None):
        raise PlantError("bad_entry", "a downgrade, and only that, names the new grade")
    if body.grade is not None:
        now = facts.grade_in_force(tx, body.roll_id)
        if body.grade not in GRADES or (now in GRADES and GRADES.index(body.grade) <= GRADES.index(now)):
            raise PlantError(
                "bad_entry",
                f"grade {body.grade!r} for roll {body.roll_id}, graded {now}: a downgrade goes further down "
                f"{' > '.join(GRADES)}; a better grade comes from marks or another profile",
            )
