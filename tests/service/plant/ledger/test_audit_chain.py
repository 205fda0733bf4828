import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from service.plant.errors import PlantError
from service.plant.ledger.audit import Auditor, day_heads, remove_events
from service.plant.ledger.chain import fault_of, make_link, numbers_of, ranges_of
from service.plant.ledger.heads import read_heads, write_heads
from service.plant.outbox.herald import Teller
from service.plant.plant import Plant
from service.plant.store import chain
from service.plant.store.ledger_tables import ENTRIES, FLOWS, LINKS
from service.plant.store.tables import AUDIT, EVENTS, GRADES
from service.plant.views.kpis import Window
from service.plant.views.people import Role
from service.said.codes import Said
from service.said.sayings import say

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@pytest.fixture
def filled(plant: Plant, pen: Any, new_log: Any, clock: Any) -> Plant:
    """Two deliveries of events with a graded roll, three entries and an entry of the audit log."""
    log = new_log()
    plant.ingest("loom-1", [log.started(), log.roll_started(), log.span(0, 100_000)])
    plant.ingest("loom-1", [log.defect("d1", 500), log.roll_ended()])
    for kg in (100, 60, 39):
        pen.flow("input", kg)
    plant.people.create("dana", "a long enough one", Role.VIEWER, "admin")
    return plant


def faults(plant: Plant, heads: Path | None = None) -> tuple[str, ...]:
    return Auditor(database=plant.ledger.database, poster=plant.ledger.poster).verify(heads).faults


def tamper(plant: Plant, statement: Any) -> None:
    with plant.ledger.database.write() as tx:
        assert tx.execute(statement).rowcount


def test_links_name_the_one_before_and_every_change_shows() -> None:
    values = {"chain": "plant", "utc": START, "kind": "entry", "digest": "d" * 64}
    first = make_link(None, subject="a", **values)  # type: ignore[arg-type]
    second = make_link((first.number, first.hash), subject="b", **values)  # type: ignore[arg-type]
    third = make_link((second.number, second.hash), subject="c", **values)  # type: ignore[arg-type]
    assert [link.number for link in (first, second, third)] == [1, 2, 3]
    assert (fault_of(first, None), fault_of(second, (1, first.hash))) == (None, None)
    assert fault_of(third, (1, first.hash)) == say(Said.LINK_MISSING, link="2")
    other = make_link((1, first.hash), subject="x", **values)  # type: ignore[arg-type]
    assert fault_of(third, (2, other.hash)) == say(Said.LINK_EXCHANGED, link="3", before="2")


def test_ranges_are_written_and_read() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == "1-3,7-7,9-10"
    assert numbers_of("1-3,7-7,9-10") == [1, 2, 3, 7, 9, 10]


def test_untouched_rows_verify(filled: Plant) -> None:
    report = Auditor(database=filled.ledger.database, poster=filled.ledger.poster).verify()
    assert report.faults == ()
    assert (report.entries, report.events, report.unsealed) == (3, 5, 0)


def test_an_edited_event_is_named(filled: Plant) -> None:
    tamper(filled, update(EVENTS).where(EVENTS.c.seq == 4).values(raw="{}"))
    assert faults(filled) == ("event 4 of log log-a was edited",)


def test_a_missing_event_is_named(filled: Plant) -> None:
    tamper(filled, delete(EVENTS).where(EVENTS.c.seq == 2))
    assert faults(filled) == ("event 2 of log log-a is missing",)


def test_an_added_event_shows(filled: Plant) -> None:
    with filled.ledger.database.write() as tx:
        row = dict(tx.execute(select(EVENTS).where(EVENTS.c.seq == 5)).mappings().one())
        tx.execute(insert(EVENTS).values(**(row | {"seq": 6, "received_utc": START + timedelta(days=1)})))
    assert faults(filled) == ("log log-a: 1 events were added that no link covers",)


def test_an_edited_or_missing_entry_grade_or_audit_row_is_named(filled: Plant) -> None:
    with filled.ledger.database.read() as tx:
        second = tx.execute(select(ENTRIES.c.entry_id).where(ENTRIES.c.number == 2)).scalar_one()
    tamper(filled, update(ENTRIES).where(ENTRIES.c.number == 2).values(raw="{}"))
    tamper(filled, delete(ENTRIES).where(ENTRIES.c.number == 3))
    tamper(filled, update(GRADES).values(grade="A", points=0))
    tamper(filled, delete(AUDIT).where(AUDIT.c.subject == "dana"))
    found = faults(filled)
    assert len(found) == 4
    assert any(fault.startswith(f"entry {second}") and fault.endswith("was edited") for fault in found)
    assert any(fault.startswith("entry") and fault.endswith("is missing") for fault in found)
    assert any(fault.startswith("grade 1") and fault.endswith("was edited") for fault in found)
    assert any(fault.startswith("audit") and fault.endswith("is missing") for fault in found)


def test_a_flow_edited_beside_its_entry_shows(filled: Plant) -> None:
    tamper(filled, update(FLOWS).where(FLOWS.c.quantity == 60.0).values(quantity=6.0))
    (fault,) = faults(filled)
    assert "quantity was edited" in fault


