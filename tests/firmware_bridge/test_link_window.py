"""Requests on their way, on a fake clock in ms."""

from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_window import SPREAD, WAITING, WINDOW, Request, Window
from firmware_bridge.messages import Disarm, ShotAnswer
from firmware_bridge.types import ShotOutcome

MS = 1_000_000


def request(deadline_ms=1000):
    return Request(make=lambda seq: Disarm(seq=seq), on_reply=lambda _: None, deadline_ns=deadline_ms * MS)


def answer(seq):
    return ShotAnswer(seq=seq, outcome=ShotOutcome.SCHEDULED, margin=1, free=1)


def window_with(count):
    window = Window(LinkCounters())
    window.begin(hello_seq=99)
    requests = [request() for _ in range(count)]
    for one in requests:
        assert window.add(one)
    return window, requests


def seqs(messages):
    return [message.seq for message in messages]


def test_sequences_follow_that_of_hello_and_the_window_holds_eight():
    window, _ = window_with(10)
    assert seqs(window.due(0)) == list(range(100, 100 + WINDOW))
    assert window.due(1 * MS) == []
    window.answered(answer(100))
    assert seqs(window.due(2 * MS)) == [108]


def test_an_unanswered_request_is_repeated_until_it_is_answered():
    counters = LinkCounters()
    window = Window(counters)
    window.add(request())
    sent_ms = [ms for ms in range(90) if window.due(ms * MS)]
    assert sent_ms == [0, 25, 50, 75]
    assert counters.repeated == 3


def test_an_answer_to_a_later_request_repeats_the_earlier_at_once():
    window, _ = window_with(1)
    window.due(0)
    window.add(request())
    assert seqs(window.due(1 * MS)) == [101]
    window.answered(answer(101))
    assert seqs(window.due(2 * MS)) == [100]


def test_an_answer_to_one_sent_at_the_same_moment_proves_nothing():
    window, _ = window_with(2)
    window.due(0)
    window.answered(answer(101))
    assert window.due(2 * MS) == []


def test_a_second_answer_is_nobodys():
    window, (one,) = window_with(1)
    window.due(0)
    assert window.answered(answer(100)) is one
    assert window.answered(answer(100)) is None
    assert window.answered(answer(7)) is None


def test_the_newest_never_runs_further_ahead_than_the_controllers_cache_allows():
    window, _ = window_with(40)
    window.due(0)
    for seq in range(101, 200):
        window.answered(answer(seq))
        window.due(0)  # time stands still, so 100 is not repeated and stays the oldest
    assert seqs(window.due(25 * MS))[0] == 100
    assert window.answered(answer(100 + SPREAD)) is None  # was never sent
    window.answered(answer(100))
    assert seqs(window.due(26 * MS)) == list(range(100 + SPREAD, 100 + SPREAD + WINDOW))


def test_a_request_past_its_deadline_leaves_sent_or_not():
    counters = LinkCounters()
    window = Window(counters)
    window.begin(hello_seq=0)
    requests = [request(deadline_ms=50) for _ in range(WINDOW + 1)]
    for one in requests:
        window.add(one)
    window.due(0)
    assert window.next_ns() == 25 * MS
    assert window.expired(49 * MS) == []
    assert window.expired(50 * MS) == requests
    assert window.next_ns() is None
    assert counters.unanswered == WINDOW + 1


def test_a_full_queue_says_so():
    window, _ = window_with(WAITING)
    assert not window.add(request())


def test_flush_takes_out_everything():
    window, requests = window_with(10)
    window.due(0)
    assert window.flush() == requests
    assert window.due(1000 * MS) == []


def test_the_sequence_wraps():
    window = Window(LinkCounters())
    window.begin(hello_seq=0xFFFE)
    for _ in range(3):
        window.add(request())
    assert seqs(window.due(0)) == [0xFFFF, 0, 1]
