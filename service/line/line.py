"""One line, put together from its parts and run in threads of this process."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import uuid4

import httpx

from firmware_bridge.types import BridgeError, LinkDownError
from service.camera_settings import is_demo_camera
from service.event_terms import NotInspectedReason
from service.events import LineStarted, Tenant
from service.line.assembly import Assembly, Ground, assemble
from service.line.calibrating import CalibrationFollower, calibration_of
from service.line.clock import Clocks, system_clocks
from service.line.command_desk import CommandDesk
from service.line.event_log import EventLog
from service.line.geometry import geometry_of
from service.line.hardware import Hardware, build_hardware
from service.line.health import LineStatus
from service.line.inbox import Inbox
from service.line.instruments import build_instruments
from service.line.left_off import BROKEN_OFF, open_article, open_holds, open_material, open_shots
from service.line.loop import LineLoop
from service.line.plant_client import PlantClient, new_folder, remove_folder
from service.line.priority import Priorities, Rank
from service.line.recipes import OpenBundle, active_inspector, bundle_opener, shadow_inspector
from service.line.self_report import SelfReport
from service.line.strips import Strips
from service.line.timing import Timing
from service.line.uplink import Uplink
from service.settings import LineSettings
from vision.calibration import Calibration
from vision.registry import Registry

log = logging.getLogger(__name__)

JOIN_S = 20.0
RECORD_S = 5.0  # the last events get so long to reach the disk
DELIVER_S = 10.0  # and so long to reach the plant


class Line:
    """A line that can be started, watched and stopped."""

    def __init__(
        self,
        settings: LineSettings,
        *,
        hardware: Hardware | None = None,
        clocks: Clocks | None = None,
        priorities: Priorities | None = None,
        plant_transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Build everything, start nothing.

        Raises:
            LogBusyError: the line runs already.
            LineError: settings, recipe or disk can't be used; the message says what to do.
        """
        self._clocks = clocks or system_clocks()
        self._priorities = priorities or Priorities(settings.realtime, threads=inspecting_threads(settings))
        calibration = calibration_of(settings)
        event_log = EventLog(settings.data_dir, tenant=_tenant(settings), demo=is_demo(settings))
        try:
            self._settings = replace(settings, article=open_article(event_log, settings.article))
            self._ground = self._grounded(calibration, event_log, hardware)
            self._assembly = self._assembled()
        except BaseException:
            event_log.close()
            raise
        self._parts = self._assembly.parts
        self._loop = LineLoop(self._parts)
        self._follower = CalibrationFollower(
            self._settings, calibration.version, now_ns=self._clocks.mono_ns, tell=self._ground.inbox.put
        )
        self._uplink = self._build_uplink(plant_transport)
        self._instruments = build_instruments(
            settings.instruments,
            running=lambda: self._parts.rolls.owner,
            last=lambda: self._parts.rolls.last,
            record=self._parts.recorder.record,
            tell=self._ground.inbox.put,
            now_s=lambda: self._clocks.mono_ns() / 1e9,
        )
        self._thread = threading.Thread(target=self._loop.run, name="line", daemon=True)
        self._stopped = False
        self._ended_badly: list[str] = []

    def _grounded(self, calibration: Calibration, event_log: EventLog, hardware: Hardware | None) -> Ground:
        settings = self._settings
        return Ground(
            settings=settings,
            clocks=self._clocks,
            calibration=calibration,
            geometry=geometry_of(settings, calibration),
            hardware=hardware or build_hardware(settings),
            event_log=event_log,
            inbox=Inbox(),
            priorities=self._priorities,
            run_id=str(uuid4()),
        )

    def _assembled(self) -> Assembly:
        settings, calibration = self._settings, self._ground.calibration
        self._registry = Registry(settings.registry_dir)
        self._open_bundle = _opener(settings, lambda: calibration, settings.threads)
        open_shadow = _opener(  # its thread runs the graph itself: at its niceness
            settings, lambda: self._assembly.parts.eyesight.calibration, threads=1
        )
        inspector = active_inspector(self._registry, settings.article, self._open_bundle)
        return assemble(
            self._ground, inspector, lambda article: shadow_inspector(self._registry, article, open_shadow)
        )

    @property
    def event_log_path(self) -> Path:
        """The line's event log."""
        return self._ground.event_log.path

    def follow_calibration(self) -> None:
        """Look for a newer calibration now and then; called by whoever watches the line."""
        self._follower.tick()

    @property
    def running(self) -> bool:
        """Whether the line's thread lives: it ends by itself when a recording ends."""
        return self._thread.is_alive()

    @property
    def failure(self) -> str:
        """Why the line could not go on or end well; empty: it could."""
        return "; ".join(filter(None, (self._loop.failure, *self._ended_badly)))

    def start(self) -> None:
        """Start everything."""
        parts = self._parts
        parts.recorder.start()
        self._record_start()
        self._ground.hardware.start()
        with self._priorities.at(Rank.LINK):  # for the link's thread, and the port's that it starts
            self._assembly.link.start()
        if parts.film is not None:
            parts.film.start()
        parts.grabber.start()
        self._priorities.lift(Rank.GRABBER, parts.grabber.thread_id)
        parts.ahead.start()
        parts.shadow.follow(self._settings.article)
        parts.shadow.start()
        self._priorities.lift(Rank.SHADOW, parts.shadow.thread_id)
        self._thread.start()
        self._instruments.start()
        if self._uplink is not None:
            self._uplink.start()
        log.info(
            "line %s started, article %s; a shot is in time up to %.0f ms after its frame at %g mm/s; %s",
            self._settings.line,
            self._settings.article,
            self._ground.geometry.deadline_ms,
            self._settings.web.speed_mm_s,
            self._priorities.policy,
        )

    def wait(self, timeout_s: float) -> bool:
        """Wait until the line has ended by itself; False when it still runs."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Finish what is in flight, close the book, bring everything to disk, and end all threads.

        Stopping twice is fine, and so is stopping a line that was never started.
        """
        if self._stopped:
            return
        self._stopped = True
        if self._thread.ident is not None:
            self._end_threads()
        self._ground.event_log.close()
        log.info("line %s stopped", self._settings.line)

    def _end_threads(self) -> None:
        self._instruments.stop(JOIN_S)
        self._loop.stop()
        self._thread.join(JOIN_S)
        self._parts.shadow.stop(JOIN_S)
        self._parts.ahead.stop(JOIN_S)
        self._parts.grabber.stop()
        if self._parts.film is not None:
            self._parts.film.stop()
        for stop in (self._assembly.link.stop, self._ground.hardware.stop):
            try:
                stop()
            except BridgeError as error:  # the events must reach the disk all the same
                self._ended_badly.append(str(error))
        self._parts.recorder.flush(RECORD_S)
        if self._uplink is not None:
            self._uplink.stop(DELIVER_S)
        if not self._parts.recorder.stop(RECORD_S):
            self._ended_badly.append("its last events could not be written: free the disk or replace it")

    @property
    def timing(self) -> Timing:
        """How long frames take from their capture to the command."""
        return self._parts.timing

    def status(self) -> LineStatus:
        """How the line is now."""
        parts, counts = self._parts, self._parts.counts
        age_ns = self._clocks.mono_ns() - counts.last_frame_ns
        try:
            speed = self._assembly.link.encoder_speed() / self._settings.web.counts_per_mm
        except LinkDownError:
            speed = 0.0
        return LineStatus(
            line=self._settings.line,
            state=parts.situation.state,
            cause=parts.situation.cause,
            alarms=parts.situation.alarms,
            article=self._loop.article,
            speed_mm_s=speed,
            web_mm=parts.odometer.now_mm,
            inspected_mm=parts.book.inspected_mm,
            not_inspected_mm=parts.book.not_inspected_mm,
            frames=counts.frames,
            frames_shed=parts.grabber.shed,
            frames_lost=parts.booking.lost,
            deadline_misses=counts.deadline_misses,
            queue_depth=parts.grabber.depth,
            last_frame_age_s=age_ns / 1e9 if counts.last_frame_ns else None,
            events=self._ground.event_log.last_seq,
            events_forwarded=self._ground.event_log.forwarded(),
            events_lost=parts.recorder.counts.events_lost,
            defects_unpictured=parts.findings.unpictured,
            picture=parts.eyesight.health,
            calibration=parts.eyesight.calibration.version,
            calibration_expired=parts.eyesight.calibration_expired,
            pictures_not_kept=parts.recorder.counts.pictures_shed + parts.recorder.counts.pictures_failed,
        )

    def _record_start(self) -> None:
        """Say what runs, and close what an earlier run left open."""
        parts, policy = self._parts, self._ground.geometry.policy
        event_log, left = self._ground.event_log, self._assembly.left_off
        for lost in open_shots(event_log, left.web_mm - self._settings.sorter.distance_mm):
            parts.recorder.record(lost)  # before the start: it belongs to the run that ended
        parts.recorder.record(
            LineStarted(
                line_kind=self._ground.geometry.kind,
                article=self._settings.article,
                bundle_id=parts.judge.card.bundle_id,
                software=_software(),
                web_width_mm=self._ground.geometry.width_mm,
                run_id=self._ground.run_id,
                start_mm=left.booked_mm,
                policy=policy,
            )
        )
        for code, cause in open_holds(event_log).items():
            parts.situation.hold(code, cause, alarm=code != "command")
        ended = open_material(event_log, left.web_mm)
        if ended is not None:
            parts.recorder.record(ended)
        parts.book.not_inspected(parts.odometer.now_count, NotInspectedReason.GAP, BROKEN_OFF)
        parts.book.close()

    def _build_uplink(self, transport: httpx.BaseTransport | None) -> Uplink | None:
        settings, ground = self._settings, self._ground
        if settings.uplink is None:
            return None
        client = PlantClient(
            settings.uplink.url,
            token_file=settings.uplink.token_file,
            line=settings.line,
            transport=transport,
        )
        desk = CommandDesk(
            settings.line,
            command_log=ground.event_log,
            registry=self._registry,
            open_bundle=self._open_bundle,
            fetch_bundle=lambda bundle_id: _fetch_bundle(client, self._registry, bundle_id),
            article=lambda: self._loop.article,
            utc=self._clocks.utc,
            tell=ground.inbox.put,
            record=self._parts.recorder.record,
            keep_strip=Strips(
                self._parts.viewfinder,
                self._parts.recorder,
                mm_per_px=ground.calibration.mm_per_px,
                calibration=lambda: self._parts.eyesight.calibration,
            ).keep,
        )
        return Uplink(
            client,
            ground.event_log,
            self._assembly.ring,
            desk,
            now_ns=self._clocks.mono_ns,
            tell=ground.inbox.put,
            say_now=SelfReport(
                settings=settings,
                parts=self._parts,
                link=self._assembly.link,
                ring=self._assembly.ring,
                status=self.status,
                software=_software(),
                started_utc=self._clocks.utc(),
            ).now,
            keep=timedelta(days=settings.uplink.keep_days),
            today=self._clocks.utc,
        )


