import numpy as np
import pytest

from service.settings_file import SettingsError
from service.twin.agenda import Agenda
from service.twin.belt import SwingingBelt
from service.twin.bins import Bank, Jet, sort_out
from service.twin.intervals import rate, ratio, share
from service.twin.material import Piece
from service.twin.scenario import load_scenario
from vision.types import MmBox

BANK = Bank(width_mm=400.0, lanes=4, overlap_mm=0.0)  # lanes of 100 mm


def piece(x0: float, y0: float, x1: float, y1: float) -> Piece:
    return Piece(
        kind="leaf", box=MmBox(x0=x0, y0=y0, x1=x1, y1=y1), area_mm2=(x1 - x0) * (y1 - y0), contrast_grey=30.0
    )


def sorted_out(pieces, jets, bank=BANK, offsets=None):
    return sort_out(pieces, np.zeros(len(pieces)) if offsets is None else np.array(offsets), jets, bank)


def test_what_is_due_is_done_in_the_order_of_its_time():
    agenda, done = Agenda(), []
    agenda.at(30, lambda: done.append("last"))
    agenda.at(10, lambda: (done.append("first"), agenda.at(20, lambda: done.append("added"))))
    agenda.run(25)
    assert done == ["first", "added"]
    assert agenda.now_ns == 25
    agenda.run(100)
    assert done[-1] == "last"


def test_the_belt_is_at_a_place_when_it_says():
    belt = SwingingBelt(speed_mm_s=2000.0, swing_share=0.1, period_s=2.0)
    assert belt.place_mm(2.0) == pytest.approx(4000.0)  # after a whole swing as if there was none
    assert belt.speed_at(0.5) == pytest.approx(2200.0)
    assert belt.place_mm(belt.time_s(1234.5)) == pytest.approx(1234.5)


def test_a_piece_under_a_jet_is_ejected_and_one_beside_it_is_not():
    pieces = [piece(10, 100, 20, 110), piece(10, 300, 20, 310), piece(110, 100, 120, 110)]
    result = sorted_out(pieces, [Jet(lane=0, from_mm=95.0, to_mm=115.0)])
    assert list(result.ejected) == [True, False, False]
    assert result.pieces_of_jet == ((0,),)
    assert result.jet_mm2[0] == pytest.approx(20.0 * 100.0)


def test_half_of_a_piece_must_lie_under_the_jet():
    jets = [Jet(lane=0, from_mm=104.0, to_mm=130.0)]
    assert list(sorted_out([piece(10, 100, 20, 110)], jets).ejected) == [True]  # 60 %
    assert list(sorted_out([piece(10, 98, 20, 108)], jets).ejected) == [False]  # 40 %


def test_a_piece_over_two_lanes_needs_both_valves():
    wide = [piece(60, 100, 140, 110)]
    one = [Jet(lane=0, from_mm=95.0, to_mm=102.0)]
    both = [*one, Jet(lane=0, from_mm=102.0, to_mm=115.0), Jet(lane=1, from_mm=95.0, to_mm=115.0)]
    assert list(sorted_out(wide, one).ejected) == [False]
    assert list(sorted_out(wide, both).ejected) == [True]


def test_a_piece_that_slipped_is_missed():
    jets = [Jet(lane=0, from_mm=95.0, to_mm=115.0)]
    assert list(sorted_out([piece(10, 100, 20, 110)], jets, offsets=[14.0]).ejected) == [False]


def test_belt_that_two_jets_blew_at_is_counted_once():
    jets = [Jet(lane=2, from_mm=0.0, to_mm=30.0), Jet(lane=2, from_mm=20.0, to_mm=50.0)]
    assert sorted_out([], jets).jet_mm2.sum() == pytest.approx(50.0 * 100.0)


def test_intervals_agree_with_published_values():
    assert share(0, 10).high == pytest.approx(0.2775, abs=1e-3)  # Wilson
    assert share(81, 263).low == pytest.approx(0.2553, abs=1e-3)  # Newcombe 1998, table I: 0.2553 to 0.3662
    assert share(81, 263).high == pytest.approx(0.3662, abs=1e-3)
    assert rate(10, 1.0).low == pytest.approx(4.80, abs=0.02)  # exact Poisson 95 %: 4.795 to 18.39
    assert rate(10, 1.0).high == pytest.approx(18.39, abs=0.02)
    assert rate(0, 2.0).high == pytest.approx(3.69 / 2, abs=0.03)
    assert np.isnan(share(0, 0).value)


def test_a_ratio_of_equal_pairs_has_no_spread():
    same = ratio([2.0] * 5, [4.0] * 5)
    assert (same.value, same.low, same.high) == (0.5, 0.5, 0.5)
    assert np.isnan(ratio([], []).value)


@pytest.fixture
def scenario_file(tmp_path):
    from importlib.resources import files

    (tmp_path / "fibre.toml").write_bytes(files("service.demo").joinpath("fibre.toml").read_bytes())
    path = tmp_path / "s.toml"
    path.write_text(
        'line = "fibre.toml"\nseconds = 5.0\n[change]\n"web.speed_mm_s" = 2000.0\n', encoding="utf-8"
    )
    return path


def test_a_scenario_changes_its_line_and_may_be_changed_itself(scenario_file):
    scenario = load_scenario(scenario_file, {"line.web.speed_mm_s": "2400", "truth.stuck_valves": "[3]"})
    assert scenario.line_settings().web.speed_mm_s == 2400
    assert scenario.truth.stuck_valves == (3,)
    assert load_scenario(scenario_file).line_settings().web.speed_mm_s == 2000.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"line.web.speed": "1"}, "'web.speed': the line has no such key; here it has speed_mm_s"),
        ({"line.web.speed_mm_s": "-5"}, "speed_mm_s.*-5"),
        ({"material.contrast": "[0.1, -1]"}, "contrast"),
        ({"line.web.overlap_rows": "8"}, "web.overlap_rows is 8, but the twin's frames don't overlap"),
        ({"sceonds": "3"}, "sceonds"),
        ({"material.kinds": '["lead"]'}, "kinds"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused_by_name(scenario_file, changes, message):
    with pytest.raises(SettingsError, match=message):
        load_scenario(scenario_file, changes).line_settings()


def test_a_scenario_without_its_line_or_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="give the path of a SCENARIO.toml"):
        load_scenario(tmp_path / "none.toml")
    lonely = tmp_path / "s.toml"
    lonely.write_text('line = "gone.toml"\nseconds = 5\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="gone.toml"):
        load_scenario(lonely).line_settings()


def test_a_kind_has_its_own_price(scenario_file):
    prices = load_scenario(
        scenario_file, {"prices.missed_by_kind.pp_white": "2.5", "prices.missed": "0.2"}
    ).prices
    assert (prices.of("pp_white"), prices.of("leaf")) == (2.5, 0.2)
