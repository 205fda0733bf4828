"""Rolls of cloth and lots of fibre: when one begins and ends, and what it is called."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from service.event_terms import LineKind
from service.events import Body, LotEnded, LotStarted, RollEnded, RollStarted
from service.line.event_log import EventLog
from service.line.web_book import Owner

NAMES_LOOKED_AT = 500  # rolls and lots of one day, with room


class Rolls:
    """The roll or lot under the camera; used by the line's thread alone."""

    def __init__(
        self,
        *,
        line: str,
        kind: LineKind,
        supplier: str,
        width_mm: float,
        length_mm: float,
        event_log: EventLog,
        utc: Callable[[], datetime],
        record: Callable[[Body], None],
    ) -> None:
        self._line = line
        self._kind = kind
        self._supplier = supplier
        self._width_mm = width_mm
        self._length_mm = length_mm
        self._numbers = _last_numbers(event_log)
        self._utc = utc
        self._record = record
        self._owner = Owner()
        self._last = Owner()
        self._start_mm = 0.0

    @property
    def owner(self) -> Owner:
        """Ids for events; empty before the first roll."""
        return self._owner

    @property
    def supplier(self) -> str:
        """Of the lots; empty: unknown."""
        return self._supplier

    @property
    def last(self) -> Owner:
        """The roll or lot that ended last: it may be on its way over a scale."""
        return self._last

    @property
    def running(self) -> bool:
        """Whether a roll or lot is under way."""
        return self._owner != Owner()

    def is_full(self, web_mm: float) -> bool:
        """Whether the roll has its length."""
        return self.running and web_mm - self._start_mm >= self._length_mm

    def begin(self, start_mm: float, *, article: str, name: str = "") -> Owner:
        """Begin the next roll or lot."""
        ident, name = str(uuid4()), name or self._next_name()
        self._start_mm = start_mm
        if self._kind is LineKind.FABRIC:
            self._owner = Owner(roll_id=ident)
            self._record(
                RollStarted(
                    roll_id=ident, name=name, article=article, width_mm=self._width_mm, start_mm=start_mm
                )
            )
        else:
            self._owner = Owner(lot_id=ident)
            self._record(
                LotStarted(
                    lot_id=ident, name=name, article=article, supplier=self._supplier, start_mm=start_mm
                )
            )
        return self._owner

    def end(self, end_mm: float) -> None:
        """End the roll or lot, if one is under way."""
        owner, self._owner = self._owner, Owner()
        self._last = owner if owner != Owner() else self._last
        if owner.roll_id is not None:
            self._record(RollEnded(roll_id=owner.roll_id, end_mm=end_mm))
        elif owner.lot_id is not None:
            self._record(LotEnded(lot_id=owner.lot_id, end_mm=end_mm))

    def _next_name(self) -> str:
        day = self._utc().strftime("%Y%m%d")
        self._numbers[day] = self._numbers.get(day, 0) + 1
        return f"{self._line}-{day}-{self._numbers[day]:04d}"


def _last_numbers(event_log: EventLog) -> dict[str, int]:
    """Find the last number given on each day: the clock may jump back to a day that had names already."""
    names = [
        event.body.name
        for event in event_log.latest("roll_started", "lot_started", limit=NAMES_LOOKED_AT)
        if isinstance(event.body, RollStarted | LotStarted)
    ]
    numbered = [match for name in names if (match := re.search(r"-(\d{8})-(\d{4,})$", name))]
    return dict(sorted((match[1], int(match[2])) for match in numbered))
