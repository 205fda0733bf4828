"""Events → rows. The result does not depend on the order or the batches in which events arrive.

What the newest event says wins where something changes (a line's state); what the first event says wins where
something can be only once (a roll's end, a defect).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Table

from service.event_terms import LineState, ShotFate
from service.events import (
    DefectFound,
    Event,
    FrameJudged,
    LineStarted,
    LineStopped,
    LotEnded,
    LotStarted,
    OrderedShot,
    RollEnded,
    RollStarted,
    ShotAnswered,
    ShotGivenUp,
    StateChanged,
)
from service.plant.errors import PlantError
from service.plant.store import tables
from service.plant.store.columns import said_text
from service.plant.store.database import Transaction
from service.plant.store.hours import Change
from service.plant.store.intake import columns_of
from service.plant.store.many import Row, insert_rows
from service.plant.store.measured import book_measured
from service.plant.store.merge import Merged
from service.plant.store.plant_alarms import PlantAlarm
from service.plant.store.roll_hours import RollEnd
from service.plant.store.rows import common, row_of
from service.said.codes import Said
from service.said.sayings import say

Placed = tuple[Event, int]  # an event and its order_no
STARTS_OR_ENDS = (RollStarted, RollEnded, LotStarted, LotEnded)
CHANGES_A_LINE = (
    *(LineStarted, LineStopped, StateChanged, RollStarted, LotStarted),
    *(FrameJudged, DefectFound),
)
NEVER = -1  # order_no of what no event said yet
DEFECT_FIELDS = (
    *("roll_id", "lot_id", "score", "x0_mm", "y0_mm", "x1_mm", "y1_mm", "area_mm2", "length_mm"),
    *("unsure", "frames", "bundle_id", "picture_sha256"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a batch changed."""

    roll_ids: frozenset[str]
    ended: frozenset[str] = frozenset()  # those of the rolls that have ended
    conflicts: tuple[PlantAlarm, ...] = ()  # facts that contradict each other; the first one counts
    state_order: Mapping[str, int] = field(default_factory=dict)  # line → of its newest change of state
    changes: tuple[Change, ...] = ()  # rows that hourly sums are made of
    ends: tuple[RollEnd, ...] = ()  # where rolls ended before or end now


def project(tx: Transaction, placed: Sequence[Placed]) -> Touched:
    """Write the rows that new events make or change; the caller then writes the hourly sums."""
    own_rows: dict[Table, list[Row]] = defaultdict(list)
    for event, order_no in placed:
        found = row_of(event, order_no)
        if found is not None:
            own_rows[found[0]].append(found[1])
    for table, rows in own_rows.items():
        insert_rows(tx, table, rows)
    book_measured(tx, [event for event, _ in placed])
    merger = _Merger(tx, placed)
    touched = merger.run(placed)
    new_spans: Iterator[Change] = ((tables.SPANS.name, None, row) for row in own_rows[tables.SPANS])
    told = replace(
        touched,
        changes=(*new_spans, *merger.changes()),
        ends=tuple(merger.moved_ends()),
        ended=merger.ended(),
        state_order=merger.state_order(),
    )
    merger.write()
    return told