def inspecting_threads(settings: LineSettings) -> int:
    """How many threads inspect at once, the runtime's own included."""
    return settings.threads * settings.inference.at_once


def is_demo(settings: LineSettings) -> bool:
    """Whether the line sees rendered material."""
    return is_demo_camera(settings.camera)


def _tenant(settings: LineSettings) -> Tenant:
    place = settings.place
    return Tenant(enterprise=place.enterprise, site=place.site, area=place.area, line=settings.line)


def _opener(settings: LineSettings, calibration: Callable[[], Calibration], threads: int) -> OpenBundle:
    return bundle_opener(
        calibration,
        material=settings.kind,
        rows=settings.camera.rows,
        threads=threads,
        provider=settings.inference.provider,
        spin_us=settings.inference.spin_us,
    )


def _fetch_bundle(client: PlantClient, registry: Registry, bundle_id: str) -> Path:
    """Bring a bundle from the plant into the registry."""
    folder = new_folder()
    try:
        registry.add(client.fetch_bundle(bundle_id, folder), by="plant", why="fetched for the line")
    finally:
        remove_folder(folder)
    return registry.find(bundle_id)


def _software() -> str:
    try:
        return f"maqta {version('maqta')}"
    except PackageNotFoundError:
        return "maqta, not installed"
