"""The plant's figures at the console, beside a plant that may be running: the database alone is opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from datasets.store import PictureStore
from service.plant.pictures import Pictures
from service.plant.plant import DATABASE_FILE, PICTURES_FOLDER
from service.plant.quality import Quality
from service.plant.shifts import Calendar
from service.plant.store.database import Database, sqlite_url
from service.plant.store.people import Owner
from service.settings import PlantSettings


@contextmanager
def open_quality(settings: PlantSettings, now: Callable[[], datetime]) -> Iterator[Quality]:
    """Open what stands on top of counting.

    Raises:
        PlantError: the database or a file of the plant can't be opened.
    """
    database = Database.open(settings.database_url or sqlite_url(settings.data_dir / DATABASE_FILE))
    try:
        yield Quality.of(
            settings,
            database,
            Owner(enterprise=settings.enterprise, site=settings.site),
            Calendar.of(settings.time_zone, settings.shifts),
            Pictures(database=database, files=PictureStore(settings.data_dir / PICTURES_FOLDER), now=now),
            now,
        )
    finally:
        database.close()