class _Merger:
    def __init__(self, tx: Transaction, placed: Sequence[Placed]) -> None:
        bodies = [event.body for event, _ in placed]
        self.roll_ids = {found for body in bodies if (found := getattr(body, "roll_id", None))}
        lot_ids = {found for body in bodies if (found := getattr(body, "lot_id", None))}
        found_ids = {body.defect_id for body in bodies if isinstance(body, DefectFound)}
        shot_ids = {body.command_id for body in bodies if isinstance(body, ShotAnswered | ShotGivenUp)}
        shot_ids |= {
            shot.command_id for body in bodies if isinstance(body, FrameJudged) for shot in body.shots
        }
        self.conflicts: list[PlantAlarm] = []
        self.lines = Merged(tx, tables.LINES, sorted({event.tenant.line for event, _ in placed}))
        self.rolls = Merged(tx, tables.ROLLS, sorted(self.roll_ids))
        self.lots = Merged(tx, tables.LOTS, sorted(lot_ids))
        self.defects = Merged(tx, tables.DEFECTS, sorted(found_ids))
        self.shots = Merged(tx, tables.SHOTS, sorted(shot_ids))

    def run(self, placed: Sequence[Placed]) -> Touched:
        for event, order_no in _newest(placed):
            self._clocks(event, order_no)
        for event, order_no in placed:
            self._material(event, order_no)
            if isinstance(event.body, CHANGES_A_LINE):
                self._line(event, order_no)
            match event.body:
                case DefectFound():
                    self._defect(event, event.body, order_no)
                case FrameJudged():
                    for shot in event.body.shots:
                        self._ordered(event, event.body, shot, order_no)
                case ShotAnswered():
                    self._answered(event, event.body, order_no)
                case ShotGivenUp():
                    row = self._shot(event, event.body, event.body, order_no)
                    row |= {"fate": ShotFate.GIVEN_UP.value, "detail": event.body.detail}
        return Touched(roll_ids=frozenset(self.roll_ids), conflicts=tuple(self.conflicts))

    def state_order(self) -> dict[str, int]:
        """The newest change of each line's state."""
        return {row["line"]: row["state_order"] for _, row in self.lines.changes()}

    def ended(self) -> frozenset[str]:
        """The rolls of the batch that have ended, now or before."""
        return frozenset(key for key in self.roll_ids if self.rolls.known(key)["ended_utc"] is not None)

    def changes(self) -> Iterator[Change]:
        """Rows that hourly sums are made of, before and after."""
        for merged, table in ((self.defects, tables.DEFECTS), (self.shots, tables.SHOTS)):
            for before, after in merged.changes():
                yield table.name, before, after

    def moved_ends(self) -> Iterator[RollEnd]:
        """Where rolls ended before and end now."""
        for before, after in self.rolls.changes():
            left, now = before["ended_utc"] if before is not None else None, after["ended_utc"]
            if left == now:
                continue
            if left is not None:
                yield RollEnd(line=after["line"], utc=left, demo=after["demo"], left=True)
            if now is not None:
                yield RollEnd(line=after["line"], utc=now, demo=after["demo"])

    def write(self) -> None:
        """Store every row that changed."""
        for merged in (self.lines, self.rolls, self.lots, self.defects, self.shots):
            merged.write()

    def _material(self, event: Event, order_no: int) -> None:
        for merged, key in ((self.rolls, "roll_id"), (self.lots, "lot_id")):
            found = getattr(event.body, key, None)
            if found is None:
                continue
            extra: Row = {"width_mm": None} if key == "roll_id" else {"supplier": ""}
            row = merged.row(found, partial(_placeholder, event, found, extra))
            _check_owner(row, event, f"{key} {found}")
            _earliest(row, event, order_no)
            if isinstance(event.body, STARTS_OR_ENDS):
                self.conflicts += _ended_twice(row, event, key)
                _start_or_end(row, event, order_no)

    def _clocks(self, event: Event, order_no: int) -> None:
        row = self.lines.row(event.tenant.line, lambda: _blank_line(event))
        if order_no > row["order_no"]:
            row |= common(event, order_no)

    def _line(self, event: Event, order_no: int) -> None:
        row, body = self.lines.known(event.tenant.line), event.body
        if isinstance(body, LineStarted) and order_no > row["started_order"]:
            row |= {"line_kind": body.line_kind.value, "software": body.software, "started_order": order_no}
            row["web_width_mm"] = body.web_width_mm
        if isinstance(body, LineStarted | LineStopped | StateChanged) and order_no > row["state_order"]:
            row |= _state(body) | {"state_order": order_no}
            row["since_utc"] = event.stamp.utc
        if isinstance(body, LineStarted | RollStarted | LotStarted) and order_no > row["article_order"]:
            row |= {"article": body.article, "article_order": order_no}
        if isinstance(body, LineStarted | FrameJudged | DefectFound) and order_no > row["bundle_order"]:
            row |= {"bundle_id": body.bundle_id, "bundle_order": order_no}

    def _defect(self, event: Event, body: DefectFound, order_no: int) -> None:
        row = self.defects.row(body.defect_id, lambda: {"order_no": None, "line": event.tenant.line})
        _check_owner(row, event, f"defect_id {body.defect_id}")
        if row["order_no"] is not None and row["order_no"] <= order_no:
            return
        row |= common(event, order_no) | {"kind": body.defect_kind}
        row |= {name: getattr(body, name) for name in DEFECT_FIELDS}

    def _ordered(self, event: Event, body: FrameJudged, shot: OrderedShot, order_no: int) -> None:
        row = self._shot(event, body, shot, order_no)
        if row["rule"] is None:
            row["rule"] = shot.rule

    def _answered(self, event: Event, body: ShotAnswered, order_no: int) -> None:
        row = self._shot(event, body, body, order_no)
        if row["answered_utc"] is not None and row["answered_utc"] <= event.stamp.utc:
            return
        row |= {"answered_utc": event.stamp.utc, "margin_ms": body.margin_ms, "ejected_kg": body.ejected_kg}
        if row["fate"] != ShotFate.GIVEN_UP.value:  # that it was dropped afterwards may arrive first
            row |= {"fate": body.fate.value, "detail": body.detail}
        row["good_fibre_kg"] = body.good_fibre_kg

    def _shot(
        self,
        event: Event,
        place: FrameJudged | ShotAnswered | ShotGivenUp,
        shot: OrderedShot | ShotAnswered | ShotGivenUp,
        order_no: int,
    ) -> Row:
        row = self.shots.row(shot.command_id, lambda: common(event, order_no) | _blank_shot(place, shot))
        _check_owner(row, event, f"command_id {shot.command_id}")
        _earliest(row, event, order_no)
        return row


