"""What is held of past days is what the rows say now, in whatever order and batches they came."""

import hashlib
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from service.plant.memo import NOTHING_HELD, Held, Memo, Question
from service.plant.plant import Plant
from service.plant.store import produced, run_time, stop_rows, totals, touches
from service.plant.store.database import Transaction
from service.plant.store.hour_sums import SUMMED, edge_sums, roll_groups
from service.plant.store.parts import count_parts, past_days
from service.plant.store.touches import Stretch
from service.plant.views.defects import MarkVerdict
from service.plant.views.kpis import Window

LINES = ["loom-1", "loom-2"]
DAY_S = 86_400.0


def three_days(log: Any, pictures: Sequence[str]) -> list[Any]:
    """A run and a roll a day; the second day's process is killed late in the evening (UTC)."""
    events = []
    for day in range(3):
        log.at_s = day * DAY_S + 3600.0 * 17.5 * (day == 1)
        roll, start = f"{log.log_id}-r{day}", day * 100_000.0
        events += [log.started(), log.state("running"), log.roll_started(roll, start)]
        for part in range(3):
            log.at_s += 600.0
            place = start + part * 30_000
            defect = f"{log.log_id}-d{day}{part}"
            picture = pictures[part] if part else None
            events.append(log.span(place, place + 29_000, roll=roll))
            events.append(log.missed(place + 29_000, place + 30_000, roll=roll))
            events.append(log.defect(defect, place + 9, roll=roll, unsure=part == 2, picture=picture))
            events.append(log.judged(f"{log.log_id}-c{day}{part}", lot=None, roll=roll))
            events.append(log.answered(f"{log.log_id}-c{day}{part}", lot=None, roll=roll, ejected_kg=0.5))
        events.append(log.roll_ended(roll, start + 90_000))
        if day != 1:
            events.append(log.stopped())
    return events


def counted(tx: Transaction, window: Window, held: Held) -> dict[str, Any]:
    """Sums of all parts, area made, run time."""
    parts = count_parts(tx, window, LINES, held)
    sums = parts.of(LINES)
    run = run_time.run_h(tx, window, LINES, window.to_utc, held)
    found = {name: sum(part.get(name) or 0 for part in sums) for name in SUMMED}
    made = {f"m2 {article} {grade}": m2 for (article, grade), m2 in parts.made(LINES).items()}
    stops = stop_rows.sums(tx, window, LINES, set(), whole, held)
    stood = {"stops": stops.count, "lost_min": sum(stops.minutes.values())}
    return found | made | stood | {"run_h": run.value if run else 0.0}


def whole(line: str, from_utc: datetime, to_utc: datetime) -> timedelta:
    """Every moment was planned as busy."""
    return to_utc - from_utc


def from_rows(tx: Transaction, window: Window) -> dict[str, Any]:
    """The same from rows alone; the run time in pieces of 5 hours, so that nothing is a whole day."""
    groups = roll_groups(tx, window, LINES)
    sums = edge_sums(tx, window, LINES, groups)
    found = {name: sum(part.get(name) or 0 for part in sums.values()) for name in SUMMED}
    made: dict[str, float] = {}
    for own in produced.of_rolls(groups).values():
        for (article, grade), m2 in own.items():
            made[f"m2 {article} {grade}"] = made.get(f"m2 {article} {grade}", 0.0) + m2
    run_h, at = 0.0, window.from_utc
    while at < window.to_utc:
        piece = Window(from_utc=at, to_utc=min(at + timedelta(hours=5), window.to_utc))
        run = run_time.run_h(tx, piece, LINES, window.to_utc, NOTHING_HELD)
        run_h, at = run_h + (run.value if run else 0.0), piece.to_utc
    stops = list(stop_rows.stops(tx, window, LINES, set(), whole))
    lost_min = sum(stop.lost / timedelta(minutes=1) for stop in stops)
    stood = {"stops": len({(stop.line, stop.began_utc) for stop in stops}), "lost_min": lost_min}
    return found | made | stood | {"run_h": run_h}


@pytest.mark.parametrize("seed", [1, 2])
def test_held_figures_equal_the_rows_after_any_order_of_batches(
    plant: Plant, new_log: Any, clock: Any, png: Any, seed: int
) -> None:
    chance = random.Random(seed)
    begun = clock()
    clock.pass_s(4 * DAY_S)
    window = Window(from_utc=begun - timedelta(hours=7, minutes=10), to_utc=clock())
    images = {plant_hash(data): data for data in (png(1), png(2), png(3))}
    batches = []
    for number, line in enumerate(LINES):
        events = three_days(new_log(line, f"log-{number}"), sorted(images))
        chance.shuffle(events)
        cuts = sorted(chance.sample(range(1, len(events)), 3))
        batches += [
            (line, [*events[start:end], *chance.sample(events, 3)])
            for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)
        ]
    chance.shuffle(batches)
    memo = Memo(database=plant.ledger.database, now=clock)
    for at, (line, batch) in enumerate(batches):
        plant.ingest(line, batch)
        if at % 3 == 2 and images:
            plant.put_picture(line, *_next_picture(images))
        with plant.ledger.database.read() as tx:
            assert counted(tx, window, memo.held(tx)) == pytest.approx(from_rows(tx, window)), at
    with plant.ledger.database.read() as tx:
        full = counted(tx, window, memo.held(tx))
    assert (full["spans"], full["rolls_ended"], full["ordered"]) == (18, 6, 18)
    assert full["stops"] > 2
    assert full["lost_min"] > 1000
    assert full["rolls_complete"] < 6  # the first picture that was put completes none: each roll has two


