"""The line's thread: frames and messages in, decisions and shots out. It alone owns state, book and recipe.

Nothing here waits for disk, network or the microcontroller: events and pictures go to the recorder, shots to
the link, and their answers come back by themselves.
"""

import logging
import math
import threading

from firmware_bridge.counting import WRAP
from firmware_bridge.types import BridgeError, LinkState, TriggerReport
from service.event_terms import LineState, NotInspectedReason
from service.events import LineStopped
from service.line.ahead import Arrived
from service.line.booking import Reason
from service.line.exposures import Exposure
from service.line.inbox import (
    CalibrationMade,
    CameraChanged,
    CommandArrived,
    FrameShed,
    LinkChanged,
    Message,
    RecipeReady,
    Recovered,
    ReferencesMeasured,
    Trigger,
    Trouble,
)
from service.line.judging import Judged
from service.line.numbering import NEVER
from service.line.parts import LoopParts
from service.line.production import Production
from service.line.states import state_changed
from service.line.timing import FrameTimes
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say
from service.sorting import decide
from vision.types import Frame, Verdict

log = logging.getLogger(__name__)

WAIT_S = 0.02  # for a frame; messages wait no longer than this
PLACE_WAIT_S = 0.25  # a trigger's report may come so much later than its frame
LOST_AFTER_S = 1.0  # a frame that is not here by then does not come
SILENT_S = 3.0  # triggers without frames for so long: the camera is as good as gone
FINISH_S = 5.0  # frames in flight and open shots get so much time at the end
CLOCKS_AGREE_NS = 50_000_000  # host and controller, right after they met
LONG_AGO_MS = -60_000.0  # a web that stopped behind the place: it is late by more than anybody counts
IN_FLIGHT_S = 0.3  # no frame for so long after the last trigger: none is in flight


