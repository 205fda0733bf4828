"""The line's parts, built and joined; nothing is started here."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from firmware_bridge.link import SorterLink
from firmware_bridge.types import LinkState, TriggerReport
from service.events import Body, Stamp
from service.line.ahead import Ahead
from service.line.belt_watch import BeltWatch
from service.line.bin_watch import BinWatch
from service.line.booking import Booking
from service.line.calibrating import references_of
from service.line.cameras import Placing
from service.line.clock import Clocks
from service.line.event_log import EventLog
from service.line.eyesight import Eyesight
from service.line.film import Film, FilmedCamera
from service.line.findings import Findings
from service.line.gathering import Gathering
from service.line.geometry import Geometry
from service.line.grabber import Grabber
from service.line.hardware import Hardware
from service.line.inbox import Inbox, LinkChanged, Message, Trigger
from service.line.judging import Judge
from service.line.left_off import LeftOff, left_off
from service.line.lint_watch import LintWatch
from service.line.numbering import ByCable, ByCount, ByTime, Numbering
from service.line.odometer import Odometer
from service.line.parts import LoopParts
from service.line.pictures import PictureRing
from service.line.priority import Priorities, Rank
from service.line.recorder import Recorder
from service.line.rolls import Rolls
from service.line.shadow import FindShadow, Shadow
from service.line.shooter import Shooter
from service.line.situation import Situation
from service.line.sorter import SorterGate, boot_id_of
from service.line.timing import Timing
from service.line.valve_test import ValveTest
from service.line.viewfinder import Viewfinder
from service.line.web_book import WebBook
from service.settings import LineSettings
from vision.calibration import Calibration
from vision.inspector import Inspector

MB = 1_000_000
LAMP_FILE = "lamp.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A line's parts that others than the loop need, too."""

    parts: LoopParts
    link: SorterLink
    ring: PictureRing
    left_off: LeftOff  # where an earlier run ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What everything is built on."""

    settings: LineSettings
    clocks: Clocks
    calibration: Calibration
    geometry: Geometry
    hardware: Hardware
    event_log: EventLog
    inbox: Inbox
    priorities: Priorities
    run_id: str


def assemble(ground: Ground, inspector: Inspector, find_shadow: FindShadow) -> Assembly:
    """Build a line around an inspector, with a place for a shadow beside it."""
    settings, clocks, mm_per_px = ground.settings, ground.clocks, ground.calibration.mm_per_px
    left = left_off(ground.event_log)
    counts_per_mm = settings.web.counts_per_mm
    odometer = Odometer(counts_per_mm=counts_per_mm, start_count=round(left.web_mm * counts_per_mm))
    ring = _ring(settings)
    recorder = Recorder(ground.event_log, ring, stamp=_stamper(clocks, odometer), tell=ground.inbox.put)
    link = _link(ground)
    situation = Situation(now_ns=clocks.mono_ns, record=recorder.record)
    book = _book(ground, left.booked_mm, recorder.record)
    film, camera = _film(settings, ground.inbox.put), ground.hardware.camera
    filmed = FilmedCamera(camera, film) if film else camera
    grabber = Grabber(filmed, tell=ground.inbox.put, now_ns=clocks.mono_ns)
    ahead = Ahead(
        grabber,
        at_once=settings.inference.at_once,
        inspector=lambda: None if situation.held else parts.judge.inspector,
        now_ns=clocks.mono_ns,
    )
    bin_watch = BinWatch(settings.lint.bin_every_s, situation, now_ns=clocks.mono_ns, record=recorder.record)
    eyesight = _eyesight(ground, inspector, situation, recorder.record)
    parts = LoopParts(
        clocks=clocks,
        inbox=ground.inbox,
        grabber=grabber,
        ahead=ahead,
        gate=SorterGate(link, boot_id=lambda: boot_id_of(link), now_ns=clocks.mono_ns),
        recorder=recorder,
        judge=Judge(inspector, overlap_mm=settings.web.overlap_rows * ground.calibration.mm_per_row),
        odometer=odometer,
        numbering=_numbering(ground),
        film=film,
        book=book,
        booking=_booking(ground, book, odometer),
        rolls=_rolls(ground, recorder.record),
        shooter=_shooter(ground, link, odometer, bin_watch.note),
        eyesight=eyesight,
        belt_watch=BeltWatch(situation, counts_per_mm=counts_per_mm, now_ns=clocks.mono_ns),
        bin_watch=bin_watch,
        lint_watch=_lint_watch(ground, eyesight, situation, recorder.record),
        findings=_findings(ground, recorder),
        gathering=Gathering(recorder, mm_per_px=mm_per_px, calibration=lambda: eyesight.calibration),
        shadow=_shadow(ground, find_shadow, recorder),
        situation=situation,
        timing=_timing(settings, ground.geometry.deadline_ms, ground.priorities.policy),
        viewfinder=Viewfinder(mm_per_px=mm_per_px, now_ns=clocks.mono_ns),
        valve_test=ValveTest(link=link, lanes=settings.sorter.lanes, now_ns=clocks.mono_ns),
        lift=lambda inspector: _lift(ground.priorities, ahead, inspector),
        policy=ground.geometry.policy,
        run_id=ground.run_id,
        article=settings.article,
    )
    return Assembly(parts=parts, link=link, ring=ring, left_off=left)


def _booking(ground: Ground, book: WebBook, odometer: Odometer) -> Booking:
    return Booking(
        book,
        odometer,
        frame_counts=ground.geometry.frame_counts,
        pitch_counts=ground.geometry.pitch_counts,
        mm_per_px=ground.calibration.mm_per_px,
    )


