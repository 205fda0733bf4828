"""Counters of 32 bit that wrap: the controller's clock and encoder."""

WRAP = 1 << 32


def unwrap(wrapped: int, near: int) -> int:
    """Return the number that is `wrapped` in 32 bit and lies nearest to `near`."""
    half = WRAP // 2
    return near + (wrapped - near + half) % WRAP - half
