"""The live state of lines, put together for a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.event_terms import LineKind, LineState
from service.plant.store import alarms, intake, live, materials
from service.plant.store.columns import said_of
from service.plant.store.database import Transaction
from service.plant.store.many import Row
from service.plant.views.lines import LineView

RECENT = timedelta(hours=1)  # coverage and deadline misses
STALE = timedelta(seconds=15)  # spans are closed at least once a second; older ones tell no speed
CLOCK_AHEAD = timedelta(seconds=60)  # clocks of two machines may differ by so much


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLines:
    """Reads lines, all of them at once: a page asks for it every second."""

    lines: Sequence[str]
    now: datetime

    def views(self, tx: Transaction) -> Iterator[LineView]:
        """Their state now; a line that never delivered is known by its name only."""
        rows = live.line_rows(tx, self.lines)
        recent = live.recent(tx, self.lines, self.now - RECENT)
        logs = live.log_states(tx, self.lines)
        rolls, lots = materials.open_rolls(tx, self.lines), materials.open_lots(tx, self.lines)
        raised = alarms.active(tx, self.lines)
        for line in self.lines:
            row, of_hour, heard = rows.get(line, {}), recent.get(line), logs[line]
            inspects = of_hour is not None and of_hour.length_mm > 0
            roll, lot = rolls.get(line, (None, None)), lots.get(line, (None, None))
            yield LineView(
                line=line,
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
                coverage=of_hour.inspected_mm / of_hour.length_mm if of_hour and inspects else None,
                deadline_misses=of_hour.deadline_misses if of_hour and inspects else None,
                last_event_utc=row.get("utc"),
                received_utc=heard.newest_utc,
                age_s=self._age_s(row, heard.newest_utc),
                roll_id=roll[0],
                roll_name=roll[1],
                lot_id=lot[0],
                lot_name=lot[1],
                alarms=tuple(raised[line]),
                missing_events=heard.missing,
                gaps=tuple(gap for log_id in heard.with_gaps for gap in intake.gaps(tx, log_id)),
                demo=bool(row.get("demo", False)),
            )

    def _speed_m_min(self, tx: Transaction, row: Row) -> float | None:
        not_before = self.now - STALE
        if not row or row["state"] == LineState.STOPPED.value or row["utc"] < not_before:
            return None
        return live.speed_m_min(tx, row["line"], not_before)

    def _age_s(self, row: Row, heard: datetime | None) -> float | None:
        if not row or heard is None:
            return None
        told_utc: datetime = row["utc"]
        if told_utc - heard > CLOCK_AHEAD:  # its clock is wrong; it must not look alive for hours
            told_utc = heard
        return (self.now - told_utc).total_seconds()