def test_an_entry_put_in_past_the_ledger_shows(filled: Plant) -> None:
    with filled.ledger.database.write() as tx:
        row = dict(tx.execute(select(ENTRIES).where(ENTRIES.c.number == 1)).mappings().one())
        tx.execute(insert(ENTRIES).values(**(row | {"entry_id": "forged", "number": 4})))
    assert faults(filled) == ("entry forged was added past the ledger: no link seals it",)


def test_a_removed_link_breaks_the_chain(filled: Plant) -> None:
    tamper(filled, delete(LINKS).where(LINKS.c.chain == "plant", LINKS.c.number == 2))
    assert any(fault == "chain plant: link 2 is missing" for fault in faults(filled))


def test_a_cut_off_end_is_found_by_the_exported_heads(filled: Plant, tmp_path: Path) -> None:
    with filled.ledger.database.read() as tx:
        write_heads(tmp_path, "2026-03-02", day_heads(tx, START.date()))
    assert faults(filled, tmp_path) == ()
    tamper(filled, delete(AUDIT).where(AUDIT.c.subject == "dana"))
    with filled.ledger.database.write() as tx:
        last = max(tx.execute(select(LINKS.c.number).where(LINKS.c.chain == "plant")).scalars())
        tx.execute(delete(LINKS).where(LINKS.c.chain == "plant", LINKS.c.number == last))
    assert faults(filled) == ()  # the chain alone can't tell
    assert faults(filled, tmp_path) == (
        f"chain plant: link {last}, the head of 2026-03-02, is missing: cut off",
    )


def test_heads_are_never_written_over_and_a_spoilt_file_is_named(filled: Plant, tmp_path: Path) -> None:
    with filled.ledger.database.read() as tx:
        heads = day_heads(tx, START.date())
    path = write_heads(tmp_path, "2026-03-02", heads)
    write_heads(tmp_path, "2026-03-02", [])
    assert read_heads(tmp_path) == heads
    assert {head["chain"] for head in json.loads(path.read_text())} == {"plant", "log/log-a"}
    path.write_text("{")
    with pytest.raises(PlantError, match="heads-2026-03-02"):
        read_heads(tmp_path)


def test_retention_leaves_a_checkpoint_that_is_sealed_itself(
    filled: Plant, clock: Any, new_log: Any, tmp_path: Path
) -> None:
    with filled.ledger.database.read() as tx:
        write_heads(tmp_path, "2026-03-02", day_heads(tx, START.date()))
    clock.pass_s(3 * 24 * 3600)
    log = new_log()
    events = [
        log.started(),
        log.roll_started(),
        log.span(0, 100_000),
        log.defect("d1", 500),
        log.roll_ended(),
    ]
    log.at_s = 3 * 24 * 3600.0
    later = [log.alarm("hot"), log.alarm("hot", raised=False)]
    filled.ingest("loom-1", later)
    before = filled.roll("r1")
    (gone,) = remove_events(
        filled.ledger.database, START + timedelta(days=1), now=clock(), user="admin", why="disk"
    )
    assert (gone.log_id, gone.events, gone.to_link) == ("log-a", 5, 2)
    assert faults(filled, tmp_path) == ()
    assert filled.roll("r1") == before  # what was counted stays
    assert filled.lines()[0].gaps == ()
    again = filled.ingest("loom-1", events)  # delivered again: held no more, but not new either
    assert (again.accepted, again.duplicates) == (0, 5)
    with pytest.raises(PlantError, match="retention has removed events"):
        filled.rebuild()
    tamper(filled, delete(EVENTS).where(EVENTS.c.seq == 6))
    assert faults(filled) == ("event 6 of log log-a is missing",)


def test_raw_events_past_their_days_leave_in_pieces_and_the_rest_stays(
    filled: Plant, clock: Any, new_log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "MOST_LINKS", 1)
    log = new_log("loom-2", "log-b")
    gap = [log.started(), log.state("running"), log.state("held")]
    filled.ingest("loom-2", [gap[0], gap[2]])  # the second has not come yet: what lies behind it must stay
    teller = Teller(
        database=filled.ledger.database,
        enterprise="mill",
        site="north",
        lines=[],
        last_shift=lambda moment: Window(from_utc=START, to_utc=moment),
        kpis=lambda window, line: (),
        raw_events_days=31,
    )
    clock.pass_s(30 * 24 * 3600)
    teller.forget(clock())
    assert held_events(filled) == {"log-a": 5, "log-b": 2}
    clock.pass_s(2 * 24 * 3600)
    teller.forget(clock())
    assert held_events(filled) == {"log-b": 2}
    assert faults(filled) == ()
    assert filled.roll("r1").row.length_m == 100.0
    filled.ingest("loom-2", [gap[1]])
    teller.forget(clock())  # it came today: two days later it is still within its time
    assert held_events(filled) == {"log-b": 3}
    assert faults(filled) == ()


def held_events(plant: Plant) -> dict[str, int]:
    with plant.ledger.database.read() as tx:
        held = {log_id: chain.count_events(tx, log_id) for log_id in chain.log_ids(tx)}
    return {log_id: count for log_id, count in held.items() if count}


def test_removing_needs_a_reason_and_a_past_moment(filled: Plant, clock: Any) -> None:
    database = filled.ledger.database
    with pytest.raises(PlantError, match="say why"):
        remove_events(database, START, now=clock(), user="admin", why="")
    with pytest.raises(PlantError, match="in the past"):
        remove_events(database, START + timedelta(days=9), now=clock(), user="admin", why="disk")
