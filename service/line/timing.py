"""How long a frame takes from its capture to the command, stage by stage, and in which stage it became late.

A frame's way: camera, queue, place, look, the inspector's pixel stages, decide; a shot's: send, answer. What
the line adds to camera and pixels, queue + place + decide + send, is its `own` part; no load should move it.
"""

import logging
import threading
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter

from service.line.latencies import Latencies
from vision.types import StageTimes

log = logging.getLogger(__name__)

PIXEL_STAGES = ("look", *(field.name.removesuffix("_ms") for field in fields(StageTimes)))
STAGES = ("camera", "queue", "place", *PIXEL_STAGES, "decide", "send", "answer")
WHOLE = "capture_to_command"  # of a frame without a shot: to the decision that none is needed
OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTimes:
    """When what happened to a frame, on the host's monotonic clock."""

    captured_ns: int
    grabbed_ns: int  # handed over by the camera
    taken_ns: int  # out of the queue, to be inspected
    place_ms: float  # spent on finding out which trigger it is of
    look_ms: float  # whether anything can be seen in it
    decided_ns: int
    deadline_ns: int | None  # its first row can be acted on no later; None: the web stands still
    pixels: StageTimes

    @property
    def stages_ms(self) -> tuple[tuple[str, float], ...]:
        """Each stage up to the decision, in order."""
        moments_ns = (self.captured_ns, self.grabbed_ns, self.taken_ns, self.decided_ns)
        camera, queue, rest = ((after - before) / 1e6 for before, after in pairwise(moments_ns))
        inspected = asdict(self.pixels) | {"look_ms": self.look_ms}
        pixels = tuple((name, float(inspected[f"{name}_ms"])) for name in PIXEL_STAGES)
        decide = rest - self.place_ms - sum(ms for _, ms in pixels)
        return (("camera", camera), ("queue", queue), ("place", self.place_ms), *pixels, ("decide", decide))


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReport:
    """One stage since the line's start, or in its last minute."""

    stage: str
    frames: int
    p50_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    late: int  # frames and shots whose deadline passed in this stage
    ms_per_mpx: float | None  # mean, of a pixel stage


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingReport:
    """All stages, and what was to be held."""

    deadline_ms: float  # from capture, at the web's nominal speed
    frames: int
    shots: int
    late: int
    stages: tuple[StageReport, ...]
    policy: str  # how the process is scheduled

    def stage(self, name: str) -> StageReport:
        """Return one stage."""
        return next(stage for stage in self.stages if stage.stage == name)

    def text(self) -> str:
        """One line for the log."""
        whole, own = self.stage(WHOLE), self.stage(OWN)
        slow = ", ".join(f"{stage.stage} {stage.late}" for stage in self.stages if stage.late)
        share = self.late / max(1, whole.frames)
        return (
            f"{self.policy}: capture to command {whole.p50_ms:.1f} ms p50, {whole.p99_ms:.1f} p99, "
            f"{whole.p999_ms:.1f} p99.9 of {self.deadline_ms:.0f} ms; own part {own.p99_ms:.1f} p99; "
            f"{self.late} of {whole.frames} late ({share:.2%}{f': {slow}' if slow else ''})"
        )


REPORT_CODEC: TypeAdapter[TimingReport] = TypeAdapter(TimingReport)


