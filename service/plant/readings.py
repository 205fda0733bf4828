"""Readings of sensors that come by REST, CSV or file drop: checked, in the ledger's unit, kept once each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from service.event_terms import MeasuredKind, ReadingQuality
from service.measuring_units import READING_UNITS
from service.plant.errors import PlantError
from service.plant.ledger.checks import check_id, check_moment_of_entry
from service.plant.ledger.terms import Origin
from service.plant.ledger.units import convert_reading
from service.plant.pages import offset_of
from service.plant.shifts import check_moment
from service.plant.store import measured, people
from service.plant.store.database import Database, Transaction
from service.plant.store.many import Row
from service.plant.store.sealed import seal_readings
from service.plant.views.ledger import Reading
from service.plant.views.paging import Page
from service.plant.views.people import AuditView

MOST_AT_ONCE = 10_000
LONGEST_DETAIL = 2_000
MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingDraft:
    """A value as it is sent; `reading_id` may be left out: place, sensor, quantity and time make it."""

    sensor_id: str
    place: str  # a line or another place of the plant
    at_utc: datetime
    measured: MeasuredKind
    value: float | None
    unit: str
    quality: ReadingQuality = ReadingQuality.GOOD
    detail: str = ""  # why it is not good
    reading_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of readings: together they are all that were sent."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Takes and shows readings. Thread-safe as its database is."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]

    def take(
        self, drafts: Sequence[ReadingDraft], origin: Origin, *, person: str | None = None, demo: bool = False
    ) -> Kept:
        """Keep all or none; one that is held already, with the same content, changes nothing.

        What a person sends is audited; what a machine measures is not a change.

        Raises:
            PlantError: too_many_entries, bad_entry, bad_time, bad_unit, bad_quantity, reading_conflict.
        """
        if len(drafts) > MOST_AT_ONCE:
            raise PlantError(
                "too_many_entries", f"{len(drafts)} readings, at most {MOST_AT_ONCE} at once: split them"
            )
        with self.database.write() as tx:
            kept = self.take_in(tx, drafts, origin, demo=demo)
            if person is not None and kept.new:
                detail = {
                    "new": str(kept.new),
                    "sensors": ", ".join(sorted({one.sensor_id for one in drafts}))[:500],
                }
                entry = AuditView(
                    utc=self.now(), user=person, action="send_readings", subject=origin.value, detail=detail
                )
                people.note(tx, self.owner, entry)
            return kept

    def take_in(self, tx: Transaction, drafts: Sequence[ReadingDraft], origin: Origin, *, demo: bool) -> Kept:
        """The same within a transaction that does more."""
        now = self.now()
        rows: dict[str, Row] = {}
        for draft in drafts:
            row = self._row(draft, origin, now, demo=demo)
            _refuse_another(rows.setdefault(row["reading_id"], row), row)
        for held in measured.held(tx, sorted(rows)):
            _refuse_another(held, rows[held["reading_id"]])
        new = measured.add_readings(tx, list(rows.values()))
        seal_readings(tx, new, now)
        return Kept(new=len(new), known=len(drafts) - len(new))

    def page(
        self,
        page: int = 1,
        page_size: int = 100,
        *,
        from_utc: datetime | None = None,
        to_utc: datetime | None = None,
        place: str | None = None,
        sensor_id: str | None = None,
        kind: MeasuredKind | None = None,
    ) -> Page[Reading]:
        """Readings, newest first; without times those of the last month. PlantError: bad_page, bad_window."""
        offset = offset_of(page, page_size)
        end = to_utc or self.now() + timedelta(minutes=5)
        start = from_utc or end - MONTH
        for moment in (start, end):
            check_moment(moment)
        with self.database.read() as tx:
            total, items = measured.newest(
                tx, start, end, offset, page_size, line=place, sensor_id=sensor_id, measured=kind
            )
        return Page(items=items, page=page, page_size=page_size, total=total)

    def _row(self, draft: ReadingDraft, origin: Origin, now: datetime, *, demo: bool) -> Row:
        check_moment_of_entry("at_utc", draft.at_utc, now)
        for name, text in (("sensor_id", draft.sensor_id), ("place", draft.place)):
            check_id(name, text)
        if draft.reading_id:
            check_id("reading_id", draft.reading_id)
        if len(draft.detail) > LONGEST_DETAIL:
            raise PlantError("bad_entry", f"detail is longer than {LONGEST_DETAIL} characters; shorten it")
        if draft.value is None and draft.quality is not ReadingQuality.BAD:
            raise PlantError(
                "bad_quantity",
                f"sensor {draft.sensor_id}: a {draft.quality.value} reading without a value; give the value, "
                f"or quality bad and why",
            )
        unit = next(iter(READING_UNITS[draft.measured]))
        value = None if draft.value is None else convert_reading(draft.measured, draft.value, draft.unit)[0]
        return {
            "reading_id": draft.reading_id or _own_id(draft),
            "enterprise": self.owner.enterprise,
            "site": self.owner.site,
            "area": "",
            "line": draft.place,
            "demo": demo,
            "utc": draft.at_utc,
            "sensor_id": draft.sensor_id,
            "measured": draft.measured.value,
            "value": value,
            "unit": unit,
            "quality": draft.quality.value,
            "detail": draft.detail,
            "origin": origin.value,
        }


def _own_id(draft: ReadingDraft) -> str:
    moment = draft.at_utc.timestamp()
    return str(uuid5(NAMESPACE_URL, f"{draft.place}|{draft.sensor_id}|{draft.measured.value}|{moment!r}"))


def _refuse_another(held: Row, new: Row) -> None:
    """One id is one reading."""
    same = ("line", "utc", "sensor_id", "measured", "quality")
    alike = all(held[name] == new[name] for name in same)
    values = (held["value"], new["value"])
    if None not in values:
        alike = alike and abs(values[0] - values[1]) <= 1e-9 * max(1.0, abs(values[0]))
    else:
        alike = alike and values[0] == values[1]
    if not alike:
        raise PlantError(
            "reading_conflict",
            f"reading {new['reading_id']}: sensor {held['sensor_id']} said {held['value']} {held['unit']} at "
            f"{held['utc'].isoformat()} before, now {new['value']}; send what changed under an id of its own",
        )
