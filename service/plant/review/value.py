"""What an item is worth looking at: doubt first, then cost; what is drawn at random lies in between. Pure."""

import hashlib

from service.plant.grading.four_point import points_of
from service.plant.grading.profile import Profile
from service.plant.rare_chart import CRITICAL_KINDS
from service.plant.views.review import ReviewWhy

JUDGED_VALUE = 100.0  # somebody saw it and the machine did not: nothing teaches more
UNSURE_VALUE = 50.0
CRITICAL_VALUE = 30.0
POINT_VALUE = 10.0  # each point that the defect costs, if it is one
COSTLY_FROM_POINTS = 3
SPOT_CHECK_SHARE = 0.1  # of sure findings that are neither critical nor costly
SECOND_SHARE = 0.1  # of judged items that another person judges again


def value_of_defect(
    defect_id: str, kind: str, length_mm: float, *, unsure: bool, profile: Profile | None
) -> tuple[ReviewWhy, float] | None:
    """Why and how much a found defect wants a look; None: not drawn. Without a profile nothing has points."""
    points = points_of(kind, length_mm, profile) if profile is not None else 0
    critical = kind in CRITICAL_KINDS
    value = POINT_VALUE * points + (CRITICAL_VALUE if critical else 0.0)
    if unsure:
        return ReviewWhy.UNSURE, UNSURE_VALUE + value
    if critical:
        return ReviewWhy.CRITICAL, value
    if points >= COSTLY_FROM_POINTS:
        return ReviewWhy.COSTLY, value
    if lot_of(f"spot/{defect_id}") < SPOT_CHECK_SHARE:
        return ReviewWhy.SPOT_CHECK, random_value(defect_id)
    return None


def random_value(subject: str) -> float:
    """A random place in the queue, so that what was drawn at random neither waits for ever nor goes first."""
    return (UNSURE_VALUE + CRITICAL_VALUE) * lot_of(f"value/{subject}")


def wants_second(subject: str) -> bool:
    """Whether another person judges this again; nobody can tell from the item."""
    return lot_of(f"second/{subject}") < SECOND_SHARE


def lot_of(words: str) -> float:
    """A number in [0, 1) that is as good as random, and the same each time."""
    digest = hashlib.sha256(words.encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
