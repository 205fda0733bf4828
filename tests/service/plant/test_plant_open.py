from dataclasses import replace
from typing import Any

import pytest

from datasets.labels import LabelLog
from service.plant.errors import PlantError
from service.plant.plant import Plant
from service.plant.store.database import Database


def test_a_folder_that_can_not_be_made_is_named(settings: Any, clock: Any) -> None:
    settings.registry_dir.write_text("a file", encoding="utf-8")
    with pytest.raises(PlantError, match="data_dir") as caught:
        Plant.open(replace(settings, data_dir=settings.registry_dir / "plant"), clock)
    assert caught.value.problem == "bad_settings"


def test_a_failed_start_lets_go_of_the_label_log(settings: Any, clock: Any) -> None:
    settings.lines[0].token_file.write_text("short", encoding="ascii")
    with pytest.raises(PlantError, match="token file"):
        Plant.open(settings, clock)
    settings.lines[0].token_file.unlink()
    Plant.open(settings, clock).close()


def test_a_second_plant_is_refused_before_it_touches_the_database(settings: Any, clock: Any) -> None:
    running = LabelLog(settings.data_dir / "labels.jsonl")  # a plant holds it as long as it runs
    with running, pytest.raises(PlantError, match="does another plant run on this data_dir"):
        Plant.open(settings, clock)
    assert not (settings.data_dir / "plant.sqlite3").exists()  # newer software would have migrated it


def test_the_database_can_be_put_elsewhere(settings: Any, clock: Any) -> None:
    url = f"sqlite:///{settings.registry_dir.parent / 'elsewhere.sqlite3'}"
    Plant.open(replace(settings, database_url=url), clock).close()
    assert not (settings.data_dir / "plant.sqlite3").exists()
    Database.open(url).close()


@pytest.mark.parametrize("url", ["no-such-database://me:secret@host/db", "nonsense://secret", "secret"])
def test_a_database_url_that_can_not_be_used_is_refused_without_showing_it(
    settings: Any, clock: Any, url: str
) -> None:
    with pytest.raises(PlantError, match="database_url can't be used") as caught:
        Plant.open(replace(settings, database_url=url), clock)
    assert caught.value.problem == "bad_settings"
    assert "secret" not in str(caught.value)
