"""Bytes of a CSV file → rows of text by field; Windows-1251 and semicolons are usual. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.plant.errors import PlantError
from service.plant.imports.mapping import ImportMapping

ROWS_AT_MOST = 10_000  # as many as the ledger takes at once
LONGEST_FIELD = 4_000  # characters; a forgotten quote swallows the rest of a file
DELIMITERS = (";", ",", "\t", "|")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """One row by field; `number` is that of the file's line, the heading is 1."""

    number: int
    texts: Mapping[str, str]


def read_csv(data: bytes, mapping: ImportMapping) -> list[TextRow]:
    """The rows of a file.

    Raises:
        PlantError: bad_import: encoding, heading or a field can't be read, or there are too many rows.
    """
    text = _decoded(data, mapping)
    delimiter = _delimiter(text, mapping)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        csv.field_size_limit(LONGEST_FIELD)
        heading = [cell.strip() for cell in next(reader, [])]
        places = _places(heading, mapping, delimiter)
        rows = [
            _row(reader.line_num, cells, heading, places, mapping)
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise PlantError(
            "bad_import", f"line {reader.line_num}: {error}; look for a quote that is not closed"
        ) from error
    _check_count(len(rows))
    return rows


def read_records(records: Sequence[Mapping[str, object]], mapping: ImportMapping) -> list[TextRow]:
    """The same from JSON records, by the mapping's headings or by the fields' own names.

    Raises:
        PlantError: bad_import: there are too many records.
    """
    _check_count(len(records))
    rows: list[TextRow] = []
    for number, record in enumerate(records, start=1):
        texts = dict(mapping.fixed)
        for name, heading in mapping.columns.items():
            value = record.get(heading, record.get(name))
            texts[name] = "" if value is None else str(value).strip()
        rows.append(TextRow(number=number, texts=texts))
    return rows


def _check_count(count: int) -> None:
    if count > ROWS_AT_MOST:
        raise PlantError("bad_import", f"{count} rows, at most {ROWS_AT_MOST} at once: split the file")


def _decoded(data: bytes, mapping: ImportMapping) -> str:
    encodings = {"auto": ("utf-8-sig", "cp1251"), "utf-8": ("utf-8-sig",), "windows-1251": ("cp1251",)}
    for encoding in encodings[mapping.encoding]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise PlantError(
        "bad_import",
        f"the file is not text in {mapping.encoding}: save it as CSV in UTF-8 or Windows-1251 "
        f"(a workbook is no CSV)",
    )


def _delimiter(text: str, mapping: ImportMapping) -> str:
    if mapping.delimiter != "auto":
        return mapping.delimiter
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = Counter({mark: first.count(mark) for mark in DELIMITERS})
    mark, count = counts.most_common(1)[0]
    return mark if count else ","


def _places(heading: Sequence[str], mapping: ImportMapping, delimiter: str) -> dict[str, int]:
    folded = [name.casefold() for name in heading]
    for name in heading:
        if name and heading.count(name) > 1 and name in mapping.columns.values():
            raise PlantError("bad_import", f"column {name!r} stands twice in the heading; rename one")
    missing = [name for name in mapping.columns.values() if name.casefold() not in folded]
    if missing:
        raise PlantError(
            "bad_import",
            f"no column {', '.join(map(repr, missing))} in the heading {heading[:40]!r} "
            f"(delimiter {delimiter!r}); correct the file, or [columns] of the mapping",
        )
    return {name: folded.index(column.casefold()) for name, column in mapping.columns.items()}


def _row(
    number: int,
    cells: Sequence[str],
    heading: Sequence[str],
    places: Mapping[str, int],
    mapping: ImportMapping,
) -> TextRow:
    if len(cells) != len(heading):
        raise PlantError(
            "bad_import",
            f"line {number} has {len(cells)} cells, the heading {len(heading)}; is a text with the "
            f"delimiter in it not quoted, or a decimal comma in a file of commas?",
        )
    return TextRow(
        number=number, texts=dict(mapping.fixed) | {name: cells[at].strip() for name, at in places.items()}
    )
