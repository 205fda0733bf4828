"""What the line says of itself while somebody looks: read from its parts, without stopping any of them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from firmware_bridge.link import SorterLink
from service.line.health import LineStatus
from service.line.parts import LoopParts
from service.line.pictures import PictureRing
from service.line_now import CameraNow, DiskNow, LineNow, SorterNow, StageNow
from service.settings import LineSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfReport:
    """Used by the uplink's thread."""

    settings: LineSettings
    parts: LoopParts
    link: SorterLink
    ring: PictureRing
    status: Callable[[], LineStatus]
    software: str
    started_utc: datetime

    def now(self) -> LineNow:
        """The line as it is now; a preview comes with it where a frame was judged since the last one."""
        self.parts.viewfinder.want()
        status, timing = self.status(), self.parts.timing
        return LineNow(
            utc=self.parts.clocks.utc(),
            started_utc=self.started_utc,
            state=status.state,
            cause=status.cause,
            article=status.article,
            software=self.software,
            speed_mm_s=status.speed_mm_s,
            web_mm=status.web_mm,
            inspected_mm=status.inspected_mm,
            not_inspected_mm=status.not_inspected_mm,
            deadline_misses=status.deadline_misses,
            events_waiting=status.events - status.events_forwarded,
            events_lost=status.events_lost,
            pictures_not_kept=status.pictures_not_kept,
            deadline_ms=timing.deadline_ms,
            stages=self._stages(),
            sorter=self._sorter(),
            camera=self._camera(status),
            disk=self._disk(),
            preview=self.parts.viewfinder.take(),
        )

    def _stages(self) -> tuple[StageNow, ...]:
        report = self.parts.timing.last_minute
        if report is None:
            return ()
        return tuple(
            StageNow(
                stage=stage.stage,
                p50_ms=stage.p50_ms,
                p99_ms=stage.p99_ms,
                max_ms=stage.max_ms,
                late=stage.late,
            )
            for stage in report.stages
            if stage.frames
        )

    def _sorter(self) -> SorterNow:
        link, status = self.link, self.link.status
        counters = status.counters if status is not None else None
        lanes = self.settings.sorter.lanes
        return SorterNow(
            state=link.state.value,
            firmware=".".join(map(str, link.welcome.firmware)) if link.welcome is not None else "",
            lanes=lanes,
            scheduled=counters.scheduled if counters else 0,
            refused=counters.refused if counters else 0,
            started=counters.started if counters else 0,
            dropped=counters.dropped if counters else 0,
            cut=counters.cut if counters else 0,
            bad_frames=link.counters.bad_frames + (counters.bad_frames if counters else 0),
            connections=link.counters.connections,
            disarms=self.parts.gate.disarms,
            duty=self.parts.shooter.duty(lanes),
        )

    def _camera(self, status: LineStatus) -> CameraNow:
        figures = status.picture.figures if status.picture is not None else None
        return CameraNow(
            frames=status.frames,
            shed=status.frames_shed,
            lost=status.frames_lost,
            queue_depth=status.queue_depth,
            last_frame_age_s=status.last_frame_age_s,
            faults=tuple(fault.value for fault in status.picture.faults) if status.picture else (),
            mean_grey=figures.mean_grey if figures else None,
            low_grey=figures.low_grey if figures else None,
            high_grey=figures.high_grey if figures else None,
            saturated_share=figures.saturated_share if figures else None,
            noise_grey=figures.noise_grey if figures else None,
            sharpness=figures.sharpness if figures else None,
            usual_sharpness=self.parts.judge.usual.sharpness,
        )

    def _disk(self) -> DiskNow:
        usage = shutil.disk_usage(self.settings.data_dir)
        film = self.parts.film
        return DiskNow(
            free_bytes=usage.free,
            total_bytes=usage.total,
            pictures_bytes=self.ring.used_bytes,
            pictures_budget_bytes=round(self.settings.pictures.budget_mb * 1e6),
            film_ring_s=film.ring_s if film is not None else None,
        )
