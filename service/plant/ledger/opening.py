"""Opens the ledger alone, for commands that run beside the plant: the plant keeps its label log to itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from service.plant.grading.profile import load_profile
from service.plant.grading.regrade import Grader
from service.plant.grading.shelf import Shelf
from service.plant.ledger.book import Ledger
from service.plant.memo import Memo
from service.plant.shifts import Calendar
from service.plant.store import materials
from service.plant.store.database import Database, sqlite_url
from service.plant.store.people import Owner
from service.plant.store.roll_hours import count_every_roll, fill_hours, lacks_products
from service.settings import PlantSettings

DATABASE_FILE = "plant.sqlite3"


def open_database(settings: PlantSettings) -> Database:
    """The plant's database by its one setting. PlantError: database, bad_settings."""
    return Database.open(settings.database_url or sqlite_url(settings.data_dir / DATABASE_FILE))


def grader_of(settings: PlantSettings) -> Grader:
    """What grades this plant's rolls: the shipped profile until another comes into force."""
    return Grader(profile=load_profile(), acceptance=settings.acceptance, shelf=Shelf.of(settings.data_dir))


def fill_sums(database: Database, grader: Grader, now: datetime) -> None:
    """Make the hourly sums of a database that is older than they are."""
    with database.write() as tx:
        if fill_hours(tx):
            grader.keep(tx, materials.ended_rolls(tx), now, "hourly_sums")
        elif lacks_products(tx):
            count_every_roll(tx)


def ledger_on(database: Database, settings: PlantSettings, now: Callable[[], datetime]) -> Ledger:
    """The ledger of a plant on its database."""
    return Ledger(
        database=database,
        owner=Owner(enterprise=settings.enterprise, site=settings.site),
        settings=settings.ledger,
        calendar=Calendar.of(settings.time_zone, settings.shifts),
        grader=grader_of(settings),
        memo=Memo(database=database, now=now),
        now=now,
    )


@contextmanager
def open_ledger(settings: PlantSettings, now: Callable[[], datetime]) -> Iterator[Ledger]:
    """The ledger, and its database closed afterwards."""
    database = open_database(settings)
    try:
        yield ledger_on(database, settings, now)
    finally:
        database.close()
