from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.plant.errors import PlantError
from service.plant.ledger.book import Draft
from service.plant.ledger.entries import Disposed, StopNoted, UnitClosed, Withdrawn
from service.plant.ledger.terms import BalanceStatus, Basis, DispositionAction, Origin
from service.plant.plant import Plant

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def problem_of(call: Any) -> tuple[str, str]:
    with pytest.raises(PlantError) as caught:
        call()
    return caught.value.problem, str(caught.value)


def unaccounted(plant: Plant) -> list[Any]:
    return [alarm for alarm in plant.alarms() if alarm.code == "unaccounted"]


def test_a_shift_is_stated_when_it_ends_and_what_is_missing_is_an_alarm(
    plant: Plant, pen: Any, clock: Any, new_log: Any
) -> None:
    pen.flow("input", 1000)
    pen.flow("good", 940)
    pen.flow("waste", 40)  # 1000 - 940 - 40 = 20 kg, 2 %: beyond 0.5 %
    assert unaccounted(plant) == []  # the shift still runs
    clock.pass_s(10 * 3600)  # 21:00: shift B
    plant.ingest("opener-1", [new_log("opener-1").started("fibre")])
    (stated,) = plant.ledger.statements("shift", "2026-03-02/A")
    assert (stated.place, stated.basis, stated.status) == ("opener-1", Basis.MASS, BalanceStatus.UNACCOUNTED)
    assert stated.unaccounted == pytest.approx(20.0)
    (alarm,) = unaccounted(plant)
    assert alarm.active
    assert "20 kg of 1000 kg (2.00 %) are unaccounted for, the limit is 0.5 %" in alarm.detail


def test_a_late_entry_states_the_shift_again_clears_the_alarm_and_both_statements_stay(
    plant: Plant, pen: Any, clock: Any, new_log: Any
) -> None:
    pen.flow("input", 1000)
    pen.flow("good", 940)
    clock.pass_s(10 * 3600)
    plant.ingest("opener-1", [new_log("opener-1").started("fibre")])
    assert unaccounted(plant)[0].active
    clock.pass_s(90 * 24 * 3600)  # months late
    pen.flow("by_product", 58, cause="noils")  # 1000 - 940 - 58 = 2 kg
    before, after = plant.ledger.statements("shift", "2026-03-02/A")
    assert (before.status, after.status) == (BalanceStatus.UNACCOUNTED, BalanceStatus.CLOSED)
    assert (after.reason, after.unaccounted) == ("late_entries", pytest.approx(2.0))
    assert not unaccounted(plant)[0].active


def test_a_correction_is_a_new_entry_with_who_and_why_and_the_old_one_stays(plant: Plant, pen: Any) -> None:
    wrong = pen.flow("input", 10_000)  # a zero too many
    right = pen.flow("input", 1000, corrects=wrong.entry_id, why="typed a zero too many", entered_by="bolat")
    (drawn,) = plant.ledger.shift_balances(START)
    assert drawn.input == 1000.0
    assert [entry.entry_id for entry in plant.ledger.entries().items] == [right.entry_id, wrong.entry_id]
    assert (right.entered_by, right.why) == ("bolat", "typed a zero too many")


def test_a_correction_without_reason_of_another_kind_or_twice_is_refused(pen: Any) -> None:
    first = pen.flow("input", 10)
    assert problem_of(lambda: pen.flow("input", 9, corrects=first.entry_id))[0] == "bad_correction"
    assert problem_of(lambda: pen.flow("input", 9, corrects="nothing", why="x"))[0] == "unknown_entry"
    stop = StopNoted(place="opener-1", from_utc=START - timedelta(hours=1), to_utc=START, reason="cleaning")
    assert "can't correct a flow" in problem_of(lambda: pen.enter(stop, corrects=first.entry_id, why="x"))[1]
    pen.enter(Withdrawn(), corrects=first.entry_id, why="another lot")
    assert "is corrected by" in problem_of(lambda: pen.flow("input", 9, corrects=first.entry_id, why="x"))[1]


def test_a_withdrawn_flow_no_longer_counts(plant: Plant, pen: Any) -> None:
    entry = pen.flow("input", 10)
    pen.enter(Withdrawn(), corrects=entry.entry_id, why="weighed twice")
    assert plant.ledger.shift_balances(START) == ()


def test_sent_twice_is_kept_once_and_another_content_is_refused(plant: Plant, pen: Any) -> None:
    first = pen.flow("input", 10, entry_id="scale-7-42")
    assert pen.flow("input", 10, entry_id="scale-7-42") == first
    assert plant.ledger.entries().total == 1
    assert problem_of(lambda: pen.flow("input", 11, entry_id="scale-7-42"))[0] == "entry_conflict"


def test_all_of_an_import_or_nothing(plant: Plant, pen: Any) -> None:
    good = pen.flow("input", 10).body
    values = {"at_utc": START, "entered_by": "x", "origin": Origin.CSV}
    bad = StopNoted(place="opener-1", from_utc=START, to_utc=START, reason="cleaning")
    assert problem_of(lambda: plant.ledger.enter([Draft(body=good, **values), Draft(body=bad, **values)]))
    assert plant.ledger.entries().total == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"after_s": 3600}, "lies ahead of the plant's clock"),
        ({"at_utc": datetime(1970, 1, 1, tzinfo=UTC)}, "was a clock never set"),
        ({"unit_id": "a b"}, "give 1 to 255 letters"),
        ({"place": ""}, "place is empty"),
        ({"unit": "box"}, "unit 'box' is not known"),
        ({"unit": "m2", "regain_pct": 7.0}, "only mass has one"),
        ({"regain_pct": 70.0}, "from 0 to 40 %"),
    ],
)
def test_what_cant_be_is_refused_with_value_and_cure(pen: Any, change: dict[str, Any], words: str) -> None:
    assert words in problem_of(lambda: pen.flow("input", 10, **({"unit": "kg"} | change)))[1]


