import dataclasses

import pytest

from service.event_terms import Actuator, LineKind
from service.events import SeenDefect, SortingPolicy
from service.sorting import FrameView, decide
from vision.types import Verdict

RUN = "6f0c2f0e-27f8-4e4f-9b1e-6e6a52a3c001"
FABRIC = SortingPolicy(
    material=LineKind.FABRIC,
    web_width_mm=800.0,
    lanes=1,
    margin_mm=10.0,
    on_failed="mark",
    mark_unsure=False,
    stop_on_length_mm=0.0,
    longest_shot_mm=500.0,
)
FIBRE = dataclasses.replace(FABRIC, material=LineKind.FIBRE, lanes=8, margin_mm=5.0)  # lanes of 100 mm


def seen(
    x0: float, y0: float, x1: float, y1: float, *, unsure: bool = False, running: float = 0.0
) -> SeenDefect:
    return SeenDefect(
        defect_kind="hole",
        score=5.0,
        x0_mm=x0,
        y0_mm=y0,
        x1_mm=x1,
        y1_mm=y1,
        area_mm2=(x1 - x0) * (y1 - y0),
        length_mm=max(x1 - x0, y1 - y0),
        unsure=unsure,
        running_mm=running or y1 - y0,
    )


def view(*defects: SeenDefect, verdict: Verdict = Verdict.DEFECTIVE, damaged: bool = False) -> FrameView:
    return FrameView(
        camera_id="c",
        web_start_mm=1000.0,
        web_end_mm=1100.0,
        verdict=verdict,
        damaged=damaged,
        defects=defects,
    )


def windows(frame: FrameView, policy: SortingPolicy) -> list[tuple[Actuator, int, float, float]]:
    return [(s.actuator, s.lane, s.from_mm, s.to_mm) for s in decide(frame, policy, RUN).shots]


def test_a_clean_frame_passes_without_a_shot() -> None:
    decision = decide(view(verdict=Verdict.CLEAN), FABRIC, RUN)
    assert (decision.rule, decision.hold, decision.shots) == ("clean_passes", False, ())


def test_a_defect_is_marked_over_its_stretch_and_the_margin() -> None:
    assert windows(view(seen(100, 1020, 120, 1030)), FABRIC) == [(Actuator.MARKER, 0, 1010.0, 1040.0)]


def test_marks_that_touch_become_one() -> None:
    frame = view(seen(0, 1020, 5, 1030), seen(700, 1050, 705, 1060), seen(0, 1090, 5, 1095))
    assert windows(frame, FABRIC) == [
        (Actuator.MARKER, 0, 1010.0, 1070.0),  # 1010..1040 and 1040..1070
        (Actuator.MARKER, 0, 1080.0, 1105.0),
    ]


def test_a_mark_longer_than_the_firmware_allows_is_split() -> None:
    policy = dataclasses.replace(FABRIC, longest_shot_mm=50.0)
    assert windows(view(seen(0, 1000, 5, 1100)), policy) == [
        (Actuator.MARKER, 0, 990.0, 1040.0),
        (Actuator.MARKER, 0, 1040.0, 1090.0),
        (Actuator.MARKER, 0, 1090.0, 1110.0),
    ]


def test_an_unsure_frame_is_marked_only_where_the_policy_says_so() -> None:
    frame = view(seen(0, 1020, 5, 1030, unsure=True), verdict=Verdict.UNSURE)
    assert decide(frame, FABRIC, RUN).rule == "unsure_passes"
    assert windows(frame, FABRIC) == []
    marking = dataclasses.replace(FABRIC, mark_unsure=True)
    assert decide(frame, marking, RUN).rule == "unsure_is_marked"
    assert windows(frame, marking) == [(Actuator.MARKER, 0, 1010.0, 1040.0)]


def test_a_doubtful_place_in_a_defective_frame_is_not_marked() -> None:
    frame = view(seen(0, 1020, 5, 1030), seen(0, 1080, 5, 1085, unsure=True))
    assert windows(frame, FABRIC) == [(Actuator.MARKER, 0, 1010.0, 1040.0)]