def _shadow(ground: Ground, find_shadow: FindShadow, recorder: Recorder) -> Shadow:
    return Shadow(
        find_shadow,
        recorder=recorder,
        mm_per_px=ground.calibration.mm_per_px,
        now_ns=ground.clocks.mono_ns,
        tell=ground.inbox.put,
    )


def _eyesight(
    ground: Ground, inspector: Inspector, situation: Situation, record: Callable[[Body], None]
) -> Eyesight:
    return Eyesight(
        ground.calibration,
        inspector.usual,
        situation,
        patchy=ground.settings.kind == "fibre",
        utc=ground.clocks.utc,
        now_ns=ground.clocks.mono_ns,
        record=record,
    )


def _lint_watch(
    ground: Ground, eyesight: Eyesight, situation: Situation, record: Callable[[Body], None]
) -> LintWatch | None:
    settings = ground.settings
    if settings.kind != "fibre":
        return None
    return LintWatch(
        settings.lint,
        camera_id=ground.calibration.camera_id,
        wants_colour=settings.calibration is not None,
        references=references_of(settings),
        calibration=lambda: eyesight.calibration,
        lamp_file=settings.data_dir / LAMP_FILE,
        situation=situation,
        utc=ground.clocks.utc,
        now_ns=ground.clocks.mono_ns,
        record=record,
    )


def _findings(ground: Ground, recorder: Recorder) -> Findings:
    return Findings(
        recorder,
        mm_per_px=ground.calibration.mm_per_px,
        run_id=ground.run_id,
        clean_share=ground.settings.pictures.clean_sample_share,
        chance=random.Random(ground.run_id),  # replayable: the run's id is in the log
    )


def _lift(priorities: Priorities, ahead: Ahead, inspector: Inspector) -> None:
    """Called by the line's thread: it inspects itself unless others do that for it."""
    own = threading.get_native_id()
    helpers = ahead.thread_ids
    priorities.lift(Rank.DECIDE, own)
    priorities.lift_line([*(helpers or (own,)), *inspector.pool_ids])


def _numbering(ground: Ground) -> Numbering:
    match ground.hardware.placing:
        case Placing.BY_CABLE:
            return ByCable()
        case Placing.BY_COUNT:
            return ByCount()
        case Placing.BY_TIME:
            web = ground.settings.web
            return ByTime(counts_per_s=web.speed_mm_s * web.counts_per_mm)


def _timing(settings: LineSettings, deadline_ms: float, policy: str) -> Timing:
    camera = settings.camera
    return Timing(deadline_ms=deadline_ms, mpx=camera.rows * camera.columns / 1e6, policy=policy)


def _ring(settings: LineSettings) -> PictureRing:
    return PictureRing(
        settings.data_dir / "pictures",
        budget_bytes=round(settings.pictures.budget_mb * MB),
        free_floor_bytes=round(settings.pictures.free_floor_mb * MB),
    )


def _film(settings: LineSettings, tell: Callable[[Message], None]) -> Film | None:
    film = settings.film
    if film is None:
        return None
    return Film(
        settings.data_dir / "film",
        ring_s=film.ring_s,
        budget_bytes=round(film.budget_mb * MB),
        free_floor_bytes=round(film.free_floor_mb * MB),
        tell=tell,
    )


def _stamper(clocks: Clocks, odometer: Odometer) -> Callable[[], Stamp]:
    return lambda: Stamp(utc=clocks.utc(), mono_ns=clocks.mono_ns(), encoder_mm=odometer.now_mm)


def _link(ground: Ground) -> SorterLink:
    inbox, clocks, hardware = ground.inbox, ground.clocks, ground.hardware

    def on_trigger(report: TriggerReport) -> None:
        if hardware.twin is None:  # a simulated camera at a real controller has no cable: this is its cable
            hardware.wire.pulse(report.seq, link.host_ns(report.tick))
        inbox.put(Trigger(report=report, arrived_ns=clocks.mono_ns()))

    def on_state(state: LinkState, why: str) -> None:
        inbox.put(LinkChanged(state=state, why=why, armed_ns=link.armed_ns))

    link = SorterLink(hardware.transport, now_ns=clocks.mono_ns, on_trigger=on_trigger, on_state=on_state)
    hardware.position.follow(link)
    return link


def _book(ground: Ground, booked_mm: float, record: Callable[[Body], None]) -> WebBook:
    counts_per_mm = ground.settings.web.counts_per_mm
    return WebBook(
        counts_per_mm=counts_per_mm,
        start_count=round(booked_mm * counts_per_mm),
        feed=ground.geometry.feed,
        now_ns=ground.clocks.mono_ns,
        record=record,
    )


def _rolls(ground: Ground, record: Callable[[Body], None]) -> Rolls:
    settings = ground.settings
    return Rolls(
        line=settings.line,
        kind=ground.geometry.kind,
        supplier=settings.supplier,
        width_mm=ground.geometry.width_mm,
        length_mm=settings.web.roll_length_m * 1e3,
        event_log=ground.event_log,
        utc=ground.clocks.utc,
        record=record,
    )


def _shooter(ground: Ground, link: SorterLink, odometer: Odometer, record: Callable[[Body], None]) -> Shooter:
    return Shooter(
        link,
        odometer,
        reach=ground.geometry.reach,
        policy=ground.geometry.policy,
        feed=ground.geometry.feed,
        now_ns=ground.clocks.mono_ns,
        record=record,
    )
