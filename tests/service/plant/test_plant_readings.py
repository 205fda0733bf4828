"""Readings that come by REST, CSV or file drop."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from service.event_terms import MeasuredKind, ReadingQuality
from service.mill_settings import DropSettings
from service.plant.drops import Drops
from service.plant.errors import PlantError
from service.plant.ledger.audit import Auditor
from service.plant.ledger.terms import Origin
from service.plant.plant import Plant
from service.plant.readings import Kept, ReadingDraft
from service.plant.store.energy import energy_kwh
from service.plant.store.ledger_tables import READINGS

AT = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
SHEET = (
    "Счётчик;Место;Величина;Значение;Ед. изм.;Время\r\n"
    "EM-1;opener-1;Энергия;1 000,5;кВт·ч;02.03.2026 10:00\r\n"
    "EM-1;opener-1;Энергия;1,0105;МВт·ч;02.03.2026 10:30:00\r\n"
)


def draft(**more: Any) -> ReadingDraft:
    values: dict[str, Any] = {"sensor_id": "EM-1", "place": "opener-1", "at_utc": AT, "unit": "kWh"}
    values |= {"measured": MeasuredKind.ENERGY, "value": 1000.0}
    return ReadingDraft(**(values | more))


def test_a_reading_is_kept_once_in_the_ledgers_unit_with_its_quality(plant: Plant) -> None:
    sent = [draft(), draft(at_utc=AT + timedelta(minutes=1), value=1.5, unit="MWh")]
    sent += [draft(sensor_id="T-1", measured=MeasuredKind.TEMPERATURE, value=None, unit="°C",
                   quality=ReadingQuality.BAD, detail="the probe is broken")]  # fmt: skip
    assert plant.readings.take(sent, Origin.REST) == Kept(new=3, known=0)
    assert plant.readings.take(sent, Origin.REST) == Kept(new=0, known=3)
    page = plant.readings.page(1, 2)
    assert page.total == 3
    assert (page.items[0].value, page.items[0].unit) == (1500.0, "kWh")
    (broken,) = plant.readings.page(sensor_id="T-1").items
    assert (broken.value, broken.quality, broken.detail) == (None, ReadingQuality.BAD, "the probe is broken")
    assert plant.readings.page(place="loom-1").total == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"unit": "bar"}, "bad_unit"),
        ({"value": float("inf")}, "bad_quantity"),
        ({"value": None}, "bad_quantity"),  # good, and no value
        ({"at_utc": AT + timedelta(days=1)}, "bad_time"),  # ahead of the plant's clock
        ({"at_utc": AT.replace(tzinfo=None)}, "bad_time"),
        ({"at_utc": AT.replace(year=1970)}, "bad_time"),
        ({"sensor_id": "a b"}, "bad_entry"),
        ({"place": ""}, "bad_entry"),
    ],
)
def test_a_reading_that_cant_be_is_refused_and_nothing_of_its_batch_is_kept(
    plant: Plant, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(PlantError) as refused:
        plant.readings.take([draft(), draft(**({"sensor_id": "EM-2"} | change))], Origin.REST)
    assert refused.value.problem == problem
    assert plant.readings.page().total == 0


def test_another_value_at_the_same_moment_is_a_conflict_that_names_both(plant: Plant) -> None:
    plant.readings.take([draft()], Origin.REST)
    with pytest.raises(PlantError, match="EM-1 said 1000.0 kWh .* now 1001.0") as refused:
        plant.readings.take([draft(value=1001.0)], Origin.REST)
    assert refused.value.problem == "reading_conflict"


class Folder:
    """A drop folder and who looks into it."""

    def __init__(self, plant: Plant, clock: Any, folder: Path, **more: Any) -> None:
        self.folder = folder
        importer = plant.mill.importer
        drop = DropSettings(folder=folder, mapping="readings-ru", **more)
        self.drops = Drops(
            settings=(drop,), importer=importer, data_dir=folder / "data", demo=False, now=clock
        )

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_bytes(text.encode("cp1251"))

    def names(self, *parts: str) -> list[str]:
        return sorted(path.name for path in self.folder.joinpath(*parts).glob("*") if path.is_file())


@pytest.fixture
def folder(plant: Plant, clock: Any, tmp_path: Path) -> Folder:
    (tmp_path / "drop").mkdir()
    return Folder(plant, clock, tmp_path / "drop", silent_after_min=60.0)


def alarms(plant: Plant) -> dict[str, str]:
    return {alarm.code: alarm.detail for alarm in plant.alarms() if alarm.active}


def test_a_dropped_file_in_windows_1251_with_decimal_commas_is_imported_once_and_put_aside(
    plant: Plant, folder: Folder
) -> None:
    folder.write("meters.csv", SHEET[:60])
    assert folder.drops.look() == 0
    folder.write("meters.csv", SHEET)  # it was still being written
    assert folder.drops.look() == 0
    assert folder.drops.look() == 1
    assert (folder.names(), folder.names("done")) == ([], ["meters.csv"])
    with plant.mill.database.read() as tx:
        start = datetime(2026, 3, 2, tzinfo=UTC)
        assert energy_kwh(tx, start, start + timedelta(days=1), "opener-1")[0] == pytest.approx(10.0)
    folder.write("meters.csv", SHEET)  # the same again: known, and the older file is not overwritten
    assert [folder.drops.look() for _ in range(2)] == [0, 1]
    assert folder.names("done") == ["meters-1.csv", "meters.csv"]
    assert plant.readings.page().total == 2
    assert alarms(plant) == {}


def test_a_refused_row_puts_the_file_aside_with_its_reason_and_an_alarm_stands_until_it_is_gone(
    plant: Plant, folder: Folder
) -> None:
    folder.write("meters.csv", SHEET + "EM-2;opener-1;Давление;3;бар;02.03.2026 10:00\r\n")
    folder.drops.look()
    folder.drops.look()
    assert plant.readings.page().total == 2  # the good rows
    assert folder.names("refused") == ["meters.csv", "meters.csv.why.txt"]
    why = (folder.folder / "refused" / "meters.csv.why.txt").read_text(encoding="utf-8")
    assert why.startswith("row 4 measured: 'Давление': give one of energy, power")
    assert "1 files with refused rows" in alarms(plant)["drop_refused"]
    (folder.folder / "refused" / "meters.csv").unlink()
    folder.drops.look()
    assert alarms(plant) == {}


def test_a_folder_that_is_gone_or_silent_is_an_alarm(plant: Plant, clock: Any, folder: Folder) -> None:
    folder.drops.look()
    clock.pass_s(3600)
    folder.drops.look()
    assert list(alarms(plant)) == ["drop_silent"]
    folder.folder.rmdir()
    folder.drops.look()
    assert "make it, or mount its share again" in alarms(plant)["drop_gone"]
    folder.folder.mkdir()
    folder.write("meters.csv", SHEET)
    folder.drops.look()
    folder.drops.look()
    assert alarms(plant) == {}


def test_a_sent_reading_that_was_edited_or_slipped_in_is_found(plant: Plant) -> None:
    plant.readings.take([draft(), draft(at_utc=AT + timedelta(minutes=1), value=1001.0)], Origin.REST)
    auditor = Auditor(database=plant.ledger.database, poster=plant.ledger.poster)
    assert auditor.verify(None).faults == ()
    (second, first) = plant.readings.page().items
    with plant.ledger.database.write() as tx:
        tx.execute(update(READINGS).where(READINGS.c.reading_id == first.reading_id).values(value=900.0))
        row = tx.execute(select(READINGS).where(READINGS.c.reading_id == second.reading_id)).mappings().one()
        tx.execute(insert(READINGS).values(**(dict(row) | {"reading_id": "slipped-in"})))
    edited, added = auditor.verify(None).faults
    assert f"reading {first.reading_id}" in edited
    assert "was edited" in edited
    assert added == "reading slipped-in was added past the ledger: no link seals it"
