"""A spreadsheet's export as entries: UTF-8 or Windows-1251, comma or semicolon, decimal comma or point.

A row that can be read in two ways is refused: all rows are taken or none, and every wrong one is named.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from service.event_terms import MassFlow
from service.plant.errors import PlantError
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import FlowBooked
from service.plant.ledger.terms import Origin, Step

NEEDED = ("at", "place", "flow", "step", "unit_id", "quantity", "unit")
OPTIONAL = ("lot_id", "regain_pct", "cause", "entry_id")
HEADINGS = {  # as the field's spreadsheets call them
    **{
        "дата": "at",
        "время": "at",
        "участок": "place",
        "движение": "flow",
        "этап": "step",
        "номер": "unit_id",
    },
    **{"количество": "quantity", "масса": "quantity", "ед": "unit", "ед.": "unit", "партия": "lot_id"},
    **{"влажность": "regain_pct", "причина": "cause", "күні": "at", "саны": "quantity"},
}
FLOWS = {
    **{
        "приход": MassFlow.INPUT,
        "годное": MassFlow.GOOD,
        "выброс": MassFlow.EJECTED,
        "кіріс": MassFlow.INPUT,
    },
    **{"побочный продукт": MassFlow.BY_PRODUCT, "отходы": MassFlow.WASTE, "қалдық": MassFlow.WASTE},
}
STEPS = {
    "партия": Step.LOT,
    "кипа": Step.BALE,
    "рулон": Step.ROLL,
    "кусок": Step.PIECE,
    "ставка": Step.LAYDOWN,
}
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
Kind = TypeVar("Kind", MassFlow, Step)
LARGEST_BYTES = 16 * 1024 * 1024
MOST_FAULTS = 20  # named in one message
SPACES = re.compile(r"[\s\u00a0\u202f']")
AMBIGUOUS = re.compile(r"\d{1,3}[.,]\d{3}")  # 1,234: a thousand, or one and a bit?


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a file held, and how it was read."""

    drafts: tuple[Draft, ...]
    encoding: str
    delimiter: str


def read_sheet(data: bytes, *, zone: ZoneInfo, user: str, demo: bool = False) -> Sheet:
    """Read a file's rows; times without a zone are the plant's own.

    Raises:
        PlantError: bad_csv: with the number of each wrong row, its value and the cure.
    """
    if len(data) > LARGEST_BYTES:
        raise PlantError("bad_csv", f"{len(data)} bytes, at most {LARGEST_BYTES}: split the file")
    text, encoding = _decoded(data)
    delimiter = _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise PlantError("bad_csv", f"no CSV: {error}; look for a quote that is not closed") from error
    names = _names(rows[0] if rows else [])
    drafts: list[Draft] = []
    faults: list[str] = []
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        plain = delimiter.join(row)
        seen[plain] += 1
        try:
            drafts.append(_draft(cells, f"{plain}#{seen[plain]}", zone, user, demo=demo))
        except PlantError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise PlantError("bad_csv", "; ".join(faults[:MOST_FAULTS]) + more)
    return Sheet(drafts=tuple(drafts), encoding=encoding, delimiter=delimiter)


def number_of(text: str) -> float:
    """Read a number as people write it: 1 234,5 or 1234.5 or 1,234.50 or 1.234,50.

    Raises:
        PlantError: bad_csv: no number, or one that can be read in two ways.
    """
    plain = SPACES.sub("", text)
    if AMBIGUOUS.fullmatch(plain) and not plain.startswith("0"):
        raise PlantError(
            "bad_csv",
            f"{text!r} may mean {re.sub('[.,]', '', plain)} or {plain.replace(',', '.')}; write it without "
            f"separators of thousands, and with another number of decimals",
        )
    if "," in plain and "." in plain:
        thousands = "," if plain.rindex(".") > plain.rindex(",") else "."
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", plain):
        raise PlantError("bad_csv", f"{text!r} is no number; write it as 1234.5 or 1234,5")
    return float(plain)


def moment_of(text: str, zone: ZoneInfo) -> datetime:
    """Read a time; one without a zone is the plant's own. PlantError: bad_csv."""
    try:
        told = datetime.fromisoformat(text)
        if told.tzinfo is not None:
            return told.astimezone(UTC)
    except ValueError:
        pass
    for pattern in TIMES:
        try:
            local = datetime.strptime(text, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
        return local.astimezone(UTC)
    raise PlantError("bad_csv", f"{text!r} is no time; write it as 2026-03-02 14:05 or 02.03.2026 14:05")


def _draft(cells: dict[str, str], plain: str, zone: ZoneInfo, user: str, *, demo: bool) -> Draft:
    empty = [name for name in NEEDED if not cells.get(name)]
    if empty:
        raise PlantError("bad_csv", f"{', '.join(empty)} is empty; fill it in")
    regain = cells.get("regain_pct", "")
    body = FlowBooked(
        place=cells["place"],
        flow=_one_of(cells["flow"], FLOWS, MassFlow),
        step=_one_of(cells["step"], STEPS, Step),
        unit_id=cells["unit_id"],
        value=number_of(cells["quantity"]),
        unit=cells["unit"],
        lot_id=cells.get("lot_id", ""),
        regain_pct=number_of(regain) if regain else None,
        cause=cells.get("cause", ""),
    )
    return Draft(
        body=body,
        at_utc=moment_of(cells["at"], zone),
        entered_by=user,
        origin=Origin.CSV,
        entry_id=cells.get("entry_id") or str(uuid5(NAMESPACE_URL, plain)),
        demo=demo,
    )


def _one_of(text: str, words: dict[str, Kind], kind: type[Kind]) -> Kind:
    found = words.get(text.lower())
    if found is not None:
        return found
    try:
        return kind(text.lower())
    except ValueError as error:
        known = ", ".join(sorted({*(item.value for item in words.values()), *words}))
        raise PlantError("bad_csv", f"{text!r} is not known; give one of {known}") from error


def _decoded(data: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise PlantError("bad_csv", "the file holds NUL characters: is it UTF-16 or XLSX? Save it as CSV")
        return text, encoding
    raise PlantError("bad_csv", "the file is neither UTF-8 nor Windows-1251; save it anew as UTF-8")


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return max((";", "\t", ","), key=first.count)


def _names(heading: Sequence[str]) -> list[str]:
    plain = [cell.strip().lower() for cell in heading]
    names = [HEADINGS.get(name, name) for name in plain]
    missing = [name for name in NEEDED if name not in names]
    unknown = [name for name in names if name not in (*NEEDED, *OPTIONAL)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    for what, found in (("are missing", missing), ("are not known", unknown), ("stand there twice", twice)):
        if found:
            raise PlantError(
                "bad_csv",
                f"columns {', '.join(found)} {what}; needed: {', '.join(NEEDED)}; "
                f"optional: {', '.join(OPTIONAL)}",
            )
    return names
