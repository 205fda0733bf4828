"""A scenario's belt, frame by frame, on the accelerated clock; the line's own parts decide."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter_ns

import numpy as np

from datasets.synthesis.scene import Scene
from firmware_bridge.types import TriggerReport
from service.event_terms import ShotFate
from service.events import Body, ShotAnswered
from service.line.calibrating import calibration_of
from service.line.geometry import Geometry, geometry_of
from service.line.grabber import FRAMES_HELD
from service.line.judging import Judge, Judged
from service.line.odometer import Odometer
from service.line.shooter import BITS, Shooter
from service.line.web_book import Owner
from service.settings import LineSettings
from service.sorting import decide
from service.twin.agenda import Agenda
from service.twin.belt import SwingingBelt
from service.twin.bins import Bank, Jet
from service.twin.controller import VirtualController
from service.twin.material import Piece, build_scene, true_pieces, twin_inspector
from service.twin.scenario import Scenario
from vision.bundle import Bundle
from vision.card import Thresholds
from vision.inspector import Inspector
from vision.seams import WebDefect
from vision.types import Frame, Verdict

RUN_ID = "00000000-0000-5000-8000-000000000001"  # the same scenario orders the same shots
CAMERA_ID = "twin-1"
LATE_S = 2.0  # after the last frame: whatever was ordered is done
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A frame whose decision came too late, or that was shed."""

    from_mm: float
    to_mm: float
    why: str  # "late", "shed" or the inspector's reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """All that happened in one run."""

    scenario: Scenario
    line: LineSettings
    geometry: Geometry
    bank: Bank
    pieces: tuple[Piece, ...]  # that passed camera and valves
    jets: tuple[Jet, ...]
    found: tuple[WebDefect, ...]  # merged over strips, as the line books them
    answers: tuple[ShotAnswered, ...]
    missed: tuple[Missed, ...]
    frames: int
    frames_late: int
    frames_shed: int
    belt_mm: float
    inspect_ms: tuple[float, ...]  # as measured here, whatever the scenario assumes
    latency_ms: tuple[float, ...]  # exposure to decision, on the twin's clock
    thresholds: Thresholds  # that judged
    score_ceiling: float


@dataclass(slots=True)
class _Books:
    found: list[WebDefect] = field(default_factory=list)
    answers: list[ShotAnswered] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    frames: int = 0
    late: int = 0
    shed: int = 0
    inspect_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exposed:
    seq: int
    at_ns: int
    from_mm: float
    to_mm: float


