"""The live state of lines, put together for a page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.event_terms import LineKind, LineState
from service.plant.store import alarms, intake, live, materials
from service.plant.store.columns import said_of
from service.plant.store.database import Transaction
from service.plant.views.lines import LineView

RECENT = timedelta(hours=1)  # coverage and deadline misses
STALE = timedelta(seconds=15)  # spans are closed at least once a second; older ones tell no speed
CLOCK_AHEAD = timedelta(seconds=60)  # clocks of two machines may differ by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """Reads one line."""

    line: str
    now: datetime

    def view(self, tx: Transaction) -> LineView:
        """Its state now; a line that never delivered is known by its name only."""
        row = live.line_row(tx, self.line) or {}
        recent = live.recent(tx, self.line, self.now - RECENT)
        missing, heard, with_gaps = live.log_state(tx, self.line)
        roll = materials.open_roll(tx, self.line) or (None, None)
        lot = materials.open_lot(tx, self.line) or (None, None)
        return LineView(
            line=self.line,
            area=row.get("area"),
            kind=LineKind(row["line_kind"]) if row.get("line_kind") else None,
            state=LineState(row["state"]) if row.get("state") else None,
            cause=row.get("cause", ""),
            said=said_of(row.get("said")),
            since_utc=row.get("since_utc"),
            article=row.get("article"),
            bundle_id=row.get("bundle_id"),
            software=row.get("software"),
            web_width_mm=row.get("web_width_mm"),
            speed_m_min=self._speed_m_min(tx, row),
            coverage=recent.inspected_mm / recent.length_mm if recent.length_mm > 0 else None,
            deadline_misses=recent.deadline_misses if recent.length_mm > 0 else None,
            last_event_utc=row.get("utc"),
            received_utc=heard,
            age_s=self._age_s(row, heard),
            roll_id=roll[0],
            roll_name=roll[1],
            lot_id=lot[0],
            lot_name=lot[1],
            alarms=alarms.active(tx, self.line),
            missing_events=missing,
            gaps=tuple(gap for log_id in with_gaps for gap in intake.gaps(tx, log_id)),
            demo=bool(row.get("demo", False)),
        )

    def _speed_m_min(self, tx: Transaction, row: dict[str, Any]) -> float | None:  # Any: column values
        if row.get("state") == LineState.STOPPED.value:
            return None
        return live.speed_m_min(tx, self.line, self.now - STALE)

    def _age_s(self, row: dict[str, Any], heard: datetime | None) -> float | None:  # Any: column values
        if not row or heard is None:
            return None
        told_utc: datetime = row["utc"]
        if told_utc - heard > CLOCK_AHEAD:  # its clock is wrong; it must not look alive for hours
            told_utc = heard
        return (self.now - told_utc).total_seconds()