class Timing:
    """Filled by the line's and the link's threads, read by any."""

    def __init__(self, *, deadline_ms: float, mpx: float, policy: str) -> None:
        self._policy = policy
        self._deadline_ms = deadline_ms
        self._mpx = mpx
        self._lock = threading.Lock()  # over the next two
        self._minute = _Tally()
        self._before = _Tally()
        self._last_minute: TimingReport | None = None

    @property
    def deadline_ms(self) -> float:
        """From capture to command, at the web's nominal speed."""
        return self._deadline_ms

    @property
    def last_minute(self) -> TimingReport | None:
        """What `minute` reported last; None before the first one. Waits for nobody."""
        return self._last_minute

    def frame(self, times: FrameTimes, *, has_shots: bool) -> None:
        """Count a frame that was decided; its way to the command ends here where no shot follows."""
        with self._lock:
            self._minute.frame(times, has_shots=has_shots)

    def shot(self, times: FrameTimes, *, sent_ns: int, answered_ns: int) -> None:
        """Count a shot that was answered; `sent_ns` 0: it never went out, and is no command."""
        if sent_ns:
            with self._lock:
                self._minute.shot(times, sent_ns, answered_ns)

    def minute(self) -> TimingReport:
        """Report what came since this was asked last."""
        with self._lock:
            tally, self._minute = self._minute, _Tally()
            self._before.merge(tally)
        self._last_minute = report = self._report(tally)
        return report

    def whole(self) -> TimingReport:
        """Report everything since the start."""
        tally = _Tally()
        with self._lock:
            tally.merge(self._before)
            tally.merge(self._minute)
        return self._report(tally)

    def _report(self, tally: "_Tally") -> TimingReport:
        return TimingReport(
            deadline_ms=self._deadline_ms,
            frames=tally.frames,
            shots=tally.stages["send"].count,
            late=sum(tally.late.values()),
            stages=tuple(
                _stage_report(name, times, tally.late.get(name, 0), self._mpx)
                for name, times in tally.stages.items()
            ),
            policy=self._policy,
        )


class _Tally:
    def __init__(self) -> None:
        self.frames = 0
        self.stages = {name: Latencies() for name in (*STAGES, OWN, WHOLE)}
        self.late = dict.fromkeys(STAGES, 0)

    def frame(self, times: FrameTimes, *, has_shots: bool) -> None:
        self.frames += 1
        passed_ns = float(times.captured_ns)
        is_late = False
        for name, ms in times.stages_ms:
            self.stages[name].add(ms)
            passed_ns += ms * 1e6
            if not is_late and times.deadline_ns is not None and passed_ns >= times.deadline_ns:
                is_late = True
                self.late[name] += 1
        if not has_shots:
            self._command(times, times.decided_ns)

    def shot(self, times: FrameTimes, sent_ns: int, answered_ns: int) -> None:
        self.stages["send"].add((sent_ns - times.decided_ns) / 1e6)
        self.stages["answer"].add((answered_ns - sent_ns) / 1e6)
        if times.deadline_ns is not None and times.decided_ns < times.deadline_ns <= sent_ns:
            self.late["send"] += 1
        self._command(times, sent_ns)

    def merge(self, other: "_Tally") -> None:
        self.frames += other.frames
        for name, times in other.stages.items():
            self.stages[name].merge(times)
            if name in self.late:
                self.late[name] += other.late[name]

    def _command(self, times: FrameTimes, command_ns: int) -> None:
        whole_ms = (command_ns - times.captured_ns) / 1e6
        stages_ms = dict(times.stages_ms)
        self.stages[WHOLE].add(whole_ms)
        self.stages[OWN].add(whole_ms - stages_ms["camera"] - sum(stages_ms[name] for name in PIXEL_STAGES))


def _stage_report(name: str, times: Latencies, late: int, mpx: float) -> StageReport:
    mean_ms = times.sum_ms / max(1, times.count)
    return StageReport(
        stage=name,
        frames=times.count,
        p50_ms=round(times.percentile_ms(50), 3),
        p99_ms=round(times.percentile_ms(99), 3),
        p999_ms=round(times.percentile_ms(99.9), 3),
        max_ms=round(times.max_ms, 3),
        late=late,
        ms_per_mpx=round(mean_ms / mpx, 3) if name in PIXEL_STAGES else None,
    )


def write_report(report: TimingReport, path: Path) -> None:
    """Leave a report where people and monitoring can read it; a full disk is no reason to stop a line."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(REPORT_CODEC.dump_json(report, indent=1))
        fresh.replace(path)
    except OSError as error:
        log.warning("the timing report can't be written (%s): free the disk; the line goes on", error)
