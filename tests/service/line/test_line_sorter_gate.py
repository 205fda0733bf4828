from typing import Any

import pytest

from firmware_bridge.types import LinkDownError, LinkState, TriggerReport
from service.line.odometer import Odometer
from service.line.sorter import SorterGate


class FakeLink:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.count = 700

    def arm(self) -> None:
        self.asked.append("arm")

    def disarm(self) -> None:
        self.asked.append("disarm")

    def start_triggers(self, pitch_counts: int) -> None:
        self.asked.append(f"expose every {pitch_counts}")

    def stop_triggers(self) -> None:
        self.asked.append("stop")

    def encoder_now(self) -> int:
        return self.count

    def encoder_told(self) -> int:
        return self.count - 40

    def host_ns(self, tick: int) -> int:
        raise LinkDownError("no clock yet")


class Post:
    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.link = FakeLink()
        self.boot: int | None = 5
        self.gate = SorterGate(self.link, boot_id=lambda: self.boot, now_ns=clock.now_ns)

    def follow(self, state: LinkState, *, person: bool = False) -> None:
        self.gate.follow(state, held_by_person=person)
        self.gate.tick()


@pytest.fixture
def post(clock: Any) -> Post:
    return Post(clock)


def test_a_controller_that_connects_is_armed_at_once(post: Post) -> None:
    post.gate.tick()
    assert post.link.asked == []
    post.follow(LinkState.CONNECTED)
    assert post.link.asked == ["arm"]
    post.follow(LinkState.ARMED)
    assert post.link.asked == ["arm"]


def test_a_controller_in_its_safe_state_is_asked_every_two_seconds(post: Post) -> None:
    post.follow(LinkState.FAULT)
    post.clock.pass_s(1.9)
    post.gate.tick()
    assert post.link.asked == ["arm"]
    post.clock.pass_s(0.2)
    post.gate.tick()
    assert post.link.asked == ["arm", "arm"]


def test_after_an_emergency_stop_nobody_but_a_person_arms(post: Post) -> None:
    post.follow(LinkState.FAULT, person=True)
    post.clock.pass_s(60.0)
    post.gate.tick()
    assert post.link.asked == []
    post.gate.rearm()
    post.gate.tick()
    assert post.link.asked == ["arm"]


def test_triggers_are_asked_for_once_and_never_after_the_end(post: Post) -> None:
    post.gate.start_exposing(512)
    post.gate.start_exposing(512)
    assert post.link.asked == ["expose every 512"]


def test_a_line_that_stops_before_it_exposed_does_not_begin_to(post: Post) -> None:
    post.gate.stop_exposing()
    post.gate.start_exposing(512)
    assert post.link.asked == ["stop"]


def test_a_new_boot_is_noticed_once(post: Post) -> None:
    assert not post.gate.controller_restarted()
    assert not post.gate.controller_restarted()
    post.boot = 6
    assert post.gate.controller_restarted()
    assert not post.gate.controller_restarted()


def test_where_the_web_is_takes_a_link_and_an_anchor(post: Post) -> None:
    odometer = Odometer(counts_per_mm=10.0, start_count=0)
    assert post.gate.web_now(odometer) is None
    post.follow(LinkState.ARMED)
    assert post.gate.web_now(odometer) is None
    odometer.anchor(500, 0)
    assert post.gate.web_now(odometer) == 200
    assert post.gate.web_told(odometer) == 160


def test_an_exposure_before_the_clocks_met_has_no_time(post: Post) -> None:
    assert post.gate.exposed_ns(TriggerReport(seq=0, encoder_count=0, tick=0)) == 0
