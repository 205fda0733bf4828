from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.event_terms import MassFlow
from service.plant.errors import PlantError
from service.plant.ledger.csv_import import moment_of, number_of, read_sheet
from service.plant.ledger.terms import Step
from service.plant.plant import Plant

ALMATY = ZoneInfo("Asia/Almaty")  # UTC+5
RUSSIAN = (
    "Дата;Участок;Движение;Этап;Номер;Количество;Ед;Причина\r\n"
    "02.03.2026 10:05;opener-1;приход;кипа;K-17;218,4;кг;\r\n"
    "02.03.2026 10:40;opener-1;отходы;кипа;K-17;1 003,25;кг;орешек\r\n"
).encode("cp1251")


def read(data: bytes):  # type: ignore[no-untyped-def]
    return read_sheet(data, zone=ALMATY, user="aigul")


def refusal(data: bytes) -> str:
    with pytest.raises(PlantError) as caught:
        read(data)
    assert caught.value.problem == "bad_csv"
    return str(caught.value)


def test_a_russian_spreadsheet_in_windows_1251_with_decimal_commas_is_read() -> None:
    sheet = read(RUSSIAN)
    assert (sheet.encoding, sheet.delimiter) == ("cp1251", ";")
    first, second = (draft.body for draft in sheet.drafts)
    assert (first.flow, first.step, first.unit_id, first.value) == (MassFlow.INPUT, Step.BALE, "K-17", 218.4)
    assert (second.value, second.cause) == (1003.25, "орешек")
    assert sheet.drafts[0].at_utc == datetime(2026, 3, 2, 5, 5, tzinfo=UTC)


def test_the_same_file_again_changes_nothing(plant: Plant) -> None:
    for _ in range(2):
        plant.ledger.enter(read(RUSSIAN).drafts)
    assert plant.ledger.entries().total == 2


def test_two_equal_rows_of_one_file_are_two_weighings() -> None:
    head, row = "at,place,flow,step,unit_id,quantity,unit", "2026-03-02 10:05,card,good,run,R1,12.5,kg"
    first, second = read("\n".join((head, row, row)).encode()).drafts
    assert first.entry_id != second.entry_id


def test_every_wrong_row_is_named_and_none_is_taken() -> None:
    text = (
        "at,place,flow,step,unit_id,quantity,unit\n"
        "2026-03-02 10:05,card,good,run,R1,many,kg\n"
        "2026-03-02 10:05,card,good,run,R1,12.5,kg\n"
        "yesterday,card,good,run,R1,12.5,kg\n"
        "2026-03-02 10:05,,good,run,R1,12.5,kg\n"
        "2026-03-02 10:05,card,better,run,R1,12.5,kg\n"
    )
    told = refusal(text.encode())
    for part in ("row 2: 'many' is no number", "row 4: 'yesterday' is no time", "row 5: place is empty"):
        assert part in told
    assert "row 6: 'better' is not known" in told
    assert "row 3" not in told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("218,4", 218.4), ("1 234,56", 1234.56), ("1\u00a0234.5", 1234.5), ("1,234.50", 1234.5)),
        *(("1.234,50", 1234.5), ("0,125", 0.125), ("-3", -3.0)),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert number_of(text) == value


@pytest.mark.parametrize("text", ["1,234", "12.500", "1,2,3", "12kg", "", "nan", "1e5"])
def test_a_number_that_can_be_read_in_two_ways_or_none_is_refused(text: str) -> None:
    with pytest.raises(PlantError):
        number_of(text)


def test_times_with_a_zone_keep_it() -> None:
    assert moment_of("2026-03-02T10:05:00+03:00", ALMATY) == datetime(2026, 3, 2, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"at,place\n", "are missing"),
        (b"at,place,flow,step,unit_id,quantity,unit,colour\n", "columns colour are not known"),
        (b"at,at,place,flow,step,unit_id,quantity,unit\n", "stand there twice"),
        ("at".encode("utf-16-le"), "NUL"),
        (b"\x98\xff", "neither UTF-8 nor Windows-1251"),
        (b"at,place\n" + b"7" * 200_000, "no CSV"),
    ],
)
def test_a_file_that_is_no_such_sheet_is_refused(data: bytes, words: str) -> None:
    assert words in refusal(data)
