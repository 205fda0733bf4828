"""Lists for machine clients: rolls, lots and defects, filtered, from a cursor on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.plant.cursors import read_cursor, write_cursor
from service.plant.defects import alone
from service.plant.errors import PlantError
from service.plant.grading.profile import Profile
from service.plant.lots import lot_view
from service.plant.rolls import Rolls
from service.plant.shifts import check_moment
from service.plant.store import defects, feeds
from service.plant.store.database import Database
from service.plant.store.feeds import Asked
from service.plant.views.defects import DefectView
from service.plant.views.lots import LotView
from service.plant.views.paging import Slice
from service.plant.views.rolls import RollRow

LARGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which part of a list a client wants."""

    line: str | None = None
    from_utc: datetime | None = None
    to_utc: datetime | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Reads lists. PlantError: unknown_line, bad_cursor, bad_page, bad_window."""

    database: Database
    rows: Rolls
    profile: Profile
    lines: Sequence[str]

    def rolls(
        self,
        bounds: Bounds,
        *,
        article: str | None = None,
        grade: str | None = None,
        name: str | None = None,
    ) -> Slice[RollRow]:
        """Rolls, newest first."""
        asked = self._asked(bounds)
        with self.database.read() as tx:
            ids, more = feeds.roll_ids(tx, asked, article=article, grade=grade, name=name)
            items = self.rows.rows(tx, ids)
        return Slice(items=items, next_cursor=write_cursor(more) if more else None)

    def lots(self, bounds: Bounds, *, supplier: str | None = None) -> Slice[LotView]:
        """Lots of fibre, newest first."""
        asked = self._asked(bounds)
        with self.database.read() as tx:
            ids, more = feeds.lot_ids(tx, asked, supplier=supplier)
            items = tuple(lot_view(tx, lot_id) for lot_id in ids)
        return Slice(items=items, next_cursor=write_cursor(more) if more else None)

    def defects(
        self,
        bounds: Bounds,
        *,
        kind: str | None = None,
        roll_id: str | None = None,
        lot_id: str | None = None,
    ) -> Slice[DefectView]:
        """Defects, newest first; each with its points as if it were the only one of its metre."""
        asked = self._asked(bounds)
        with self.database.read() as tx:
            ids, more = feeds.defect_ids(tx, asked, kind=kind, roll_id=roll_id, lot_id=lot_id)
            found = {record.defect_id: record for record in defects.by_id(tx, ids)}
        items = tuple(alone(found[defect_id], self.profile) for defect_id in ids)
        return Slice(items=items, next_cursor=write_cursor(more) if more else None)

    def _asked(self, bounds: Bounds) -> Asked:
        if bounds.line is not None and bounds.line not in self.lines:
            raise PlantError("unknown_line", f"line {bounds.line} is not in this plant's settings")
        if not 1 <= bounds.limit <= LARGEST:
            raise PlantError("bad_page", f"limit {bounds.limit}: give 1 to {LARGEST}")
        for moment in (bounds.from_utc, bounds.to_utc):
            check_moment(moment)
        return Asked(
            line=bounds.line,
            from_utc=bounds.from_utc,
            to_utc=bounds.to_utc,
            after=read_cursor(bounds.cursor) if bounds.cursor else None,
            limit=bounds.limit,
        )
