"""Leases of the review queue on SQLite and on PostgreSQL: nobody gets what another person has."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from datasets.labels import read_labels
from service.plant.errors import PlantError
from service.plant.plant import LABELS_FILE, Plant
from service.plant.review.desk import LEASE, ReviewDesk
from service.plant.store.database import Database
from service.plant.views.review import ReviewWord

YES = ReviewWord(defective=True)


def test_a_taken_item_is_free_again_when_its_lease_ends(loom: Any, once: ReviewDesk, clock: Any) -> None:
    loom.find("d1")
    (item,) = once.take("aigul", 1)
    assert once.take("berik", 1) == ()
    clock.pass_s(LEASE.total_seconds() + 1)
    (again,) = once.take("berik", 1)
    assert again.id == item.id
    with pytest.raises(PlantError, match="not on the desk of aigul"):
        once.judge(item.id, YES, "aigul")


def test_two_technicians_never_get_the_same_item(
    plant: Plant, loom: Any, once: ReviewDesk, database_url: str
) -> None:
    for number in range(15):
        loom.find(f"d{number}")
    plant.review.filler.fill()
    other = Database.open(database_url)  # as a second process has it
    desks = (once, replace(once, database=other))
    taken: dict[str, list[int]] = {}
    start = threading.Barrier(4)

    def work(user: str, desk: ReviewDesk) -> None:
        start.wait()
        mine = taken.setdefault(user, [])
        while items := desk.take(user, 3):
            mine.extend(item.id for item in items)
            for item in items:
                desk.skip(item.id, user) if item.id % 5 == 0 else desk.judge(item.id, YES, user)

    threads = [threading.Thread(target=work, args=(f"u{n}", desks[n % 2])) for n in range(4)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        other.close()
    judged = [item_id for items in taken.values() for item_id in items if item_id % 5 != 0]
    assert len(judged) == len(set(judged)) == 12  # of 15; every fifth was skipped
    assert len(list(read_labels(plant.settings.data_dir / LABELS_FILE))) == 12
    assert all(len(mine) == len(set(mine)) for mine in taken.values())  # skipped ones don't come back