class LineTwin:
    """One run; make another one for another run."""

    def __init__(
        self, scenario: Scenario, line: LineSettings, inspector: Inspector, *, scene: Scene | None = None
    ) -> None:
        self._scenario, self._line = scenario, line
        self._geometry = geometry_of(line, calibration_of(line))
        self._scene = scene or build_scene(scenario, line)
        self._rng = np.random.default_rng([scenario.seed, 31])
        self._agenda = Agenda()
        truth = scenario.truth
        self._belt = SwingingBelt(
            speed_mm_s=line.web.speed_mm_s, swing_share=truth.speed_wobble_pct / 100, period_s=truth.wobble_s
        )
        self._controller = VirtualController(
            self._agenda,
            self._belt,
            counts_per_mm=line.web.counts_per_mm,
            link_ms=scenario.host.link_ms,
            on_expose=self._expose,
        )
        self._odometer = Odometer(counts_per_mm=line.web.counts_per_mm, start_count=0)
        self._books = _Books()
        self._shooter = Shooter(
            self._controller,
            self._odometer,
            reach=self._geometry.reach,
            policy=self._geometry.policy,
            feed=self._geometry.feed,
            now_ns=lambda: self._agenda.now_ns,
            record=self._record,
        )
        self._judge = Judge(inspector)
        self._waiting: deque[_Exposed] = deque()
        self._idle = line.inference.at_once
        self._done_ns = 0
        self._frames_wanted = max(
            1, round(scenario.seconds * line.web.speed_mm_s / (line.camera.rows * line.camera.mm_per_px))
        )

    def run(self, say: Say = lambda text: None) -> Ran:
        """Let the whole belt pass; `say` hears about every tenth of it."""
        self._controller.start(self._geometry.frame_counts)
        for tenth in range(1, 11):
            self._agenda.run(round(self._scenario.seconds * tenth / 10 * 1e9))
            say(f"{tenth * 10} % of {self._scenario.seconds:g} s of belt")
        self._agenda.run(round((self._scenario.seconds + LATE_S + self._flight_s()) * 1e9))
        self._books.found += self._judge.flush()
        return self._ran()

    def _flight_s(self) -> float:
        return self._geometry.reach.distance_mm / self._line.web.speed_mm_s

    def _expose(self, report: TriggerReport) -> None:
        if report.seq >= self._frames_wanted:
            return
        if not self._odometer.anchored:
            self._odometer.anchor(report.encoder_count, self._geometry.frame_counts)
        end = self._odometer.web(report.encoder_count)
        self._odometer.move_to(end)
        exposed = _Exposed(
            seq=report.seq,
            at_ns=self._agenda.now_ns,
            from_mm=self._odometer.mm(end - self._geometry.frame_counts),
            to_mm=self._odometer.mm(end),
        )
        self._books.frames += 1
        arrives_ns = self._agenda.now_ns + round(self._scenario.host.transfer_ms * 1e6)
        self._agenda.at(arrives_ns, lambda: self._arrive(exposed))

    def _arrive(self, exposed: _Exposed) -> None:
        if len(self._waiting) >= FRAMES_HELD:  # as the line's grabber: the newest is shed
            self._books.shed += 1
            self._books.missed.append(Missed(from_mm=exposed.from_mm, to_mm=exposed.to_mm, why="shed"))
            self._judge.break_seam()
            return
        self._waiting.append(exposed)
        self._begin()

    def _begin(self) -> None:
        while self._idle and self._waiting:
            self._idle -= 1
            exposed = self._waiting.popleft()
            began_ns = perf_counter_ns()
            judged = self._judge.judge(self._frame(exposed), exposed.from_mm, exposed.to_mm)
            took_ms = (perf_counter_ns() - began_ns) / 1e6
            self._books.inspect_ms.append(took_ms)
            self._done_ns = max(self._agenda.now_ns + round(self._takes_ms(took_ms) * 1e6), self._done_ns)
            self._agenda.at(self._done_ns, lambda e=exposed, j=judged: self._decide(e, j))  # type: ignore[misc]  # bound now

    def _takes_ms(self, measured_ms: float) -> float:
        host = self._scenario.host
        if host.inspect_p50_ms == 0:
            return measured_ms
        spread = math.log(max(host.inspect_p99_ms, host.inspect_p50_ms) / host.inspect_p50_ms) / 2.326  # 99 %
        return host.inspect_p50_ms * math.exp(spread * float(self._rng.standard_normal()))

    def _frame(self, exposed: _Exposed) -> Frame:
        rows = self._line.camera.rows
        pixels = self._scene.render(exposed.seq * rows, rows)
        pixels.flags.writeable = False
        return Frame(
            camera_id=CAMERA_ID,
            seq=exposed.seq,
            pixels=pixels,
            captured_ns=exposed.at_ns,
            captured_utc=datetime.fromtimestamp(exposed.at_ns / 1e9, UTC),
        )

    def _decide(self, exposed: _Exposed, judged: Judged) -> None:
        self._idle += 1
        decision = decide(judged.view, self._geometry.policy, RUN_ID)
        aim = self._shooter.aim()
        self._books.latency_ms.append((self._agenda.now_ns - exposed.at_ns) / 1e6)
        why = "late" if self._shooter.time_left_ms(exposed.from_mm, aim) <= 0 else ""
        self._books.late += bool(why)
        if judged.inspection.verdict is Verdict.FAILED:
            why = judged.inspection.reason
        if why:
            self._books.missed.append(Missed(from_mm=exposed.from_mm, to_mm=exposed.to_mm, why=why))
        self._shooter.fire(decision.shots, judged.view.defects, Owner(), aim)
        self._books.found += self._judge.completed(judged)
        self._begin()

    def _record(self, body: Body) -> None:
        if isinstance(body, ShotAnswered):
            self._books.answers.append(body)

    def _ran(self) -> Ran:
        self._controller.advance()
        books, line = self._books, self._line
        rows = self._frames_wanted * line.camera.rows
        fabric = line.kind == "fabric"
        bank = Bank(
            width_mm=self._geometry.width_mm,
            lanes=1 if fabric else line.sorter.lanes,
            overlap_mm=0.0 if fabric else self._scenario.truth.overlap_mm,
        )
        return Ran(
            scenario=self._scenario,
            line=line,
            geometry=self._geometry,
            bank=bank,
            pieces=true_pieces(self._scene, rows),
            jets=tuple(self._jets()),
            found=tuple(books.found),
            answers=tuple(books.answers),
            missed=tuple(books.missed),
            frames=books.frames,
            frames_late=books.late,
            frames_shed=books.shed,
            belt_mm=rows * line.camera.mm_per_px,
            inspect_ms=tuple(books.inspect_ms),
            latency_ms=tuple(books.latency_ms),
            thresholds=self._judge.card.thresholds,
            score_ceiling=self._judge.card.score_ceiling,
        )

    def _jets(self) -> list[Jet]:
        """Pins to jets: the true valve follows later, by a time that differs from shot to shot."""
        truth, sorter = self._scenario.truth, self._line.sorter
        marker = int(BITS[next(actuator for actuator in BITS if actuator.value == "marker")])
        jets = []
        for firing in self._controller.fired:
            lane = 0 if firing.output == marker else firing.output
            if firing.output > marker or (firing.output != marker and lane >= sorter.lanes):
                continue
            if lane in truth.stuck_valves:
                continue
            late_s = (
                sorter.latency_ms
                + truth.latency_off_ms
                + truth.latency_spread_ms * float(self._rng.standard_normal())
            ) / 1e3
            opens = (
                self._belt.place_mm(firing.tick_on * self._controller.tick_s + late_s) - sorter.distance_mm
            )
            shuts = (
                self._belt.place_mm(firing.tick_off * self._controller.tick_s + late_s) - sorter.distance_mm
            )
            jets.append(Jet(lane=lane, from_mm=opens - truth.jet_mm / 2, to_mm=shuts + truth.jet_mm / 2))
        return jets


def run_scenario(scenario: Scenario, say: Say = lambda text: None, bundle: Bundle | None = None) -> Ran:
    """Build everything and run.

    Raises:
        SettingsError: the line or a change can't be used.
        LineError: the line's geometry leaves no time to act.
        VisionError: the recipe can't be learnt or opened.
    """
    line = scenario.line_settings()
    inspector = twin_inspector(scenario, line, say, bundle)
    inspector.warm_up(line.camera.rows)
    return LineTwin(scenario, line, inspector).run(say)


def escaped(answers: tuple[ShotAnswered, ...]) -> int:
    """Orders that the controller did not take."""
    return sum(answer.fate is not ShotFate.SCHEDULED for answer in answers)
