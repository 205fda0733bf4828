import threading
import time

from vision.cameras.wire import EXPOSURES_HELD, TriggerWire


def test_exposures_come_in_order_with_their_times() -> None:
    wire = TriggerWire()
    wire.pulse(0, 100)
    wire.pulse(1, 200)
    assert wire.wait(0.0) == (0, 100)
    assert wire.wait(0.0) == (1, 200)
    assert wire.wait(0.0) is None


def test_what_a_full_camera_cannot_expose_is_lost_and_counted() -> None:
    wire = TriggerWire()
    for seq in range(EXPOSURES_HELD + 3):
        wire.pulse(seq, seq)
    assert wire.lost == 3
    held = [wire.wait(0.0) for _ in range(EXPOSURES_HELD)]
    assert held == [(0, 0), (1, 1), (2, 2), (3, 3)]
    wire.pulse(7, 7)
    assert wire.wait(0.0) == (7, 7)  # 4, 5 and 6 never arrive


def test_a_waiting_camera_is_woken_by_the_pulse() -> None:
    wire = TriggerWire()
    seen: list[tuple[int, int] | None] = []
    waiting = threading.Thread(target=lambda: seen.append(wire.wait(10.0)))
    waiting.start()
    time.sleep(0.01)
    wire.pulse(5, 50)
    waiting.join(5.0)
    assert seen == [(5, 50)]


def test_clearing_counts_what_was_never_fetched() -> None:
    wire = TriggerWire()
    wire.pulse(0, 0)
    wire.clear()
    assert wire.lost == 1
    assert wire.wait(0.0) is None
