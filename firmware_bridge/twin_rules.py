"""The firmware's rules, pure: messages and moments in, answers, exposures and pulses out.

PROTOCOL.md says the same in words; the C firmware obeys it byte for byte.
"""

from collections import deque

from firmware_bridge.config import SorterConfig, is_legal
from firmware_bridge.counting import WRAP, unwrap
from firmware_bridge.messages import (
    LONGEST_PITCH_COUNTS,
    PROTOCOL_VERSION,
    Answer,
    Arm,
    ConfigAnswer,
    ConfigRead,
    ConfigSource,
    ConfigWrite,
    Counters,
    Diagnose,
    Diagnosis,
    Disarm,
    Fault,
    Heartbeat,
    Hello,
    McuState,
    Message,
    MessageType,
    ReportMessage,
    Result,
    SafeReason,
    ShotAnswer,
    ShotRequest,
    Status,
    TimeAnswer,
    TimeRequest,
    TriggerResend,
    TriggerResendAnswer,
    TriggerStart,
    TriggerStop,
    Welcome,
)
from firmware_bridge.twin_limits import OUTPUTS, DutyBudget, SpeedGauge, kind_of, outputs_in
from firmware_bridge.twin_motion import Instant, Motion
from firmware_bridge.twin_schedule import Firing, Schedule
from firmware_bridge.twin_triggers import Triggers
from firmware_bridge.types import Shot, ShotBasis, ShotOutcome, TriggerReport

FIRMWARE = (0, 1, 0)
SCHEDULE_SIZE = 64  # shots
CACHED_ANSWERS = 32  # four windows of the host: an answer is never overwritten while the host may ask again
_Request = Arm | Disarm | ShotRequest | TriggerStart | TriggerStop | ConfigWrite


