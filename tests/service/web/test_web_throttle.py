"""Guessing gets slower and slower, only for the one who guesses, and memory stays bounded."""

from service.web.throttle import FREE_TRIES, FREE_TRIES_OF_ADDRESS, LONGEST_WAIT_S, MOST_KEPT, LoginThrottle


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_wait_doubles_up_to_a_minute() -> None:
    seconds = Seconds()
    throttle = LoginThrottle(seconds)
    for _ in range(FREE_TRIES):
        assert throttle.wait_s("admin", "10.0.0.66") == 0
        throttle.failed("admin", "10.0.0.66")
    waits: list[float] = []
    for _ in range(8):
        waits.append(throttle.wait_s("admin", "10.0.0.66"))
        throttle.failed("admin", "10.0.0.66")
    assert waits == [1, 2, 4, 8, 16, 32, LONGEST_WAIT_S, LONGEST_WAIT_S]


def test_another_address_is_not_delayed() -> None:
    throttle = LoginThrottle(Seconds())
    for _ in range(100):
        throttle.failed("admin", "10.0.0.66")
    assert throttle.wait_s("admin", "10.0.0.7") == 0


def test_one_address_that_tries_many_accounts_waits_too() -> None:
    throttle = LoginThrottle(Seconds())
    for number in range(FREE_TRIES_OF_ADDRESS):
        throttle.failed(f"user{number}", "10.0.0.66")
    assert throttle.wait_s("somebody", "10.0.0.66") == 1


def test_waiting_and_the_right_password_clear_it() -> None:
    seconds = Seconds()
    throttle = LoginThrottle(seconds)
    for _ in range(FREE_TRIES):
        throttle.failed("admin", "a")
    assert throttle.wait_s("admin", "a") == 1
    seconds.now += 1
    assert throttle.wait_s("admin", "a") == 0
    throttle.succeeded("admin", "a")
    throttle.failed("admin", "a")
    assert throttle.wait_s("admin", "a") == 0


def test_a_flood_of_names_is_forgotten_oldest_first() -> None:
    throttle = LoginThrottle(Seconds())
    for _ in range(FREE_TRIES):
        throttle.failed("first", "a")
    for number in range(MOST_KEPT):
        throttle.failed(f"n{number}", "b")
    assert throttle.wait_s("first", "a") == 0
