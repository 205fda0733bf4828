"""Things that several tests of the line need."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import httpx
import pytest

from datasets.synthesis.camera import RenderedCamera
from datasets.synthesis.cloth import ClothScene
from datasets.synthesis.demo import demo_cloth
from datasets.synthesis.lint import LintScene, LintStyle
from datasets.synthesis.scene import Scene
from firmware_bridge.config import SorterConfig
from firmware_bridge.transport import SerialTransport
from firmware_bridge.twin import McuTwin
from service.event_terms import LineState
from service.events import AlarmRaised, Body, Stamp, Tenant
from service.line.cameras import Placing
from service.line.event_log import Draft, EventLog, read_events
from service.line.hardware import Hardware
from service.line.line import Line
from service.line.position import WebPosition
from service.settings import (
    LineSettings,
    PictureSettings,
    PlaceSettings,
    PolicySettings,
    RealtimeSettings,
    SorterSettings,
    WebSettings,
)
from service.settings import RenderedCamera as RenderedCameraSettings
from vision.cameras.base import Camera
from vision.cameras.cable import SoftwareCable
from vision.cameras.wire import TriggerWire
from vision.learn import learn_from_arrays
from vision.parity import write_parity
from vision.parity_check import check_parity
from vision.registry import Registry
from vision.taxonomy import DefectKind
from vision.types import MmBox

BodyType = TypeVar("BodyType", bound=Body)
TENANT = Tenant(enterprise="mill", site="one", area="weaving", line="loom-1")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class FakeClock:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def now_ns(self) -> int:
        return self.ns

    def pass_s(self, seconds: float) -> None:
        self.ns += round(seconds * 1e9)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tenant() -> Tenant:
    return TENANT


@pytest.fixture
def event_log(tmp_path: Path) -> Iterator[EventLog]:
    log = EventLog(tmp_path / "line", tenant=TENANT, demo=True)
    yield log
    log.close()


@pytest.fixture
def draft() -> Callable[[str], Draft]:
    def make(code: str) -> Draft:
        return Draft(
            stamp=Stamp(utc=NOON, mono_ns=1, encoder_mm=0.0), body=AlarmRaised(code=code, detail="a test")
        )

    return make


COLUMNS = {"fabric": 256, "fibre": 256}
ROWS = {"fabric": 128, "fibre": 64}
MM_PER_PX = {"fabric": 0.4, "fibre": 0.8}  # frames of 51.2 mm
ARTICLE = {"fabric": "test-twill", "fibre": "test-lint"}
PLANTED = {
    "fabric": [DefectKind.HOLE],
    "fibre": [DefectKind.JUTE, DefectKind.BARK],
}  # what a recipe learnt from little finds for certain: these tests are of the line, not of vision


def scene_of(kind: Literal["fabric", "fibre"], *, seed: int, rate_per_m2: float) -> Scene:
    columns, mm_per_px = COLUMNS[kind], MM_PER_PX[kind]
    if kind == "fabric":
        return ClothScene(
            demo_cloth(columns, mm_per_px),
            columns=columns,
            mm_per_px=mm_per_px,
            seed=seed,
            defect_rate_per_m2=rate_per_m2,
            defect_kinds=PLANTED[kind],
        )
    return LintScene(
        LintStyle(),
        columns=columns,
        mm_per_px=mm_per_px,
        seed=seed,
        defect_rate_per_m2=rate_per_m2,
        defect_kinds=PLANTED[kind],
    )


def _learnt(kind: Literal["fabric", "fibre"], folder: Path) -> Path:
    scene = scene_of(kind, seed=7001, rate_per_m2=0.0)
    images = [scene.render(number * ROWS[kind], ROWS[kind]) for number in range(8)]
    bundle = learn_from_arrays(
        images,
        article=ARTICLE[kind],
        mm_per_px=MM_PER_PX[kind],
        material=kind,
        out_dir=folder / "learnt",
        demo=True,
        created_utc=NOON,
        progress=lambda text: None,
    )
    write_parity(bundle, check_parity(bundle, images, threads=1))
    registry = Registry(folder / "registry")
    registry.activate(ARTICLE[kind], registry.add(bundle))
    return folder / "registry"


@pytest.fixture(scope="session")
def fabric_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _learnt("fabric", tmp_path_factory.mktemp("fabric"))


@pytest.fixture(scope="session")
def fibre_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _learnt("fibre", tmp_path_factory.mktemp("fibre"))


def line_settings(
    kind: Literal["fabric", "fibre"], folder: Path, registry: Path, **changes: object
) -> LineSettings:
    settings = LineSettings(
        line="loom-1",
        kind=kind,
        article=ARTICLE[kind],
        data_dir=folder / "line",
        registry_dir=registry,
        place=PlaceSettings(enterprise="mill", site="one", area="weaving"),
        camera=RenderedCameraSettings(
            driver="rendered",
            mm_per_px=MM_PER_PX[kind],
            columns=COLUMNS[kind],
            rows=ROWS[kind],
            seed=5,
            defect_rate_per_m2=60.0,
        ),
        web=WebSettings(
            speed_mm_s=800.0,
            counts_per_mm=10.0,
            roll_length_m=1.0,
            feed_kg_per_m2=0.4 if kind == "fibre" else 0.0,
        ),
        sorter=SorterSettings(
            port="twin",
            baud=500000,
            distance_mm=600.0,
            latency_ms=10.0,
            lanes=4 if kind == "fibre" else 1,
            margin_mm=5.0,
        ),
        policy=PolicySettings(on_failed="mark", mark_unsure=False),
        pictures=PictureSettings(budget_mb=20.0, free_floor_mb=0.0, clean_sample_share=0.1),
        realtime=RealtimeSettings(policy="normal"),  # run_line() would raise the whole test process
    )
    return replace(settings, **changes)


@pytest.fixture
def fabric_settings(fabric_registry: Path, tmp_path: Path) -> Callable[..., LineSettings]:
    return lambda **changes: line_settings("fabric", tmp_path, fabric_registry, **changes)


@pytest.fixture
def fibre_settings(fibre_registry: Path, tmp_path: Path) -> Callable[..., LineSettings]:
    return lambda **changes: line_settings("fibre", tmp_path, fibre_registry, **changes)


@pytest.fixture
def scene() -> Callable[..., Scene]:
    """The rendered web that the lines of these tests look at."""
    return lambda kind: scene_of(kind, seed=5, rate_per_m2=60.0)


@pytest.fixture
def planted() -> Callable[..., list[MmBox]]:
    """Where the rendered line's flaws lie on the web, up to a length."""

    def find(kind: Literal["fabric", "fibre"], length_mm: float) -> list[MmBox]:
        scale = MM_PER_PX[kind]
        scene = scene_of(kind, seed=5, rate_per_m2=60.0)
        flaws = [flaw.box for flaw in scene.truth(0, int(length_mm / scale))]
        return [
            MmBox(x0=box.x0 * scale, y0=box.y0 * scale, x1=box.x1 * scale, y1=box.y1 * scale) for box in flaws
        ]

    return find


