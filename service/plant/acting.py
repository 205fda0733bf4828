"""On whose behalf the plant acts just now: from where, and on which lines they may change something.

The web opens it for each request and each press on the panel and fills it in once it knows who asks; the
plant looks at it where a change is made. Nothing is open where nobody asks: the console, rounds, the lines.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from service.plant.errors import PlantError
from service.plant.views.people import User


@dataclass(slots=True)
class Acting:
    """One request; `person` is filled in when it is known."""

    address: str = ""
    person: User | None = None


_ACTING: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(address: str, person: User | None = None) -> Iterator[Acting]:
    """Act on behalf of someone until the end of the block, also in threads that are given the context."""
    one = Acting(address=address, person=person)
    token = _ACTING.set(one)
    try:
        yield one
    finally:
        _ACTING.reset(token)


def acts_for(person: User | None) -> None:
    """Say who the request that is open belongs to."""
    one = _ACTING.get()
    if one is not None:
        one.person = person


def came_from() -> str:
    """The address that a change came from; empty: from the plant's own machine."""
    one = _ACTING.get()
    return one.address if one is not None else ""


def check_line(line: str | None) -> None:
    """Stop a change of a line that the person who asks may not act on; None: it concerns every line.

    Raises:
        PlantError: out_of_scope.
    """
    one = _ACTING.get()
    if one is None or one.person is None or one.person.may_act_on(line):
        return
    where = f"line {line}" if line is not None else "all lines"
    raise PlantError(
        "out_of_scope",
        f"{one.person.login} may act on {', '.join(one.person.lines)} only, and this concerns {where}; "
        f"ask an administrator for more lines",
    )
