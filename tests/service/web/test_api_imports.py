"""Imports from ERP and MES: Windows-1251, decimal commas; each row taken, unchanged or refused."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.plant.plant import Plant
from service.settings import PlantSettings

Login = Callable[[str], Any]
CSV = {"Content-Type": "text/csv"}
ORDERS = (
    "Номер;Артикул;Количество;Ед. изм.;Контрагент;Срок\r\n"
    "З-1;Бязь 142;12 500,50;м;ТОО «Ақжол»;31.03.2026\r\n"
    "З-2;Сатин;1.200;М2;ИП Ә;\r\n"
)


async def send(browser: httpx.AsyncClient, text: str, mapping: str = "orders-1c", **query: str) -> Any:
    answer = await browser.post(
        f"/api/v1/imports/{mapping}", content=text.encode("cp1251", "replace"), headers=CSV, params=query
    )
    return answer.json()


async def test_a_file_in_windows_1251_with_decimal_commas_becomes_orders(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    report = await send(browser, ORDERS.replace("Ә", "Э").replace("Ақжол", "Акжол"), source="orders.csv")
    assert (report["rows"], report["taken"], report["refused"]) == (2, 2, [])
    orders = {order.order_id: order for order in plant.ledger.orders()}
    assert orders["З-1"].quantity == pytest.approx(12500.5)
    assert (orders["З-1"].unit, orders["З-1"].customer) == ("m", "ТОО «Акжол»")
    assert orders["З-1"].due_utc.isoformat() == "2026-03-30T19:00:00+00:00"  # midnight in Almaty
    assert (orders["З-2"].quantity, orders["З-2"].unit) == (1200.0, "m2")  # 1.200: the dot groups
    (run,) = (await browser.get("/api/v1/imports")).json()
    assert (run["source"], run["user"], run["taken"]) == ("orders.csv", "engineer", 2)


async def test_utf_8_is_told_from_windows_1251_by_itself(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    for encoding in ("utf-8", "utf-8-sig"):
        answer = await browser.post("/api/v1/imports/orders-1c", content=ORDERS.encode(encoding), headers=CSV)
        assert answer.json()["refused"] == []
    assert {order.customer for order in plant.ledger.orders()} == {"ТОО «Ақжол»", "ИП Ә"}


async def test_a_file_sent_again_changes_nothing_and_a_changed_row_corrects_its_order(
    log_in: Login, plant: Plant
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    await send(browser, ORDERS)
    again = await send(browser, ORDERS)
    assert (again["taken"], again["unchanged"]) == (0, 2)
    changed = await send(browser, ORDERS.replace("12 500,50", "13 000"))
    assert (changed["taken"], changed["corrected"], changed["unchanged"]) == (1, 1, 1)
    assert {order.order_id: order.quantity for order in plant.ledger.orders()}["З-1"] == 13000.0
    back = await send(browser, ORDERS)  # and back again: a third entry, not a conflict
    assert (back["corrected"], back["refused"]) == (1, [])
    entries = plant.ledger.entries(kind="order").items
    assert len(entries) == 4
    assert entries[0].why == "import 4 of engineer, row 2"


async def test_a_row_that_cant_be_read_is_refused_with_its_line_and_the_rest_is_taken(
    log_in: Login, plant: Plant
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    bad = (
        "З-3;Бязь;1,5,0;м;К;\r\n"  # two commas
        "З-4;Бязь;много;м;К;\r\n"
        "З-5;Бязь;-5;м;К;\r\n"  # the ledger refuses it
        "З-6;Бязь;5;аршин;К;\r\n"
        "З-7;Бязь;5;м;К;31.02.2026\r\n"
        ";Бязь;5;м;К;\r\n"
    )
    report = await send(browser, ORDERS + bad)
    assert (report["rows"], report["taken"]) == (8, 2)
    refused = [(row["row"], row["key"], row["field"]) for row in report["refused"]]
    assert refused == [
        (4, "", "value"), (5, "", "value"), (6, "З-5", ""), (7, "З-6", ""), (8, "", "due"),
        (9, "", "order_id"),
    ]  # fmt: skip
    whys = [row["why"] for row in report["refused"]]
    assert whys[1] == "'много' is no number; write e.g. 1234,5"
    assert "unit 'аршин' is not known" in whys[3]
    assert "31.02.2026" in whys[4]
    assert len(plant.ledger.orders()) == 2


async def test_a_rehearsal_says_the_same_and_keeps_nothing(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    report = await send(browser, ORDERS, rehearsal="true")
    assert (report["taken"], report["run_id"]) == (2, None)
    assert plant.ledger.orders() == ()
    assert (await browser.get("/api/v1/imports")).json() == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04\x00\x00workbook", "a workbook is no CSV"),
        ("Номер;Артикул\r\n1;2\r\n".encode("cp1251"), "no column 'Количество'"),
        ((ORDERS + "З-9;Бязь;1,5;м\r\n").encode(), "line 4 has 4 cells, the heading 6"),
        ((ORDERS + 'З-9;"Бязь;1,5;м;К;\r\n').encode(), "look for a quote that is not closed"),
        (b"", "no column"),
    ],
)
async def test_a_file_that_is_none_is_refused_whole(
    log_in: Login, plant: Plant, data: bytes, said: str
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    answer = await browser.post("/api/v1/imports/orders-1c", content=data, headers=CSV)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:maqta:problem:bad_import")
    assert said in answer.json()["detail"]
    assert plant.ledger.orders() == ()


async def test_a_mass_and_its_lot_come_by_rest_and_stand_in_the_ledger(log_in: Login, plant: Plant) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    lot = [{"unit_id": "L-7", "step": "lot", "supplier": "Мырзакент", "article": "lint"}]
    assert (await browser.post("/api/v1/imports/units", json=lot)).json()["taken"] == 1
    mass = {
        "weighing_id": "w-1", "place": "opener-1", "flow": "input", "step": "lot", "unit_id": "L-7",
        "quantity": 10.5, "unit": "t", "at": "2026-03-02T10:00:00+05:00",
    }  # fmt: skip
    report = (await browser.post("/api/v1/imports/masses", json=[mass, mass])).json()
    assert (report["taken"], report["unchanged"]) == (1, 1)
    (entry,) = plant.ledger.entries(kind="flow").items
    assert (entry.body.value, entry.body.unit, entry.origin.value) == (10.5, "t", "rest")
    assert plant.ledger.family("L-7").unit.supplier == "Мырзакент"


async def test_the_plants_own_mapping_is_used_and_a_wrong_one_is_named(
    log_in: Login, plant: Plant, settings: PlantSettings
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    folder = settings.data_dir / "imports"
    folder.mkdir()
    text = (
        'kind = "orders"\n[columns]\norder_id = "no"\nvalue = "qty"\n'
        '[fixed]\narticle = "greige"\nunit = "m"\n'
    )
    (folder / "erp.toml").write_text(text, encoding="utf-8")
    assert "erp" in (await browser.get("/api/v1/imports/mappings")).json()
    assert (await send(browser, "no,qty\n7,100\n", "erp"))["taken"] == 1
    (folder / "erp.toml").write_text(text.replace("value", "valu"), encoding="utf-8")
    answer = await send(browser, "no,qty\n7,100\n", "erp")
    assert answer["type"] == "urn:maqta:problem:bad_mapping"
    assert "valu: no field of orders" in answer["detail"]
    assert (await send(browser, "", "nobody"))["type"] == "urn:maqta:problem:unknown_mapping"


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]", b'[{"order_id": [1]}]', b"[" * 3000])
async def test_json_that_is_no_list_of_records_is_refused(log_in: Login, body: bytes) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    headers = {"Content-Type": "application/json"}
    answer = await browser.post("/api/v1/imports/orders", content=body, headers=headers)
    assert answer.status_code == 422