def test_a_failed_frame_is_marked_whole_or_holds_the_line() -> None:
    frame = view(verdict=Verdict.FAILED)
    assert windows(frame, FABRIC) == [(Actuator.MARKER, 0, 990.0, 1110.0)]
    holding = decide(frame, dataclasses.replace(FABRIC, on_failed="hold"), RUN)
    assert holding.rule == "failed_holds"
    assert holding.hold
    assert [shot.actuator for shot in holding.shots] == [Actuator.LINE_STOP]


def test_one_damaged_frame_never_holds_the_line() -> None:
    decision = decide(
        view(verdict=Verdict.FAILED, damaged=True), dataclasses.replace(FABRIC, on_failed="hold"), RUN
    )
    assert (decision.rule, decision.hold, decision.shots) == ("damaged_passes", False, ())


def test_a_long_defect_stops_the_line_with_one_pulse() -> None:
    policy = dataclasses.replace(FABRIC, stop_on_length_mm=60.0, longest_shot_mm=40.0)
    decision = decide(view(seen(0, 1010, 5, 1080)), policy, RUN)
    stops = [(s.from_mm, s.to_mm) for s in decision.shots if s.actuator is Actuator.LINE_STOP]
    assert decision.rule == "long_defect_stops"
    assert stops == [(1010.0, 1050.0)]


@pytest.mark.parametrize(
    ("running", "stops"),
    [
        (50.0, False),  # 50 of 60 mm so far
        (80.0, True),  # 30 mm before this frame's 50: passes 60 here
        (130.0, False),  # 80 mm before: it stopped the line already
    ],
)
def test_a_running_defect_stops_the_line_in_the_frame_where_it_gets_too_long(
    running: float, stops: bool
) -> None:
    policy = dataclasses.replace(FABRIC, stop_on_length_mm=60.0)
    decision = decide(view(seen(0, 1000, 5, 1050, running=running)), policy, RUN)
    assert (decision.rule == "long_defect_stops") is stops


def test_foreign_matter_opens_the_valves_of_the_lanes_it_lies_in() -> None:
    assert windows(view(seen(190, 1020, 210, 1030)), FIBRE) == [
        (Actuator.VALVE, 1, 1015.0, 1035.0),
        (Actuator.VALVE, 2, 1015.0, 1035.0),
    ]


def test_matter_that_ends_at_a_lane_edge_opens_one_valve() -> None:
    assert windows(view(seen(150, 1020, 200, 1030)), FIBRE) == [(Actuator.VALVE, 1, 1015.0, 1035.0)]


def test_neighbours_in_one_lane_share_an_opening() -> None:
    frame = view(seen(110, 1020, 120, 1030), seen(150, 1038, 160, 1045), seen(310, 1038, 320, 1045))
    assert windows(frame, FIBRE) == [
        (Actuator.VALVE, 1, 1015.0, 1050.0),
        (Actuator.VALVE, 3, 1033.0, 1050.0),
    ]


def test_doubtful_matter_passes_and_a_failed_fibre_frame_cannot_be_marked() -> None:
    unsure = view(seen(110, 1020, 120, 1030, unsure=True), verdict=Verdict.UNSURE)
    assert decide(unsure, FIBRE, RUN).rule == "unsure_passes"
    assert decide(view(verdict=Verdict.FAILED), FIBRE, RUN).rule == "failed_passes"


def test_deciding_again_gives_the_same_ids_and_another_run_others() -> None:
    frame = view(seen(190, 1020, 210, 1030))
    ids = [shot.command_id for shot in decide(frame, FIBRE, RUN).shots]
    assert ids == [shot.command_id for shot in decide(frame, FIBRE, RUN).shots]
    assert len(set(ids)) == 2
    other = decide(frame, FIBRE, "6f0c2f0e-27f8-4e4f-9b1e-6e6a52a3c002").shots
    assert not set(ids) & {shot.command_id for shot in other}
