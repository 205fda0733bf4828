"""The plant's figures at the console, beside a plant that may be running: the database alone is opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from service.plant.ledger.opening import open_database
from service.plant.loop.desk import Loop
from service.plant.memo import Memo
from service.plant.planning.desk import Planning
from service.plant.quality import Quality
from service.plant.shifts import Calendar
from service.plant.store.people import Owner
from service.settings import PlantSettings


@contextmanager
def open_quality(settings: PlantSettings, now: Callable[[], datetime]) -> Iterator[Quality]:
    """Open what stands on top of counting.

    Raises:
        PlantError: the database or a file of the plant can't be opened.
    """
    database = open_database(settings)
    try:
        yield Quality.of(
            settings,
            database,
            Owner(enterprise=settings.enterprise, site=settings.site),
            Calendar.of(settings.time_zone, settings.shifts),
            Memo(database=database, now=now),
        )
    finally:
        database.close()


@contextmanager
def open_planning(settings: PlantSettings, now: Callable[[], datetime]) -> Iterator[Planning]:
    """Open the closed loop (its `loop`) and the plan.

    Raises:
        PlantError: the database can't be opened.
    """
    database = open_database(settings)
    owner = Owner(enterprise=settings.enterprise, site=settings.site)
    lines = sorted(access.line for access in settings.lines)
    try:
        loop = Loop.of(database, owner, lines, now)
        yield Planning(database=database, owner=owner, loop=loop, now=now)
    finally:
        database.close()