class SorterRules:
    """One boot of the firmware."""

    def __init__(
        self,
        *,
        config: SorterConfig,
        tick_hz: int,
        boot_id: int,
        at: Instant,
        fired: deque[Firing],
        version: int = PROTOCOL_VERSION,
        config_source: ConfigSource = ConfigSource.FACTORY,
        by_watchdog: bool = False,
        schedule_size: int = SCHEDULE_SIZE,
    ) -> None:
        self._tick_hz, self._boot_id, self._version = tick_hz, boot_id, version
        self.config, self.config_source = config, config_source
        self._schedule_size = schedule_size
        self._now = at
        self.state = McuState.BOOTED
        self._safe_reason = SafeReason.NONE
        self._stop_pressed = False
        self._schedule = Schedule(size=schedule_size, config=config, tick_hz=tick_hz, fired=fired)
        self._duty = [DutyBudget(burst_ticks=0, percent=100) for _ in range(OUTPUTS)]
        self._speed = SpeedGauge(tick_hz=tick_hz)
        self._triggers = Triggers()
        self._heard_tick = at.tick
        self._highest_seq = 0
        self._answers: dict[int, Message] = {}  # place in the cache -> answer with the request's seq
        self._unasked = 0
        self._scheduled = self._refused = self._duplicates = 0
        self.bad_frames = 0
        self._emergency_stops = self._heartbeats_lost = 0
        self._outbox: list[Message] = []
        self._exposed: list[TriggerReport] = []
        self._apply(config)
        if by_watchdog:
            self._go_safe(SafeReason.WATCHDOG)

    @property
    def counters(self) -> Counters:
        """What was done since boot."""
        return Counters(
            scheduled=self._scheduled,
            refused=self._refused,
            started=self._schedule.started,
            dropped=self._schedule.dropped,
            cut=self._schedule.cut,
            duplicates=self._duplicates,
            bad_frames=self.bad_frames,
        )

    @property
    def outputs(self) -> int:
        """Bit mask of the outputs that are on."""
        return self._schedule.outputs

    def take_outbox(self) -> list[Message]:
        """Hand out the messages to send."""
        outbox, self._outbox = self._outbox, []
        return outbox

    def take_exposures(self) -> list[TriggerReport]:
        """Hand out the exposures made."""
        exposed, self._exposed = self._exposed, []
        return exposed

    def advance(self, to: Instant, *, heard: bool = False) -> None:
        """Let time and belt go on, and do everything that falls due on the way, in order.

        heard: valid bytes of the host were waiting, so it was alive somewhere on the way.
        """
        if heard:
            self._heard_tick = to.tick
        self._speed.note(to.tick, to.count)
        while True:
            motion = Motion(start=self._now, end=to)
            due = self._next_tick(motion)
            if due is None or due > to.tick:
                break
            self._now = motion.at(due)
            self._do_due()
        self._now = to

    def next_due_tick(self, ahead: Instant) -> int | None:
        """Return the tick of the next thing to do if the belt goes evenly on to `ahead`."""
        return self._next_tick(Motion(start=self._now, end=ahead))

    def handle(self, message: Message) -> None:
        """Obey or refuse a message; the answer waits in the outbox."""
        self._heard_tick = self._now.tick
        match message:
            case Hello():
                self._begin_session(message)
            case Heartbeat():
                self._outbox.append(self._status(message.seq))
            case TimeRequest():
                tick, count = self._now.tick % WRAP, self._now.count % WRAP
                self._outbox.append(TimeAnswer(seq=message.seq, tick=tick, encoder_count=count))
            case TriggerResend():
                self._resend(message)
            case ConfigRead():
                source = self.config_source
                self._outbox.append(ConfigAnswer(seq=message.seq, source=source, config=self.config))
            case Diagnose():
                stops, lost = self._emergency_stops, self._heartbeats_lost
                self._outbox.append(Diagnosis(seq=message.seq, emergency_stops=stops, heartbeats_lost=lost))
            case Arm() | Disarm() | ShotRequest() | TriggerStart() | TriggerStop() | ConfigWrite():
                self._answer_once(message)
            case _:
                self.bad_frames += 1  # a controller's own message: two controllers on one line?

    def press_emergency_stop(self) -> None:
        """Sense the emergency stop."""
        self._stop_pressed = True
        self._emergency_stops += 1
        self._go_safe(SafeReason.EMERGENCY_STOP)

    def release_emergency_stop(self) -> None:
        """Sense its release; the safe state stays until HELLO."""
        self._stop_pressed = False

    def lose_power(self) -> None:
        """Let the pins fall, as at a restart."""
        self._schedule.drop_all(self._now)

    def _apply(self, config: SorterConfig) -> None:
        self.config = config
        self._heartbeat_ticks = config.heartbeat_ms * self._tick_hz // 1000
        self._schedule.set_limits(config)
        burst_ticks = config.burst_ms * self._tick_hz // 1000
        for output, budget in enumerate(self._duty):
            budget.set_limits(burst_ticks=burst_ticks, percent=config.duty_percent[kind_of(output)])

    def _next_tick(self, motion: Motion) -> int | None:
        due = [self._schedule.next_tick(motion)]
        if self._triggers.next_count is not None:
            due.append(motion.tick_at(self._triggers.next_count))
        if self.state is McuState.ARMED:
            due.append(self._heard_tick + self._heartbeat_ticks)
        return min((tick for tick in due if tick is not None), default=None)

    def _do_due(self) -> None:
        self._schedule.run(self._now)
        while (report := self._triggers.expose(self._now)) is not None:
            self._exposed.append(report)
            self._send_report(report)
        if self.state is McuState.ARMED and self._now.tick >= self._heard_tick + self._heartbeat_ticks:
            self._heartbeats_lost += 1
            self._go_safe(SafeReason.HEARTBEAT_LOST)

    def _go_safe(self, reason: SafeReason) -> None:
        self.state = McuState.SAFE
        self._safe_reason = reason
        dropped = self._schedule.drop_all(self._now)
        self._outbox.append(
            Fault(
                seq=self._next_unasked(),
                reason=reason,
                tick=self._now.tick % WRAP,
                encoder_count=self._now.count % WRAP,
                dropped=dropped,
            )
        )

    def _send_report(self, report: TriggerReport) -> None:
        self._outbox.append(ReportMessage(seq=self._next_unasked(), run=self._triggers.run, report=report))

    def _resend(self, asked: TriggerResend) -> None:
        for report in self._triggers.kept(run=asked.run, first=asked.first, count=asked.count):
            self._send_report(report)
        run, oldest = self._triggers.run, self._triggers.oldest_kept
        self._outbox.append(TriggerResendAnswer(seq=asked.seq, run=run, oldest=oldest))

    def _next_unasked(self) -> int:
        self._unasked = (self._unasked + 1) & 0xFFFF
        return self._unasked

    def _begin_session(self, hello: Hello) -> None:
        if hello.version == self._version:
            self._schedule.drop_all(self._now)
            self.state = McuState.SAFE if self._stop_pressed else McuState.READY
            self._answers.clear()
            self._highest_seq = hello.seq
        self._outbox.append(
            Welcome(
                seq=hello.seq,
                version=self._version,
                firmware=FIRMWARE,
                boot_id=self._boot_id,
                tick_hz=self._tick_hz,
                tick=self._now.tick % WRAP,
                encoder_count=self._now.count % WRAP,
                heartbeat_ms=self.config.heartbeat_ms,
                schedule_size=self._schedule_size,
                max_on_ms=self.config.max_on_ms,
            )
        )

    def _status(self, seq: int) -> Status:
        return Status(
            seq=seq,
            state=self.state,
            safe_reason=self._safe_reason,
            boot_id=self._boot_id,
            tick=self._now.tick % WRAP,
            encoder_count=self._now.count % WRAP,
            run=self._triggers.run,
            triggers=self._triggers.exposures,
            outputs=self._schedule.outputs,
            counters=self.counters,
        )

    def _answer_once(self, request: _Request) -> None:
        if self.state is McuState.BOOTED:
            self._outbox.append(self._obey(request))  # refuses; without a session there is no sequence
            return
        place = request.seq % CACHED_ANSWERS
        cached = self._answers.get(place)
        ahead = (request.seq - self._highest_seq + 0x8000) % 0x10000 - 0x8000
        if cached is not None and cached.seq == request.seq:
            self._duplicates += 1
            self._outbox.append(cached)
        elif ahead > -CACHED_ANSWERS:
            self._highest_seq = request.seq if ahead > 0 else self._highest_seq
            self._answers[place] = self._obey(request)
            self._outbox.append(self._answers[place])
        # else: so old that its answer is gone. No host asks this; firing it could be a second time.

    def _obey(self, request: _Request) -> Message:
        match request:
            case ShotRequest():
                return self._answer_shot(request)
            case Arm():
                return Answer(seq=request.seq, request=MessageType.ARM, result=self._arm(request.boot_id))
            case Disarm():
                return Answer(seq=request.seq, request=MessageType.DISARM, result=self._disarm())
            case TriggerStart():
                result = self._start_triggers(request)
                return Answer(seq=request.seq, request=MessageType.TRIGGER_START, result=result)
            case TriggerStop():
                self._triggers.stop()
                return Answer(seq=request.seq, request=MessageType.TRIGGER_STOP, result=Result.OK)
            case ConfigWrite():
                result = self._write_config(request.config)
                return Answer(seq=request.seq, request=MessageType.CONFIG_WRITE, result=result)

    def _arm(self, boot_id: int) -> Result:
        if self._stop_pressed:
            return Result.EMERGENCY_STOP
        if self.state not in (McuState.READY, McuState.ARMED):
            return Result.HELLO_NEEDED
        if boot_id != self._boot_id:
            return Result.WRONG_BOOT
        if self.config_source is ConfigSource.DAMAGED:
            return Result.CONFIG_DAMAGED
        self.state = McuState.ARMED
        return Result.OK

    def _disarm(self) -> Result:
        self._schedule.drop_all(self._now)
        if self.state is McuState.ARMED:
            self.state = McuState.READY
        return Result.OK

    def _write_config(self, config: SorterConfig) -> Result:
        if self.state is McuState.ARMED:
            return Result.DISARM_FIRST
        if self.state is not McuState.READY:
            return Result.HELLO_NEEDED
        if not is_legal(config):
            return Result.ILLEGAL
        self._apply(config)
        self.config_source = ConfigSource.STORED
        return Result.OK

    def _start_triggers(self, request: TriggerStart) -> Result:
        if self.state is McuState.BOOTED:
            return Result.HELLO_NEEDED
        if not 0 < request.pitch_counts <= LONGEST_PITCH_COUNTS:
            return Result.ILLEGAL
        self._triggers.start(run=request.run, pitch_counts=request.pitch_counts, count=self._now.count)
        return Result.OK

    def _answer_shot(self, request: ShotRequest) -> ShotAnswer:
        shot = request.shot
        now = self._now.count if shot.basis is ShotBasis.ENCODER else self._now.tick
        start = unwrap(shot.start, now)
        outcome = self._judge(shot, start - now)
        if outcome is ShotOutcome.SCHEDULED:
            self._scheduled += 1
            self._schedule.add(outputs=shot.outputs, basis=shot.basis, start=start, length=shot.length)
        else:
            self._refused += 1
        margin = max(-(1 << 31), min((1 << 31) - 1, start - now))
        return ShotAnswer(seq=request.seq, outcome=outcome, margin=margin, free=self._schedule.free)

    def _judge(self, shot: Shot, margin: int) -> ShotOutcome:
        if self.state is not McuState.ARMED:
            return ShotOutcome.UNARMED
        if not self._is_legal(shot, margin):
            return ShotOutcome.ILLEGAL
        if margin < self._min_lead(shot.basis):
            return ShotOutcome.LATE
        if self._schedule.free == 0:
            return ShotOutcome.FULL
        return ShotOutcome.SCHEDULED if self._duty_allows(shot) else ShotOutcome.DUTY

    def _is_legal(self, shot: Shot, margin: int) -> bool:
        if shot.outputs == 0 or shot.outputs >> OUTPUTS or shot.length == 0:
            return False
        if shot.basis is ShotBasis.ENCODER:
            return margin <= self.config.horizon_counts
        longest = min(self._max_on_ticks(output) for output in outputs_in(shot.outputs))
        return shot.length <= longest and margin <= self.config.horizon_ms * self._tick_hz // 1000

    def _min_lead(self, basis: ShotBasis) -> int:
        if basis is ShotBasis.ENCODER:
            return self.config.min_lead_counts
        return self.config.min_lead_us * self._tick_hz // 1_000_000

    def _max_on_ticks(self, output: int) -> int:
        return self.config.max_on_ms[kind_of(output)] * self._tick_hz // 1000

    def _duty_allows(self, shot: Shot) -> bool:
        ticks = shot.length if shot.basis is ShotBasis.TICK else self._speed.ticks_for(shot.length)
        on_ticks = {output: self._max_on_ticks(output) for output in outputs_in(shot.outputs)}
        if ticks is not None:
            on_ticks = {output: min(longest, ticks) for output, longest in on_ticks.items()}
        if not all(self._duty[output].allows(used, self._now.tick) for output, used in on_ticks.items()):
            return False
        for output, used in on_ticks.items():
            self._duty[output].use(used)
        return True
