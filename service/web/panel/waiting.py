"""How many things wait for somebody, by tab: the numbers in the rail."""

from collections.abc import Callable

from service.web.context import WebContext

Counter = Callable[[WebContext], int]


def waiting(web: WebContext) -> dict[str, int]:
    """What waits now. May block; asks only what open pages share."""
    return {tab: count(web) for tab, count in COUNTERS.items()}


def _alarms(web: WebContext) -> int:
    return sum(alarm.active for alarm in web.snapshots.newest().alarms)


def _reviews(web: WebContext) -> int:
    return web.snapshots.reviews_waiting()


COUNTERS: dict[str, Counter] = {"quality": _alarms, "review": _reviews}