@dataclass
class Rig:
    """A line with simulated hardware that a test can reach into."""

    line: Line
    twin: McuTwin
    settings: LineSettings

    def bodies(self) -> list[Body]:
        return [event.body for event in read_events(self.line.event_log_path)]

    def of(self, kind: type[BodyType]) -> list[BodyType]:
        return [body for body in self.bodies() if isinstance(body, kind)]

    def wait_for(self, true: Callable[[], bool], timeout_s: float = 20.0) -> None:
        end_s = time.monotonic() + timeout_s
        while not true():
            if time.monotonic() > end_s:
                pytest.fail(f"did not happen within {timeout_s} s; {self.line.status().text()}")
            time.sleep(0.01)

    def wait_web(self, mm: float) -> None:
        """Wait until the line has booked so much web."""
        self.wait_for(lambda: self.line.status().web_mm >= mm)

    def wait_state(self, state: LineState) -> None:
        self.wait_for(lambda: self.line.status().state is state)


@pytest.fixture
def make_rig() -> Iterator[Callable[..., Rig]]:
    """Build lines; each is stopped when the test ends."""
    made: list[Rig] = []

    def make(
        settings: LineSettings,
        *,
        camera: Callable[[TriggerWire], Camera] | None = None,
        plant_transport: httpx.BaseTransport | None = None,
        placing: Placing = Placing.BY_CABLE,
        cable: Callable[[], SoftwareCable] | None = None,
        position: WebPosition | None = None,
    ) -> Rig:
        wire = TriggerWire()
        twin = McuTwin(
            speed_mm_s=settings.web.speed_mm_s,
            counts_per_mm=settings.web.counts_per_mm,
            on_expose=lambda seq, count: wire.pulse(seq, time.monotonic_ns()),
            config=SorterConfig(
                heartbeat_ms=5000
            ),  # a busy machine may hold the host back for longer than 250 ms
        )
        seen = camera(wire) if camera else rendered(settings, wire)
        hardware = Hardware(
            camera=seen,
            placing=placing,
            cable=cable() if cable else None,
            position=position or WebPosition(),
            wire=wire,
            twin=twin,
            transport=lambda: SerialTransport(twin.port, baud=settings.sorter.baud),
        )
        rig = Rig(
            line=Line(settings, hardware=hardware, plant_transport=plant_transport),
            twin=twin,
            settings=settings,
        )
        made.append(rig)
        return rig

    yield make
    for rig in made:
        rig.line.stop()


def rendered(settings: LineSettings, wire: TriggerWire) -> Camera:
    scene = scene_of(settings.kind, seed=5, rate_per_m2=60.0)
    return RenderedCamera(
        scene,
        wire,
        rows=ROWS[settings.kind],
        camera_id="loom-1-1",
        overlap_rows=settings.web.overlap_rows,
    )


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for what is there to be found."""
    monkeypatch.setattr("service.line.situation.START_GRACE_S", 1.0)
