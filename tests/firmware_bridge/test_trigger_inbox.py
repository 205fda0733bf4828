"""Trigger reports in order, asked for again when lost, on a fake clock in ms."""

import pytest

from firmware_bridge.link_counters import LinkCounters
from firmware_bridge.link_triggers import TRIES, TriggerInbox
from firmware_bridge.types import TriggerReport

MS = 1_000_000
RUN = 5


def report(seq):
    return TriggerReport(seq=seq, encoder_count=100 * seq, tick=seq)


@pytest.fixture
def passed():
    return []


@pytest.fixture
def counters():
    return LinkCounters()


@pytest.fixture
def inbox(passed, counters):
    inbox = TriggerInbox(lambda report: passed.append(report.seq), counters)
    inbox.begin(RUN)
    return inbox


def test_reports_pass_in_order_and_nothing_is_asked_for(inbox, passed):
    for seq in range(3):
        inbox.take(RUN, report(seq), seq * MS)
    assert passed == [0, 1, 2]
    assert inbox.next_ns() is None
    assert inbox.due(10 * MS, 1) is None


def test_a_lost_report_is_asked_for_at_once_and_passed_before_its_followers(inbox, passed):
    inbox.take(RUN, report(0), 0)
    inbox.take(RUN, report(3), 5 * MS)
    asked = inbox.due(5 * MS, 1)
    assert (asked.run, asked.first, asked.count) == (RUN, 1, 2)
    assert passed == [0]
    inbox.take(RUN, report(1), 6 * MS)
    inbox.take(RUN, report(2), 6 * MS)
    assert passed == [0, 1, 2, 3]


def test_the_last_report_is_missed_through_the_status(inbox, passed):
    inbox.take(RUN, report(0), 0)
    inbox.note_exposures(RUN, 2, 50 * MS)
    asked = inbox.due(50 * MS, 1)
    assert (asked.first, asked.count) == (1, 1)
    inbox.take(RUN, report(1), 51 * MS)
    assert passed == [0, 1]
    assert inbox.next_ns() is None


def test_a_report_that_never_comes_stays_a_gap_and_is_counted(inbox, passed, counters):
    inbox.take(RUN, report(0), 0)
    inbox.take(RUN, report(2), 0)
    asked_ms = []
    for ms in range(1000):
        if inbox.due(ms * MS, 1):
            asked_ms.append(ms)
            inbox.note_oldest(RUN, 0)  # it is kept, but is damaged on its way each time
    assert asked_ms == list(range(0, 500, 10))
    assert len(asked_ms) == TRIES
    assert passed == [0, 2]
    assert counters.lost_reports == 1


def test_what_the_controller_no_longer_keeps_is_given_up_at_once(inbox, passed, counters):
    inbox.take(RUN, report(0), 0)
    inbox.take(RUN, report(3), 0)
    inbox.take(RUN, report(6), 0)
    inbox.note_oldest(RUN - 1, 6)  # another run: says nothing
    assert passed == [0]
    inbox.note_oldest(RUN, 5)  # 1, 2 and 4 are gone, 5 is still kept
    assert passed == [0, 3]
    assert counters.lost_reports == 3
    assert inbox.due(10 * MS, 1).first == 5
    inbox.take(RUN, report(5), 11 * MS)
    assert passed == [0, 3, 5, 6]


def test_a_report_that_comes_twice_passes_once(inbox, passed):
    for seq in (0, 0, 1, 0, 1):
        inbox.take(RUN, report(seq), 0)
    assert passed == [0, 1]


def test_reports_of_another_run_are_ignored(inbox, passed):
    inbox.take(RUN - 1, report(0), 0)
    inbox.note_exposures(RUN - 1, 10, 0)
    assert passed == []
    assert inbox.next_ns() is None


def test_a_new_run_starts_from_nought(inbox, passed):
    inbox.take(RUN, report(0), 0)
    inbox.take(RUN, report(2), 0)
    inbox.begin(RUN + 1)
    inbox.take(RUN + 1, report(0), 1 * MS)
    assert passed == [0, 0]
    assert inbox.next_ns() is None


def test_a_long_outage_is_asked_for_piece_by_piece(inbox, passed):
    inbox.note_exposures(RUN, 40, 0)
    asked = inbox.due(0, 1)
    assert (asked.first, asked.count) == (0, 8)
    for seq in range(8):
        inbox.take(RUN, report(seq), 1 * MS)
    asked = inbox.due(10 * MS, 2)
    assert (asked.first, asked.count) == (8, 8)
    assert passed == list(range(8))


def test_several_gaps_are_asked_for_together(inbox, passed):
    for seq in (1, 3, 5):
        inbox.take(RUN, report(seq), 0)
    asked = inbox.due(0, 1)
    assert (asked.first, asked.count) == (0, 5)  # 0 .. 4: 0, 2 and 4 are missing