def test_mixed_bases_get_a_balance_each_and_are_never_added(plant: Plant, pen: Any) -> None:
    pen.flow("input", 100, "kg")
    pen.flow("input", 100, "yd2")
    drawn = {found.basis: found.input for found in plant.ledger.shift_balances(START)}
    assert drawn == {Basis.MASS: 100.0, Basis.AREA: pytest.approx(83.612736)}  # 100 x 0.9144^2


def test_mass_is_booked_at_standard_regain_where_contract_and_reading_are_known(
    plant: Plant, pen: Any
) -> None:
    plain = pen.flow("input", 110, regain_pct=10.0)  # this plant has no contract: as weighed
    assert plain.body.standard_regain_pct is None
    (drawn,) = plant.ledger.shift_balances(START)
    assert drawn.input == 110.0


def test_the_family_goes_from_supplier_to_piece_and_a_mixture_has_shares_by_mass(
    plant: Plant, pen: Any
) -> None:
    pen.unit("lot", "L1", supplier="Maqtaaral")
    pen.unit("lot", "L2", supplier="Turkistan")
    for bale, lot, kg in (("B1", "L1", 200), ("B2", "L1", 100), ("B3", "L2", 100)):
        pen.unit("bale", bale, lot)
        pen.flow("input", kg, step="bale", unit_id=bale)
    pen.unit("laydown", "D1", "B1", "B2", "B3")
    pen.unit("run", "R1", "D1")
    pen.unit("roll", "W1", "R1")
    pen.unit("piece", "P1", "W1")
    piece = plant.ledger.family("P1")
    # 300 of 400 kg are of L1
    assert piece.lot_shares == {"L1": pytest.approx(0.75), "L2": pytest.approx(0.25)}
    assert [(one.unit.unit_id, one.generations) for one in piece.relatives] == [
        *(("L1", -5), ("L2", -5), ("B1", -4), ("B2", -4), ("B3", -4)),
        *(("D1", -3), ("R1", -2), ("W1", -1)),
    ]
    assert [one.unit.unit_id for one in plant.ledger.family("L2").relatives] == ["B3", "D1", "R1", "W1", "P1"]


def test_a_lots_balance_takes_its_share_of_a_mixture_end_to_end(plant: Plant, pen: Any) -> None:
    pen.unit("lot", "L1")
    pen.unit("lot", "L2")
    for bale, lot, kg in (("B1", "L1", 300), ("B2", "L2", 100)):
        pen.unit("bale", bale, lot)
        pen.flow("input", kg, step="bale", unit_id=bale, place="blow-room")
    pen.unit("laydown", "D1", "B1", "B2")
    pen.unit("run", "R1", "D1")
    pen.flow("waste", 20, step="run", unit_id="R1", place="blow-room")
    pen.flow("good", 378, step="run", unit_id="R1", place="card-1")
    whole = next(found for found in plant.ledger.lot_balances("L1") if found.place == "")
    # L1 has 3/4: 300 - 283.5 - 15 = 1.5 kg; 0.5 % of 300 = 1.5 kg
    assert (whole.input, whole.good, whole.waste) == (300.0, pytest.approx(283.5), pytest.approx(15.0))
    assert (whole.unaccounted, whole.status) == (pytest.approx(1.5), BalanceStatus.CLOSED)


def test_a_closed_lot_is_stated_and_restated_with_each_later_entry(plant: Plant, pen: Any) -> None:
    pen.unit("lot", "L1")
    pen.flow("input", 100)
    pen.flow("good", 80)
    pen.enter(UnitClosed(unit_id="L1"))
    assert plant.ledger.statements("lot", "L1")[-1].status is BalanceStatus.UNACCOUNTED
    pen.flow("waste", 20)
    assert plant.ledger.statements("lot", "L1")[-1].status is BalanceStatus.CLOSED


def test_nothing_is_made_of_itself_or_of_what_comes_later(pen: Any) -> None:
    pen.unit("roll", "W1")
    pen.unit("run", "R1", "R2")
    assert "can't be made of a roll" in problem_of(lambda: pen.unit("bale", "B1", "W1"))[1]
    assert "made of itself" in problem_of(lambda: pen.unit("run", "R2", "R1"))[1]
    assert problem_of(lambda: pen.unit("roll", "W1"))[0] == "unit_exists"


def test_a_roll_is_held_released_and_downgraded_with_who_when_and_why(plant: Plant, pen: Any) -> None:
    pen.unit("roll", "W1")

    def act(action: str, grade: str | None = None, why: str = "shade") -> Any:
        body = Disposed(roll_id="W1", action=DispositionAction(action), grade=grade)
        return pen.enter(body, why=why)

    assert problem_of(lambda: act("release"))[0] == "not_on_hold"
    assert "say why" in problem_of(lambda: act("hold", why=" "))[1]
    act("hold")
    assert [held.roll_id for held in plant.ledger.on_hold()] == ["W1"]
    act("downgrade", "B")
    assert plant.ledger.on_hold()  # a downgrade releases nothing
    assert "goes further down" in problem_of(lambda: act("downgrade", "A"))[1]
    act("release")
    assert plant.ledger.on_hold() == ()
    told = [(one.action.value, one.grade, one.entered_by, one.why) for one in plant.ledger.dispositions("W1")]
    assert told == [
        ("hold", None, "aigul", "shade"),
        ("downgrade", "B", "aigul", "shade"),
        ("release", None, "aigul", "shade"),
    ]