def plant_hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _next_picture(images: dict[str, bytes]) -> tuple[str, bytes, str]:
    sha256 = sorted(images)[0]
    return sha256, images.pop(sha256), "image/png"


def test_a_picture_that_comes_late_completes_its_roll(plant: Plant, new_log: Any, png: Any) -> None:
    log, sha256 = new_log(), plant_hash(png(7))
    events = [log.started(), log.roll_started(), log.span(0, 100_000), log.defect("d", 5, picture=sha256)]
    plant.ingest("loom-1", [*events, log.roll_ended()])
    hour = datetime.fromisoformat("2026-03-02T06:00+00:00")
    window = Window(from_utc=hour, to_utc=hour + timedelta(hours=1))

    def complete() -> int:
        with plant.ledger.database.read() as tx:
            return totals.count(tx, window, None)[0].rolls.complete

    assert complete() == 0
    plant.put_picture("loom-1", sha256, png(7), "image/png")
    assert complete() == 1
    plant.mark("d", MarkVerdict.WRONG, None, "dana")  # graded again, counted again
    assert complete() == 1


def test_a_run_that_was_killed_before_midnight_ends_with_its_last_span(plant: Plant, new_log: Any) -> None:
    log = new_log()
    log.at_s = 17.5 * 3600  # 23:30 UTC
    events = [log.started(), log.state("running")]
    log.at_s += 600
    events.append(log.span(0, 1000, roll=None))
    log.at_s += 3600  # 00:40: started again, and 5 minutes later still alive
    events += [log.started(), log.state("running")]
    log.at_s += 300
    events.append(log.span(1000, 2000, roll=None))
    plant.ingest("loom-1", events)
    first = datetime.fromisoformat("2026-03-02T00:00+00:00")
    two_days = Window(from_utc=first, to_utc=first + timedelta(days=2))
    evening = Window(from_utc=first, to_utc=first + timedelta(days=1))
    with plant.ledger.database.read() as tx:
        for window, minutes in ((evening, 10), (two_days, 15)):
            run = run_time.run_h(tx, window, ["loom-1"], two_days.to_utc)
            assert run is not None
            assert run.value * 60 == pytest.approx(minutes, abs=0.1)


def test_whole_days_are_cut_out_of_whole_hours() -> None:
    start = datetime.fromisoformat("2026-03-02T22:00+00:00")
    past, rest = past_days(Window(from_utc=start, to_utc=start + timedelta(hours=51)))
    assert past is not None
    assert (past.from_utc.day, past.to_utc.day) == (3, 5)
    assert [(part.from_utc.hour, part.to_utc.hour) for part in rest] == [(22, 0), (0, 1)]
    assert past_days(Window(from_utc=start, to_utc=start + timedelta(hours=20)))[0] is None


def test_only_what_was_written_to_is_worked_out_again(plant: Plant, clock: Any) -> None:
    memo = Memo(database=plant.ledger.database, now=clock)
    day = timedelta(days=1)
    about = {
        line: Question(name=("n", line), about=Stretch(line=line, from_utc=clock() - day, to_utc=clock()))
        for line in LINES
    }
    asked: list[str] = []

    def work_out(missing: Sequence[str]) -> dict[str, int]:
        asked.extend(missing)
        return dict.fromkeys(missing, len(asked))

    def answers() -> list[str]:
        asked.clear()
        with plant.ledger.database.read() as tx:
            memo.held(tx).answers(about, work_out)
        return list(asked)

    def touch(line: str, hours: float) -> None:
        since = clock() + timedelta(hours=hours)
        with plant.ledger.database.write() as tx:
            touches.note(tx, [Stretch(line=line, from_utc=since, to_utc=since + timedelta(hours=1))], clock())

    assert answers() == LINES
    touch("loom-1", 0)  # behind what is held
    assert answers() == []
    touch("loom-1", -1)
    assert answers() == ["loom-1"]
    touch(touches.EVERY_LINE, -30)
    assert answers() == []
    touch(touches.EVERY_LINE, -24.5)
    assert answers() == LINES
    touch("loom-2", -5)
    clock.pass_s(7200)
    touch("loom-2", 9)
    with plant.ledger.database.write() as tx:
        touches.prune(tx, clock())
    assert answers() == LINES  # the note that said which line is gone


def test_an_answer_of_an_older_sight_is_not_held(plant: Plant, clock: Any) -> None:
    memo = Memo(database=plant.ledger.database, now=clock)
    about = Stretch(line="loom-1", from_utc=clock(), to_utc=clock() + timedelta(hours=1))
    question = {"loom-1": Question(name="n", about=about)}
    with plant.ledger.database.read() as old:
        sight = memo.held(old)
        with plant.ledger.database.write() as tx:
            touches.note(tx, [about], clock())
        with plant.ledger.database.read() as new:
            memo.held(new)
        assert sight.answers(question, lambda missing: {"loom-1": "old"}) == {"loom-1": "old"}
    with plant.ledger.database.read() as tx:
        assert memo.held(tx).answers(question, lambda missing: {"loom-1": "new"}) == {"loom-1": "new"}
