"""A camera's own clock, and the host's: when was a frame exposed, on the host's monotonic clock?"""

DRIFT = 300e-6  # two cheap quartzes run apart by less; a stream that lags more and more shows all but that
RESTARTED_NS = 10_000_000_000  # no frame is on its way for so long: the camera's clock began anew


class CameraClock:
    """A packet may come late and never early: the quickest arrival tells how the two clocks lie."""

    def __init__(self) -> None:
        self._least_ns: int | None = None  # arrival less camera time
        self._arrived_ns = 0

    def host_ns(self, camera_ns: int, arrived_ns: int) -> int:
        """Return the host time of a frame; a camera without a clock (0) is timed by the frame's arrival."""
        if camera_ns <= 0:
            return arrived_ns
        offset_ns = arrived_ns - camera_ns
        if self._least_ns is None or offset_ns - self._least_ns > RESTARTED_NS:
            self._least_ns = offset_ns
        else:
            drifted_ns = round(DRIFT * max(0, arrived_ns - self._arrived_ns))
            self._least_ns = min(offset_ns, self._least_ns + drifted_ns)
        self._arrived_ns = arrived_ns
        return camera_ns + self._least_ns


class FrameNumbers:
    """A camera's wrapping frame number to a count from 0 that a lost frame leaves a gap in.

    GigE Vision 1 counts 1 to 65535 and starts again at 1; GigE Vision 2 and USB3 Vision use 64 bits.
    A damaged frame whose leader was lost has the number 0, or that of the frame whose buffer it got: frames
    come in order, so it is taken to be the next one.
    """

    WRAP = 65535
    FAR = 1000  # a damaged frame's number is believed up to so many frames ahead

    def __init__(self) -> None:
        self._last_id: int | None = None  # of the last number that was believed
        self._last = -1
        self._since = 0  # frames since then

    def count(self, frame_id: int, *, whole: bool = True) -> int:
        """Return the number of this frame since the first one."""
        step = 1 if self._last_id is None else self._step(frame_id, self._last_id)
        if not whole and not (frame_id and self._since < step <= self.FAR):
            self._since += 1
            return self._last + self._since
        if self._last_id is None:
            step += self._since
        self._last_id, self._since = frame_id, 0
        self._last += step
        return self._last

    def _step(self, frame_id: int, last_id: int) -> int:
        step = frame_id - last_id
        return step + self.WRAP if step < -(self.WRAP // 2) and last_id <= self.WRAP else step
