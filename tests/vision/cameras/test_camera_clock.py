from vision.cameras.clock import CameraClock, FrameNumbers


def test_a_late_arrival_does_not_move_a_frame() -> None:
    clock = CameraClock()
    assert clock.host_ns(1_000, 51_000) == 51_000
    assert clock.host_ns(2_000, 52_000) == 52_000
    assert clock.host_ns(3_000, 90_000) == 53_011  # 37 us late; 300 ppm of 38 us are left to drift
    assert clock.host_ns(4_000, 53_900) == 53_900  # quicker than all before: the offset is 49 900


def test_a_stream_that_lags_more_and_more_shows_it_and_a_drifting_clock_is_followed() -> None:
    second = 1_000_000_000
    lagging, drifting = CameraClock(), CameraClock()
    for n in range(1, 101):
        lag = lagging.host_ns(n * second, n * second + n * 10_000_000)  # 10 ms later each second
        drift = drifting.host_ns(n * second, n * second + n * 100_000)  # 100 ppm apart
    # the last one is 1 s late; the first one's 10 ms and 300 ppm of 99 times 1.01 s are not seen
    assert 101 * second - lag == 1_000_000_000 - 10_000_000 - 99 * 303_000
    assert drift == 100 * second + 100 * 100_000


def test_a_camera_whose_clock_began_anew_is_followed() -> None:
    clock = CameraClock()
    assert clock.host_ns(60_000_000_000, 60_000_000_500) == 60_000_000_500
    assert clock.host_ns(1_000, 61_000_000_000) == 61_000_000_000


def test_without_a_clock_the_arrival_counts() -> None:
    assert CameraClock().host_ns(0, 77) == 77


def test_a_lost_frame_leaves_a_gap_and_the_count_begins_at_0() -> None:
    numbers = FrameNumbers()
    assert [numbers.count(frame_id) for frame_id in (65000, 65001, 65003)] == [0, 1, 3]


def test_sixteen_bit_numbers_go_on_behind_65535_and_leave_0_out() -> None:
    numbers = FrameNumbers()
    assert [numbers.count(frame_id) for frame_id in (65534, 65535, 1, 3)] == [0, 1, 2, 4]
    assert [numbers.count(frame_id) for frame_id in (65535, 1)] == [65536, 65537]  # 65 535 frames a turn


def test_long_numbers_do_not_wrap() -> None:
    numbers = FrameNumbers()
    assert [numbers.count(frame_id) for frame_id in (65534, 65535, 65536, 65537)] == [0, 1, 2, 3]


def test_a_damaged_frame_without_its_leader_is_the_next_one_whatever_its_number_says() -> None:
    numbers = FrameNumbers()
    assert numbers.count(100) == 0
    assert numbers.count(0, whole=False) == 1  # no leader: no number
    assert numbers.count(97, whole=False) == 2  # that of the frame whose buffer it got
    assert numbers.count(104, whole=False) == 4  # its leader came; 103 never did
    assert numbers.count(105) == 5


def test_damaged_frames_before_the_first_whole_one_are_counted() -> None:
    numbers = FrameNumbers()
    assert [numbers.count(0, whole=False), numbers.count(0, whole=False), numbers.count(9)] == [0, 1, 2]