def _newest(placed: Sequence[Placed]) -> Iterable[Placed]:
    """The newest event of each line."""
    found: dict[str, Placed] = {}
    for event, order_no in placed:
        line = event.tenant.line
        if line not in found or found[line][1] < order_no:
            found[line] = (event, order_no)
    return found.values()


def _check_owner(row: Row, event: Event, what: str) -> None:
    if row["line"] != event.tenant.line:
        raise PlantError(
            "wrong_place",
            f"event {event.seq} of log {event.log_id}: {what} belongs to line {row['line']}; "
            f"line {event.tenant.line} can't write onto it",
        )


def _earliest(row: Row, event: Event, order_no: int) -> None:
    demo = row["demo"] or event.demo
    if order_no < row["order_no"] or row["order_no"] == NEVER:
        row |= common(event, order_no)
    row["demo"] = demo


def _start_or_end(row: Row, event: Event, order_no: int) -> None:
    body, utc = event.body, event.stamp.utc
    if isinstance(body, RollStarted | LotStarted) and _comes_first(row["start_order"], order_no):
        row |= {"name": body.name, "article": body.article, "start_mm": body.start_mm}
        row |= {"started_utc": utc, "start_order": order_no}
        row |= {"width_mm": body.width_mm} if isinstance(body, RollStarted) else {"supplier": body.supplier}
    if isinstance(body, RollEnded | LotEnded) and _comes_first(row["end_order"], order_no):
        row |= {"end_mm": body.end_mm, "ended_utc": utc, "end_order": order_no}


def _ended_twice(row: Row, event: Event, key: str) -> Iterator[PlantAlarm]:
    """A roll or lot that ends at two places: the first end counts, and someone must look."""
    body = event.body
    if isinstance(body, RollEnded | LotEnded) and row["end_mm"] not in (None, body.end_mm):
        name = row["name"] or row[key]
        yield PlantAlarm(
            code="ended_twice",
            subject=f"{key} {row[key]}",
            line=event.tenant.line,
            said=say(Said.ENDED_TWICE, name=name, first_m=row["end_mm"] / 1000, second_m=body.end_mm / 1000),
            demo=event.demo,
        )


def _comes_first(known: int | None, order_no: int) -> bool:
    return known is None or order_no < known


def _state(body: LineStarted | LineStopped | StateChanged) -> Row:
    if isinstance(body, LineStarted):
        return {"state": LineState.STARTING.value, "cause": "", "said": said_text(())}
    state = body.state if isinstance(body, StateChanged) else LineState.STOPPED
    return {"state": state.value, "cause": body.cause, "said": said_text(body.said)}


def _placeholder(event: Event, name: str, extra: Row) -> Row:
    nothing = ("start_mm", "end_mm", "started_utc", "ended_utc", "start_order", "end_order")
    return common(event, NEVER) | {"name": name, "article": ""} | dict.fromkeys(nothing) | extra


def _blank_line(event: Event) -> Row:
    orders = ("started_order", "state_order", "article_order", "bundle_order")
    nothing = ("line_kind", "software", "web_width_mm", "state", "since_utc", "article", "bundle_id")
    tenant = columns_of(event.tenant)
    return (
        tenant
        | common(event, NEVER)
        | dict.fromkeys(orders, NEVER)
        | dict.fromkeys(nothing)
        | {"cause": "", "said": said_text(())}
    )


def _blank_shot(
    place: FrameJudged | ShotAnswered | ShotGivenUp, shot: OrderedShot | ShotAnswered | ShotGivenUp
) -> Row:
    return {
        "roll_id": place.roll_id,
        "lot_id": place.lot_id,
        "actuator": shot.actuator.value,
        "lane": shot.lane,
        "from_mm": shot.from_mm,
        "to_mm": shot.to_mm,
        "rule": None,
        "fate": None,
        "detail": "",
        "answered_utc": None,
        "margin_ms": None,
        "ejected_kg": 0.0,
        "good_fibre_kg": 0.0,
    }
