"""A row of text → what the ledger takes; a wrong field is named with its value and the cure. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from service.event_terms import MassFlow, MeasuredKind, ReadingQuality
from service.plant.imports.mapping import ImportKind, ImportMapping
from service.plant.imports.reading import TextRow
from service.plant.ledger.entries import Body, FlowBooked, OrderOpened, UnitMade, UnitMounted
from service.plant.ledger.terms import Step
from service.plant.readings import ReadingDraft

SPACES = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'"))  # between groups of thousands
GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(\1\d{3})*")
Kind = TypeVar("Kind", bound=StrEnum)
PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
KEYS = {
    ImportKind.ORDERS: "order_id",
    ImportKind.UNITS: "unit_id",
    ImportKind.MASSES: "weighing_id",
    ImportKind.MOUNTS: "mount_id",
    ImportKind.READINGS: "sensor_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """A row as the ledger takes it."""

    number: int
    key: str  # the record's own name: a later row with it corrects this one
    body: Body | ReadingDraft
    at_utc: datetime | None  # None: the moment of the import
    fields: Mapping[str, str]  # as given, after the mapping: to tell whether anything changed


class FieldError(Exception):
    """A field of a row can't be read."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def read_row(row: TextRow, mapping: ImportMapping, plant_zone: ZoneInfo) -> ImportedRow:
    """What a row says.

    Raises:
        FieldError: names the field.
    """
    fields = _Fields(row.texts, mapping, plant_zone)
    key = fields.needed(KEYS[mapping.kind])
    bodies: dict[ImportKind, Callable[[_Fields], Body | ReadingDraft]] = {
        ImportKind.ORDERS: _order,
        ImportKind.UNITS: _unit,
        ImportKind.MASSES: _mass,
        ImportKind.MOUNTS: _mount,
        ImportKind.READINGS: _reading,
    }
    body = bodies[mapping.kind](fields)
    return ImportedRow(number=row.number, key=key, body=body, at_utc=fields.moment("at"), fields=fields.known)


class _Fields:
    def __init__(self, texts: Mapping[str, str], mapping: ImportMapping, plant_zone: ZoneInfo) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.time_zone) if mapping.time_zone else plant_zone
        self.known = {name: self._ours(name, text) for name, text in texts.items() if text != ""}

    def text(self, name: str) -> str:
        return self.known.get(name, "")

    def needed(self, name: str) -> str:
        text = self.text(name)
        if not text:
            raise FieldError(name, "is empty; fill it in")
        return text

    def several(self, name: str) -> tuple[str, ...]:
        parts = self.text(name).split(self._mapping.parents_delimiter)
        return tuple(part.strip() for part in parts if part.strip())

    def number(self, name: str) -> float:
        return self._number(name, self.needed(name))

    def number_or_none(self, name: str) -> float | None:
        text = self.text(name)
        return self._number(name, text) if text else None

    def moment(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        moment = self._parsed(name, text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        if not 1900 <= moment.year <= 2200:
            raise FieldError(name, f"{text!r}: the year is out of range 1900 to 2200; correct it")
        return moment

    def _parsed(self, name: str, text: str) -> datetime:
        for form in self._mapping.date_formats:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - the mapping's zone follows
            except ValueError:
                continue
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            forms = ", ".join([*self._mapping.date_formats, "ISO 8601"])
            raise FieldError(name, f"{text[:40]!r} is no date; write it as {forms}") from error

    def _number(self, name: str, text: str) -> float:
        bare = text.translate(SPACES)
        other = "." if self._mapping.decimal == "," else ","
        if other in bare:
            whole, _, _ = bare.partition(self._mapping.decimal)
            if not GROUPED.fullmatch(whole) or self._mapping.decimal == other:
                raise FieldError(
                    name,
                    f"{text[:40]!r} is no number with decimal {self._mapping.decimal!r}; "
                    f"correct it, or decimal in the mapping",
                )
            bare = bare.replace(other, "")
        bare = bare.replace(",", ".")
        if not PLAIN.fullmatch(bare):
            raise FieldError(name, f"{text[:40]!r} is no number; write e.g. 1234{self._mapping.decimal}5")
        return float(bare)

    def _ours(self, name: str, text: str) -> str:
        words = self._mapping.values.get(name)
        if words is None:
            return text
        folded = {word.casefold(): ours for word, ours in words.items()}
        return folded.get(text.casefold(), text)


def _order(fields: _Fields) -> Body:
    return OrderOpened(
        order_id=fields.needed("order_id"),
        article=fields.needed("article"),
        value=fields.number("value"),
        unit=fields.needed("unit"),
        customer=fields.text("customer"),
        due_utc=fields.moment("due"),
        first_limit=fields.number_or_none("first_limit"),
        second_limit=fields.number_or_none("second_limit"),
    )


def _unit(fields: _Fields) -> Body:
    return UnitMade(
        step=_one_of(fields, "step", Step, ""),
        unit_id=fields.needed("unit_id"),
        name=fields.text("name") or fields.needed("unit_id"),
        parents=fields.several("parents"),
        supplier=fields.text("supplier"),
        article=fields.text("article"),
        order_id=fields.text("order_id"),
    )


def _mass(fields: _Fields) -> Body:
    return FlowBooked(
        place=fields.needed("place"),
        flow=_one_of(fields, "flow", MassFlow, ""),
        step=_one_of(fields, "step", Step, ""),
        unit_id=fields.needed("unit_id"),
        value=fields.number("value"),
        unit=fields.needed("unit"),
        lot_id=fields.text("lot_id"),
        regain_pct=fields.number_or_none("regain_pct"),
        cause=fields.text("cause"),
    )


def _mount(fields: _Fields) -> Body:
    return UnitMounted(place=fields.needed("place"), unit_id=fields.text("unit_id") or None)


def _reading(fields: _Fields) -> ReadingDraft:
    moment = fields.moment("at")
    if moment is None:
        raise FieldError("at", "is empty; fill it in")
    return ReadingDraft(
        sensor_id=fields.needed("sensor_id"),
        place=fields.needed("place"),
        at_utc=moment,
        measured=_one_of(fields, "measured", MeasuredKind, ""),
        value=fields.number_or_none("value"),
        unit=fields.needed("unit"),
        quality=_one_of(fields, "quality", ReadingQuality, ReadingQuality.GOOD.value),
        detail=fields.text("detail"),
        reading_id=fields.text("reading_id"),
    )


def _one_of(fields: _Fields, name: str, kind: type[Kind], otherwise: str) -> Kind:
    text = fields.text(name) or otherwise
    try:
        return kind(text)
    except ValueError as error:
        known = ", ".join(one.value for one in kind)
        raise FieldError(name, f"{text[:40]!r}: give one of {known}, or map it in [values.{name}]") from error
