"""A table as CSV or XLSX; the only user of xlsxwriter. A text is never a formula, a time keeps its zone."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any  # xlsxwriter has no types
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook

from service.web.reports.tables import Cell, DataTable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run such a text
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOM = "\ufeff"  # without it a spreadsheet takes Cyrillic for another encoding
LONGEST_TEXT = 32_767  # of a cell, by the file format
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss"
COLUMN_WIDTH = 16


def as_csv(table: DataTable) -> bytes:
    """UTF-8 with a byte order mark; times in UTC as ISO 8601, a text like a formula gets a quote."""
    names = [column.name for column in table.columns]
    return (BOM + write_csv([names, *table.rows])).encode("utf-8", "replace")


def write_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """CSV text; a text that a spreadsheet would take for a formula gets a quote before it."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue()


def as_xlsx(tables: Sequence[DataTable], about: Sequence[tuple[str, str]], zone: ZoneInfo) -> bytes:
    """A workbook: a sheet a table, units in the second row, times in the plant's zone; a sheet about it."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": TIME_FORMAT})
        for table in tables:
            sheet = book.add_worksheet(table.name)
            sheet.write_row(0, 0, [column.name for column in table.columns], bold)
            sheet.write_row(1, 0, [column.unit for column in table.columns])
            sheet.freeze_panes(2, 0)
            sheet.set_column(0, len(table.columns) - 1, COLUMN_WIDTH)
            if table.rows:
                sheet.autofilter(1, 0, len(table.rows) + 1, len(table.columns) - 1)
            for number, row in enumerate(table.rows, start=2):
                for column, cell in enumerate(row):
                    _write(sheet, (number, column), cell, zone, moment)
        sheet = book.add_worksheet("about")
        for number, (name, value) in enumerate([*about, ("times", str(zone))]):
            sheet.write_string(number, 0, name, bold)
            sheet.write_string(number, 1, value)
    return out.getvalue()


def _write(sheet: Any, place: tuple[int, int], cell: Cell, zone: ZoneInfo, moment: Any) -> None:
    match cell:
        case None:
            pass
        case bool():
            sheet.write_boolean(*place, cell)
        case datetime():
            sheet.write_datetime(*place, cell.astimezone(zone).replace(tzinfo=None), moment)
        case int() | float():
            sheet.write_number(*place, cell)
        case _:
            sheet.write_string(*place, cell[:LONGEST_TEXT])


def _plain(cell: Cell) -> str | float | None:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
