"""The MCU twin: the firmware's rules behind a real pty, with a belt that moves and a cable to pull."""

import contextlib
import logging
import select
import threading
import time
from collections import deque
from collections.abc import Callable

from firmware_bridge.config import SorterConfig
from firmware_bridge.messages import PROTOCOL_VERSION, ConfigSource, Counters, McuState
from firmware_bridge.protocol import FrameReader, encode
from firmware_bridge.twin_cable import Cable, Noise
from firmware_bridge.twin_motion import Belt, Instant
from firmware_bridge.twin_rules import SorterRules
from firmware_bridge.twin_schedule import KEPT_FIRINGS, Firing
from firmware_bridge.types import BridgeError, LinkDownError, Output, TriggerReport
from firmware_bridge.wakeup import WakeUp

log = logging.getLogger(__name__)

TICK_HZ = 250_000  # an ATmega2560's 16 MHz through the prescaler 64
_LOOK_AHEAD_NS = 500_000_000  # longest sleep; anything from outside wakes it earlier
_JOIN_S = 5.0


class McuTwin:
    """A sorter's controller without hardware.

    Its thread "mcu-twin" calls on_expose(seq, count) at each exposure, the count in 32 bit as reported.
    With `time_scale` the belt runs that much faster than its speed says; the controller's clock does not.
    """

    def __init__(
        self,
        *,
        speed_mm_s: float,
        counts_per_mm: float,
        on_expose: Callable[[int, int], None],
        time_scale: float = 1.0,
        config: SorterConfig | None = None,
        noise_in: Noise | None = None,
        noise_out: Noise | None = None,
        version: int = PROTOCOL_VERSION,
        boot_id: int | None = None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        if counts_per_mm <= 0 or time_scale <= 0:
            raise BridgeError(
                f"counts_per_mm {counts_per_mm} and time_scale {time_scale} must both be above 0"
            )
        self._counts_s_per_mm_s = counts_per_mm * time_scale
        self._config = config or SorterConfig()
        self._config_source = ConfigSource.FACTORY if config is None else ConfigSource.STORED
        self._on_expose = on_expose
        self._noise_in = noise_in or Noise(seed=0)
        self._noise_out = noise_out or Noise(seed=0)
        self._version = version
        self._now_ns = now_ns
        self._boot_id = (now_ns() // 1000 if boot_id is None else boot_id) & 0xFFFFFFFF
        self._booted_ns = now_ns()
        self._direction = -1 if self._config.is_encoder_reversed else 1
        self._belt = Belt(counts_s=self._counts_s(speed_mm_s), now_ns=self._booted_ns)
        self._fired: deque[Firing] = deque(maxlen=KEPT_FIRINGS)
        self._reader = FrameReader()
        self._rules = self._boot()
        self._lock = threading.Lock()  # over everything above that moves, and the cable
        self._cable: Cable | None = None
        self._is_silent = False
        self._stopping = threading.Event()
        self._wakeup = WakeUp()
        self._thread = threading.Thread(target=self._run, name="mcu-twin", daemon=True)
        self.error: Exception | None = None  # what ended the thread, if anything did

    @property
    def port(self) -> str:
        """Device path of the pty; another one after unplug() and plug_in().

        Raises:
            LinkDownError: not started, or unplugged.
        """
        with self._lock:
            if self._cable is None:
                raise LinkDownError("the MCU twin has no port: start() it, or plug_in() its cable")
            return self._cable.port

    @property
    def fired(self) -> tuple[Firing, ...]:
        """Every finished pulse on an output pin, oldest first (the last 100 000)."""
        with self._lock:
            self._read_and_obey()
            return tuple(self._fired)

    @property
    def state(self) -> McuState:
        """True state of the controller."""
        with self._lock:
            self._read_and_obey()
            return self._rules.state

    @property
    def counters(self) -> Counters:
        """True counters of the controller."""
        with self._lock:
            self._read_and_obey()
            return self._rules.counters

    @property
    def line_may_run(self) -> bool:
        """Level of the line stop relay: high only while armed and no shot asks to stop."""
        with self._lock:
            self._read_and_obey()
            stops = self._rules.outputs >> int(Output.LINE_STOP) & 1
            return self._rules.state is McuState.ARMED and not stops

    def start(self) -> None:
        """Open the pty and start the thread."""
        self.plug_in()
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the pty."""
        self._stopping.set()
        self._wakeup.set()
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)
            if self._thread.is_alive():
                raise BridgeError(f"the MCU twin did not stop within {_JOIN_S} s: its on_expose() hangs")
        self.unplug()
        self._wakeup.close()

    def set_speed(self, speed_mm_s: float) -> None:
        """Move the belt at another speed from now on; 0 stands still, below 0 runs backwards."""
        with self._lock:
            self._read_and_obey()
            self._belt.set_speed(self._counts_s(speed_mm_s), self._now_ns())
        self._wakeup.set()

    def encoder_count(self) -> int:
        """True encoder count at this moment, not wrapped."""
        with self._lock:
            return self._belt.count(self._now_ns())

    def go_silent(self) -> None:
        """Lose every byte both ways, as with a broken wire; belt, triggers and rules go on."""
        self._is_silent = True

    def speak_again(self) -> None:
        """End go_silent()."""
        self._is_silent = False

    def unplug(self) -> None:
        """Take the port away under the host's hands; the controller runs on."""
        with self._lock:
            cable, self._cable = self._cable, None
        self._wakeup.set()
        if cable is not None:
            cable.close()

    def plug_in(self) -> None:
        """Offer a new port after unplug()."""
        with self._lock:
            if self._cable is None:
                self._cable = Cable()
        self._wakeup.set()

    def reboot(self, *, by_watchdog: bool = False, damage_config: bool = False) -> None:
        """Restart the controller: new boot id, unarmed, encoder from 0, schedule and caches empty.

        by_watchdog: it hung. damage_config: its EEPROM no longer holds what was stored.
        """
        with self._lock:
            self._read_and_obey()
            self._rules.lose_power()
            self._config, self._config_source = self._rules.config, self._rules.config_source
            if damage_config:
                self._config, self._config_source = SorterConfig(), ConfigSource.DAMAGED
            self._boot_id = (self._boot_id + 1) & 0xFFFFFFFF
            self._booted_ns = self._now_ns()
            self._belt.zero(self._booted_ns)
            self._rules = self._boot(by_watchdog=by_watchdog)
            self._turn_belt()
        self._wakeup.set()

    def emergency_stop(self) -> None:
        """Press the emergency stop."""
        with self._lock:
            self._read_and_obey()
            self._rules.press_emergency_stop()
        self._wakeup.set()

    def release_emergency_stop(self) -> None:
        """Release it; the controller stays in its safe state until HELLO."""
        with self._lock:
            self._rules.release_emergency_stop()

    def _boot(self, *, by_watchdog: bool = False) -> SorterRules:
        return SorterRules(
            config=self._config,
            config_source=self._config_source,
            by_watchdog=by_watchdog,
            tick_hz=TICK_HZ,
            boot_id=self._boot_id,
            at=Instant(tick=0, count=0),
            fired=self._fired,
            version=self._version,
        )

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wait()
                self._turn()
        except Exception as error:  # noqa: BLE001 - the thread's top: a dead controller must be seen as one
            self.error = error
            log.exception("the MCU twin stopped: the host will find its port gone")
            self.unplug()

    def _wait(self) -> None:
        with self._lock:
            now_ns = self._now_ns()
            due_tick = self._rules.next_due_tick(self._instant(now_ns + _LOOK_AHEAD_NS))
            waited_for = [self._wakeup.fileno()] + ([] if self._cable is None else [self._cable.fileno()])
        wait_ns = _LOOK_AHEAD_NS if due_tick is None else self._ns_of(due_tick) - now_ns
        ready: list[int] = []
        # A cable unplugged in between is a closed descriptor: EBADF, or a stranger's; the wake-up ends both.
        with contextlib.suppress(OSError, ValueError):
            ready, _, _ = select.select(waited_for, [], [], min(max(wait_ns, 0), _LOOK_AHEAD_NS) / 1e9)
        if self._wakeup.fileno() in ready:
            self._wakeup.clear()

    def _turn(self) -> None:
        with self._lock:
            self._read_and_obey()
            exposures = self._rules.take_exposures()
        for report in exposures:
            self._expose(report)
        with self._lock:
            out = b"".join(encode(message) for message in self._rules.take_outbox())
            if out and self._cable is not None and not self._is_silent:
                self._cable.write(self._noise_out.damage(out))

    def _read_and_obey(self) -> None:
        # Bytes first: where this thread came late, a heartbeat that waits here was not lost.
        data = b"" if self._cable is None else self._noise_in.damage(self._cable.read())
        messages = [] if self._is_silent else self._reader.feed(data)
        self._rules.bad_frames = self._reader.bad_frames
        self._rules.advance(self._instant(self._now_ns()), heard=bool(messages))
        for message in messages:
            self._rules.handle(message)
        self._turn_belt()

    def _counts_s(self, speed_mm_s: float) -> float:
        return speed_mm_s * self._counts_s_per_mm_s * self._direction

    def _turn_belt(self) -> None:
        direction = -1 if self._rules.config.is_encoder_reversed else 1
        if direction != self._direction:
            self._direction = direction
            self._belt.set_speed(-self._belt.counts_s, self._now_ns())

    def _expose(self, report: TriggerReport) -> None:
        self._on_expose(report.seq, report.encoder_count)

    def _instant(self, now_ns: int) -> Instant:
        tick = (now_ns - self._booted_ns) * TICK_HZ // 1_000_000_000
        return Instant(tick=tick, count=self._belt.count(now_ns))

    def _ns_of(self, tick: int) -> int:
        return self._booted_ns - tick * -1_000_000_000 // TICK_HZ
