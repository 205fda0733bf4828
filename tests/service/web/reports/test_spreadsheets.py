"""Exports, read back by a spreadsheet reader."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import openpyxl
import pytest

from service.web.reports.sheets import as_csv, as_xlsx
from service.web.reports.tables import Column, DataTable

Login = Callable[[str], Any]
ALMATY = ZoneInfo("Asia/Almaty")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def table(*cells: Any) -> DataTable:
    columns = [Column(name=f"c{n}", unit="mm") for n in range(len(cells))]
    return DataTable(name="t", columns=columns, rows=[list(cells)], demo=False)


@pytest.mark.parametrize(
    ("what", "rows", "length_unit"),
    [("rolls", 1, ("length_m", "m")), ("defects", 7, ("length_mm", "mm")), ("lots", 1, ("fed_kg", "kg"))],
)
async def test_an_xlsx_has_units_and_says_demo_in_each_row(
    log_in: Login, what: str, rows: int, length_unit: tuple[str, str]
) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get(f"/api/v1/exports/{what}.xlsx")
    assert f'filename="DEMO-{what}.xlsx"' in answer.headers["content-disposition"]
    assert answer.headers["maqta-truncated"] == "false"
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    heading, units, *body = book[what].iter_rows(values_only=True)
    assert length_unit in list(zip(heading, units, strict=True))
    assert [row[0] for row in body] == ["DEMO"] * rows
    about = dict(book["about"].iter_rows(values_only=True))
    assert (about["rows"], about["times"], about["data"]) == (str(rows), "Asia/Almaty", "DEMO")


async def test_csv_and_xlsx_say_the_same(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    written = (await browser.get("/api/v1/exports/defects.csv")).content.decode("utf-8-sig")
    heading, *rows = list(csv.reader(io.StringIO(written)))
    book = openpyxl.load_workbook(io.BytesIO((await browser.get("/api/v1/exports/defects.xlsx")).content))
    names, _, *body = book["defects"].iter_rows(values_only=True)
    assert list(names) == heading
    at = heading.index("y_mm")
    assert [float(row[at]) for row in rows] == [row[at] for row in body]


async def test_an_export_is_narrowed_by_line_and_time(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    for query, found in (("line=opener-1", 1), ("from_utc=2026-03-02T06:00:00Z", 0), ("roll_id=roll-1", 6)):
        text = (await browser.get(f"/api/v1/exports/defects.csv?{query}")).text
        assert len(text.splitlines()) == found + 1


async def test_an_export_of_another_kind_is_refused(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    assert (await browser.get("/api/v1/exports/rolls.pdf")).status_code == 422


async def test_figures_of_a_shift_are_exported_with_numerator_and_denominator(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    book = openpyxl.load_workbook(
        io.BytesIO((await browser.get("/api/v1/exports/kpis.xlsx?window=day")).content)
    )
    heading, _, *body = book["kpis"].iter_rows(values_only=True)
    (coverage,) = [
        dict(zip(heading, row, strict=True)) for row in body if row[heading.index("kpi")] == "coverage"
    ]
    # 5 m of 5.5 m fabric and 10 m of 10 m fibre; the span that ends now belongs to the next window
    assert (coverage["numerator"], coverage["denominator"]) == (pytest.approx(15.0), pytest.approx(15.5))
    assert coverage["value"] == pytest.approx(100 * 15 / 15.5)


def test_a_text_never_becomes_a_formula_in_a_workbook() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([table("=1+1", "http://x", "ә")], [], ALMATY)))
    cells = list(book["t"].iter_rows(min_row=3))[0]
    assert [cell.value for cell in cells] == ["=1+1", "http://x", "ә"]
    assert [cell.data_type for cell in cells] == ["s", "s", "s"]
    assert [cell.hyperlink for cell in cells] == [None, None, None]


def test_types_survive_a_workbook_and_times_are_the_plants() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx([table(1, 2.5, True, None, NOON)], [], ALMATY)))
    (cells,) = book["t"].iter_rows(min_row=3, values_only=True)
    assert cells == (1, 2.5, True, None, (NOON + timedelta(hours=5)).replace(tzinfo=None))


def test_a_csv_opens_with_its_letters_in_a_spreadsheet() -> None:
    data = as_csv(table("Қазақша", NOON, False))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines()[1] == "Қазақша,2026-03-02T12:00:00+00:00,false"
