"""What was made of each article by grade: whole hours from roll-ups, the edges of a window from the rolls."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from service.plant.store.database import Transaction
from service.plant.store.hour_sums import RollGroup, within
from service.plant.store.hours import hour_key
from service.plant.store.ledger_tables import PRODUCED
from service.plant.store.many import among, insert_rows
from service.plant.views.kpis import Window

Made = dict[tuple[str, str], float]  # (article, grade) → m2


def of_hours(tx: Transaction, whole: Window | None, lines: Sequence[str]) -> dict[str, Made]:
    """What each line made in whole hours."""
    if whole is None:
        return {}
    query = (
        select(PRODUCED.c.line, PRODUCED.c.article, PRODUCED.c.grade, func.sum(PRODUCED.c.m2).label("m2"))
        .where(within(PRODUCED, PRODUCED.c.hour_utc, whole, lines))
        .group_by(PRODUCED.c.line, PRODUCED.c.article, PRODUCED.c.grade)
    )
    found: dict[str, Made] = defaultdict(dict)
    for row in tx.execute(query):
        found[row.line][row.article, row.grade] = row.m2
    return found


def of_rolls(groups: Sequence[RollGroup]) -> dict[str, Made]:
    """The same of rolls that were counted one by one."""
    found: dict[str, Made] = defaultdict(dict)
    for group in groups:
        if group.grade is not None:
            found[group.line][group.article, group.grade] = group.sums["graded_m2"]
    return found


def write(tx: Transaction, counted: Mapping[tuple[str, datetime], Sequence[RollGroup]]) -> None:
    """Put what was counted in place of what stood for these hours of a line."""
    if not counted:
        return
    keys = [hour_key(line, hour) for line, hour in counted]
    tx.execute(delete(PRODUCED).where(among(tx, PRODUCED.c.hour_key, keys)))
    rows = [
        {"hour_key": hour_key(line, hour), "line": line, "hour_utc": hour}
        | {"article": article, "grade": grade, "m2": m2}
        for (line, hour), groups in counted.items()
        for (article, grade), m2 in of_rolls(groups).get(line, {}).items()
    ]
    insert_rows(tx, PRODUCED, rows)