class LineLoop:
    """Runs one line until it is stopped or its recording ends."""

    def __init__(self, parts: LoopParts) -> None:
        self._parts = parts
        self._stopping = threading.Event()
        self._ended = False  # the camera has no more
        self._production = Production(parts)
        self._epoch_ns = 0  # frames exposed before this belong to triggers that are settled
        self._last_seq = -1
        self._renumbered = True
        self.failure = ""

    @property
    def article(self) -> str:
        """What runs now."""
        return self._production.article

    def stop(self) -> None:
        """Ask the loop to finish."""
        self._stopping.set()

    def run(self) -> None:
        """The thread."""
        parts = self._parts
        parts.recorder.record(state_changed(LineState.STARTING, say(Said.STARTED)))
        try:
            parts.lift(parts.judge.inspector)
            while not self._stopping.is_set() and not self._ended:
                self._turn(WAIT_S)
            self._finish(say(Said.RECORDING_ENDED if self._ended else Said.STOPPED))
        except Exception as error:  # noqa: BLE001  the thread's top: a line that can't go on says so and stops
            log.exception("the line's loop failed")
            self.failure = f"{type(error).__name__}: {error}"
            parts.gate.stand_down()
            because = Saying(code="", values={"text": self.failure})
            self._close_book(say(Said.LINE_FAILED, because=because), parts.clocks.mono_ns())

    def _turn(self, wait_s: float) -> bool:
        """Handle a frame if there is one, and all that was told meanwhile."""
        parts = self._parts
        arrived = parts.ahead.next(wait_s)
        parts.inbox.drain(self._handle)
        if arrived is not None:
            self._take(arrived)
        else:
            self._give_up_lost()
        parts.gate.tick()
        parts.eyesight.tick()
        parts.bin_watch.tick()
        parts.belt_watch.tick(parts.gate.web_told(parts.odometer))
        parts.book.calibration_is(expired=parts.eyesight.calibration_expired)
        self._note_state()
        parts.book.tick()
        return arrived is not None

    def _handle(self, message: Message) -> None:
        parts = self._parts
        match message:
            case Trigger():
                self._expose(message)
            case LinkChanged():
                self._follow_link(message)
            case CameraChanged():
                self._follow_camera(message)
                parts.situation.camera_changed(message)
                self._ended = self._ended or message.ended
            case FrameShed():
                detail = "the queue was full: the inspector is slower than the web"
                seq = parts.numbering.predicted(message.seq)
                parts.booking.explain(seq, NotInspectedReason.FRAME_SHED, detail)
            case Trouble():
                parts.situation.trouble(message)
            case Recovered():
                parts.situation.recovered(message)
            case CommandArrived():
                self._production.obey(message.command)
            case RecipeReady():
                self._production.change_recipe(message)
            case ReferencesMeasured():
                self._production.use_references(message.references)
            case CalibrationMade():
                self._production.recalibrate(message.calibration)

    def _expose(self, trigger: Trigger) -> None:
        parts = self._parts
        report = trigger.report
        if self._renumbered or report.seq <= self._last_seq:
            self._renumber(parts.gate.exposed_ns(report))
        self._last_seq = report.seq
        parts.numbering.exposed(report.seq, parts.gate.exposed_ns(report))
        parts.booking.exposed(report, trigger.arrived_ns)

    def _follow_camera(self, message: CameraChanged) -> None:
        parts = self._parts
        if message.here:
            parts.numbering.camera_opened()
        elif parts.numbering.pitch_counts(parts.booking.pitch_counts) is None:
            # No trigger tells what passes unseen: it is the gap before the next frame.
            parts.booking.restart((NotInspectedReason.CAMERA_GONE, message.why))

    def _renumber(self, first_ns: int) -> None:
        """Triggers count from 0 again; what was exposed before them is settled."""
        parts = self._parts
        parts.booking.renumber(controller_restarted=parts.gate.controller_restarted())
        parts.numbering.restarted()
        self._epoch_ns = first_ns - CLOCKS_AGREE_NS
        self._renumbered = False

    def _follow_link(self, message: LinkChanged) -> None:
        parts = self._parts
        parts.situation.link_changed(message)
        if message.state is LinkState.ARMED:
            parts.situation.recovered(Recovered(code="shots_given_up"))
        else:
            self._note_given_up(message)
        parts.gate.follow(message.state, held_by_person=parts.situation.awaits_person)
        if message.state is LinkState.DISCONNECTED:
            parts.booking.restart(self._absence())
            parts.judge.break_seam()
            self._epoch_ns = parts.clocks.mono_ns()
            self._renumbered = True

    def _note_given_up(self, message: LinkChanged) -> None:
        """A controller that isn't armed has dropped its schedule: what lay in it was not sorted."""
        lost = self._parts.shooter.give_up(message.armed_ns, message.why)
        if lost:
            said = say(
                Said.SHOTS_GIVEN_UP,
                shots=len(lost),
                from_mm=min(one.from_mm for one in lost),
                to_mm=max(one.to_mm for one in lost),
            )
            self._parts.situation.trouble(Trouble(code="shots_given_up", said=said))

    def _absence(self) -> Reason:
        """Why frames don't come just now."""
        situation = self._parts.situation
        if self._ended:
            return NotInspectedReason.STOPPING, say(Said.RECORDING_ENDED).text
        if situation.camera_gone:
            return NotInspectedReason.CAMERA_GONE, situation.camera_gone
        if situation.held:
            return NotInspectedReason.HELD, situation.cause
        return NotInspectedReason.FRAME_LOST, "triggered, never delivered"

    def _take(self, arrived: Arrived) -> None:
        parts, frame = self._parts, arrived.frame
        parts.counts.frames += 1
        parts.counts.last_frame_ns = came_ns = parts.clocks.mono_ns()
        parts.situation.release("silent")
        if not parts.gate.connected or frame.captured_ns < self._epoch_ns:
            return  # its trigger is unknown or settled: the web's book has its stretch already
        if frame.end_count is not None:
            self._expose_by_count(frame, frame.end_count)
        seq = self._await_trigger(frame)
        if seq is None:
            if not parts.situation.held:
                parts.booking.unplaced(NEVER)
            return
        if parts.booking.is_settled(seq):
            return  # late: its stretch was booked as lost
        arrived = arrived.numbered(seq)
        exposure = parts.booking.take(seq, self._absence())
        if exposure is None:
            return
        self._production.begin_at(exposure.from_count)
        if parts.situation.held:
            parts.booking.skip(exposure, NotInspectedReason.HELD, parts.situation.cause)
            parts.judge.break_seam()
            return
        self._judge(arrived, exposure, (parts.clocks.mono_ns() - came_ns) / 1e6)

    def _expose_by_count(self, frame: Frame, end_count: int) -> None:
        """The frame brings its own place: it is trigger and frame at once."""
        parts = self._parts
        if self._renumbered or frame.seq <= self._last_seq:
            self._renumber(frame.captured_ns)
        self._last_seq = frame.seq
        report = TriggerReport(seq=frame.seq, encoder_count=end_count % WRAP, tick=0)
        parts.booking.exposed(report, parts.clocks.mono_ns())

    def _await_trigger(self, frame: Frame) -> int | None:
        """Return the number of the frame's trigger, once it is reported; None: it can't be placed."""
        parts = self._parts
        end_ns = parts.clocks.mono_ns() + round(PLACE_WAIT_S * 1e9)
        while True:
            seq = parts.numbering.trigger_of(frame)
            if seq == NEVER:
                return None
            if seq is not None and (parts.booking.is_settled(seq) or parts.booking.is_placed(seq)):
                return seq
            if parts.clocks.mono_ns() >= end_ns or self._stopping.is_set():
                parts.inbox.drain(self._handle)
                return seq if seq is not None and parts.booking.is_placed(seq) else None
            parts.inbox.drain(self._handle, wait_s=WAIT_S)

    def _judge(self, arrived: Arrived, exposure: Exposure, place_ms: float) -> None:
        parts, frame = self._parts, arrived.frame
        from_mm, to_mm = parts.odometer.mm(exposure.from_count), parts.odometer.mm(exposure.to_count)
        began_ns = parts.clocks.mono_ns()
        frame = parts.eyesight.look(frame)
        look_ms = (parts.clocks.mono_ns() - began_ns) / 1e6
        ahead = None if frame.unfit else arrived.inspection_by(parts.judge.inspector)
        judged = parts.judge.judge(frame, from_mm, to_mm, ahead)
        decision = decide(judged.view, parts.policy, parts.run_id)
        aim = parts.shooter.aim()
        left_ms = parts.shooter.time_left_ms(from_mm, aim)
        late = left_ms <= 0
        times = self._times(arrived, judged, place_ms, look_ms, left_ms)
        sent = parts.shooter.fire(
            decision.shots,
            judged.view.defects,
            parts.rolls.owner,
            aim,
            lambda result: parts.timing.shot(times, sent_ns=result.sent_ns, answered_ns=result.answered_ns),
        )
        parts.timing.frame(times, has_shots=sent > 0)
        decided_ms = (times.decided_ns - frame.captured_ns) / 1e6
        parts.counts.deadline_misses += late
        parts.booking.judged(exposure, judged, late=late, capture_to_decision_ms=decided_ms)
        parts.findings.frame(judged, decision, parts.rolls.owner)
        parts.findings.defects(parts.judge.completed(judged), parts.rolls.owner)
        parts.gathering.offer(judged, parts.rolls.owner)
        if parts.lint_watch is not None:
            parts.lint_watch.look(judged, parts.rolls.owner.lot_id)
        parts.viewfinder.offer(judged, parts.rolls.owner)
        parts.shadow.offer(judged, parts.rolls.owner, spare=parts.grabber.depth == 0)
        if judged.inspection.verdict is not Verdict.FAILED:
            parts.counts.inspected += 1
            parts.situation.frame_judged()
        elif not judged.view.damaged and not frame.unfit:  # those have alarms of their own
            parts.situation.frame_failed(judged.inspection.reason)
        if decision.hold:
            reason = heard(judged.inspection.reason)
            parts.situation.hold("failed", say(Said.INSPECTING_FAILED, because=reason))

    def _times(
        self, arrived: Arrived, judged: Judged, place_ms: float, look_ms: float, left_ms: float
    ) -> FrameTimes:
        now_ns = self._parts.clocks.mono_ns()
        return FrameTimes(
            captured_ns=arrived.frame.captured_ns,
            grabbed_ns=arrived.grabbed_ns,
            taken_ns=arrived.taken_ns,
            place_ms=place_ms,
            look_ms=look_ms,
            decided_ns=now_ns,
            deadline_ns=None if left_ms == math.inf else now_ns + round(max(left_ms, LONG_AGO_MS) * 1e6),
            pixels=judged.inspection.times,
        )

    def _give_up_lost(self) -> None:
        """The queue is empty: whatever was exposed long ago won't come."""
        parts = self._parts
        now_ns = parts.clocks.mono_ns()
        if not parts.booking.give_up_before(now_ns - round(LOST_AFTER_S * 1e9), self._absence()):
            return
        parts.judge.break_seam()
        silent_ns = now_ns - max(parts.counts.last_frame_ns, parts.situation.started_ns)
        if silent_ns > SILENT_S * 1e9 and not parts.situation.camera_gone and not self._ended:
            parts.situation.hold("silent", say(Said.NO_FRAMES, seconds=silent_ns / 1e9))

    def _note_state(self) -> None:
        change = self._parts.situation.change()
        if change is not None:
            self._parts.book.close()
            self._parts.recorder.record(change)
            log.info("line is %s: %s", change.state.value, change.cause)
        pitch_counts = self._parts.numbering.pitch_counts(self._parts.booking.pitch_counts)
        if pitch_counts is not None and not self._parts.situation.starting:
            self._parts.gate.start_exposing(pitch_counts)

    def _finish(self, cause: Saying) -> None:
        """Judge what is in flight, book what is left, answer every shot and let the last ones fire."""
        parts = self._parts
        end_ns = parts.clocks.mono_ns() + round(FINISH_S * 1e9)
        parts.gate.stop_exposing()
        last_ns = parts.clocks.mono_ns()
        while parts.clocks.mono_ns() < min(end_ns, last_ns + round(IN_FLIGHT_S * 1e9)):
            if self._turn(WAIT_S) and parts.gate.connected:  # without the link no frame finds its place
                last_ns = parts.clocks.mono_ns()
        self._close_book(cause, end_ns)
        left_ns = min(end_ns, parts.shooter.last_end_ns()) - parts.clocks.mono_ns()
        if left_ns > 0:
            threading.Event().wait(left_ns / 1e9)

    def _close_book(self, cause: Saying, disarmed_ns: int) -> None:
        parts = self._parts
        reason = NotInspectedReason.HELD if parts.situation.held else NotInspectedReason.STOPPING
        try:
            end_count = parts.gate.web_now(parts.odometer)
        except BridgeError:
            end_count = None
        parts.booking.finish(reason, cause.text, end_count)
        self._production.end_roll()
        if not parts.shooter.wait_answered(FINISH_S):
            log.error("some shots were not answered by the link before the end")
        parts.shooter.give_up(disarmed_ns, cause.text)
        parts.book.close()
        parts.shadow.finish()
        parts.recorder.record(state_changed(LineState.STOPPED, cause))
        parts.recorder.record(
            LineStopped(
                cause=cause.text,
                said=(cause,),
                encoder_length_mm=parts.book.length_mm,
                inspected_mm=parts.book.inspected_mm,
                not_inspected_mm=parts.book.not_inspected_mm,
            )
        )
