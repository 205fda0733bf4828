"""A plant with people of every role, filled by what two demo lines would deliver; crops are drawn here."""

import hashlib
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import NAMESPACE_OID, uuid5

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from screen_rig import looker_of

from service import events as ev
from service.event_terms import PictureWhy
from service.line.states import state_changed
from service.plant.plant import Plant
from service.plant.views.people import Role
from service.said.codes import Said
from service.said.sayings import say
from service.settings import AcceptanceSettings, LineAccess, PlantSettings, ShiftSettings
from service.web.app import build_app
from service.web.main import run_plant
from service.web.panel.page import Looker
from service.web.sessions import COOKIE

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # 11:00 in Almaty
ORIGIN = "http://plant.test"
PASSWORD = "a long enough one"
LINES = ("loom-1", "opener-1")


def settings_in(folder: Path) -> PlantSettings:
    return PlantSettings(
        enterprise="mill",
        site="north",
        data_dir=folder / "plant",
        registry_dir=folder / "registry",
        host="127.0.0.1",
        port=0,
        time_zone="Asia/Almaty",
        lines=[LineAccess(line=line, token_file=folder / f"{line}.token") for line in LINES],
        shifts=[ShiftSettings(name="A", start="08:00"), ShiftSettings(name="B", start="20:00")],
        acceptance=AcceptanceSettings(first_points_per_100_m2=20.0, second_points_per_100_m2=40.0),
    )


def drawn_crop(seed: int) -> bytes:
    """A plain weave with a dark spot, drawn from nothing but numbers."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:120, 0:160]
    weave = 150 + 30 * np.sin(columns) * np.sin(rows) + rng.normal(0, 6, (120, 160))
    spot = ((columns - 80) / 30) ** 2 + ((rows - 60) / (8 + seed)) ** 2 < 1
    weave[spot] -= 70
    done, data = cv2.imencode(".png", np.clip(weave, 0, 255).astype(np.uint8))
    assert done
    return bytes(data.tobytes())


class DemoLine:
    """Writes events as a line does; `end_utc` is when the last of them happens."""

    def __init__(self, line: str, end_utc: datetime) -> None:
        self.line, self.end_utc, self.events = line, end_utc, list[ev.Event]()

    def add(self, body: ev.Body, *, before_s: float = 0.0) -> None:
        seq = len(self.events) + 1
        self.events.append(
            ev.Event(
                id=str(uuid5(NAMESPACE_OID, f"{self.line}/{seq}")),
                schema_version=ev.SCHEMA_VERSION,
                log_id=str(uuid5(NAMESPACE_OID, self.line)),
                seq=seq,
                tenant=ev.Tenant(enterprise="mill", site="north", area="demo", line=self.line),
                stamp=ev.Stamp(utc=self.end_utc - timedelta(seconds=before_s), mono_ns=seq, encoder_mm=0.0),
                demo=True,
                body=body,
            )
        )

    def json(self) -> bytes:
        return ev.EVENTS_CODEC.dump_json(self.events)


def span(from_mm: float, to_mm: float, *, roll: str | None, lot: str | None, fed_kg: float) -> ev.Body:
    return ev.SpanInspected(
        roll_id=roll,
        lot_id=lot,
        from_mm=from_mm,
        to_mm=to_mm,
        inspected_width_mm=1500.0,
        frames=20,
        clean=18,
        defective=2,
        unsure=0,
        deadline_misses=0,
        capture_to_decision_ms_max=21.0,
        stage_ms={"infer": 9.0},
        fed_kg=fed_kg,
    )


def defect(
    number: int, y_mm: float, kind: str, sha256: str | None, *, roll: str | None, lot: str | None
) -> ev.Body:
    return ev.DefectFound(
        defect_id=str(uuid5(NAMESPACE_OID, f"{roll}{lot}/{number}")),
        roll_id=roll,
        lot_id=lot,
        defect_kind=kind,
        score=0.8,
        x0_mm=300.0,
        y0_mm=y_mm,
        x1_mm=330.0,
        y1_mm=y_mm + 100.0,
        area_mm2=900.0,
        length_mm=100.0,
        unsure=False,
        frames=1,
        bundle_id="b0",
        picture_sha256=sha256,
    )


def kept(sha256: str, data: bytes) -> ev.Body:
    return ev.PictureKept(
        sha256=sha256, media_type="image/png", bytes=len(data), why=PictureWhy.DEFECT, roll_id=None,
        lot_id=None, web_mm=0.0, x0_mm=0.0, mm_per_px=0.3, frame_seq=1, score=0.8,
    )  # fmt: skip


KINDS = ("oil_spot", "broken_end", "hole", "thin_bar", "knot", "unknown")


def loom_events(end_utc: datetime, pictures: dict[str, bytes]) -> DemoLine:
    """One open roll of 10 m with six defects of 100 mm (2 points each) and half a metre not inspected."""
    line = DemoLine("loom-1", end_utc)
    line.add(
        ev.LineStarted(
            line_kind=ev.LineKind.FABRIC, article="plain weave", bundle_id="b0", software="0.1",
            web_width_mm=1500.0,
        ),
        before_s=30,
    )  # fmt: skip
    line.add(ev.StateChanged(state=ev.LineState.RUNNING, cause=""), before_s=29)
    line.add(
        ev.RollStarted(roll_id="roll-1", name="R-0001", article="plain weave", width_mm=1500.0, start_mm=0.0),
        before_s=28,
    )
    line.add(span(0, 5000, roll="roll-1", lot=None, fed_kg=0), before_s=6)
    line.add(
        ev.SpanNotInspected(
            roll_id="roll-1", lot_id=None, from_mm=5000, to_mm=5500,
            reason=ev.NotInspectedReason.CAMERA_GONE, detail="",
        ),
        before_s=5,
    )  # fmt: skip
    hashes = list(pictures)
    for number, kind in enumerate(KINDS):
        sha256 = hashes[number % len(hashes)]
        line.add(kept(sha256, pictures[sha256]), before_s=4)
        line.add(defect(number, 1000.0 * number + 200, kind, sha256, roll="roll-1", lot=None), before_s=4)
    line.add(span(5500, 10_000, roll="roll-1", lot=None, fed_kg=0), before_s=0)
    return line


def opener_events(end_utc: datetime) -> DemoLine:
    """One lot: 100 kg fed, one shot that ejected 0.5 kg of which 0.4 kg were good fibre; the line is held."""
    line = DemoLine("opener-1", end_utc)
    line.add(
        ev.LineStarted(
            line_kind=ev.LineKind.FIBRE, article="lint", bundle_id="b1", software="0.1", web_width_mm=1500.0
        ),
        before_s=30,
    )
    line.add(
        ev.LotStarted(lot_id="lot-1", name="L-0001", article="lint", supplier="", start_mm=0.0), before_s=20
    )
    line.add(span(0, 10_000, roll=None, lot="lot-1", fed_kg=100.0), before_s=5)
    line.add(defect(1, 700.0, "pp_colour", None, roll=None, lot="lot-1"), before_s=5)
    line.add(
        ev.ShotAnswered(
            command_id="shot-1", roll_id=None, lot_id="lot-1", actuator=ev.Actuator.VALVE, lane=2,
            from_mm=690.0, to_mm=810.0, fate=ev.ShotFate.SCHEDULED, detail="", margin_ms=12.0,
            ejected_kg=0.5, good_fibre_kg=0.4,
        ),
        before_s=4,
    )  # fmt: skip
    line.add(ev.AlarmRaised(code="camera_gone", detail="no frame for 4 s"), before_s=1)
    line.add(state_changed(ev.LineState.HELD, say(Said.NO_FRAMES, seconds=4.0)), before_s=0)
    return line


def fill(plant: Plant, pictures: dict[str, bytes]) -> None:
    plant.ingest("loom-1", loom_events(NOW, pictures).events)
    plant.ingest("opener-1", opener_events(NOW).events)
    for sha256, data in pictures.items():
        plant.put_picture("loom-1", sha256, data, "image/png")


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    drawn = [drawn_crop(seed) for seed in range(4)]
    return {hashlib.sha256(data).hexdigest(): data for data in drawn}


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory, pictures: dict[str, bytes]) -> Path:
    """A plant's folder with data and one person a role (login = role), made once: argon2 takes time."""
    folder = tmp_path_factory.mktemp("filled")
    plant = Plant.open(settings_in(folder), lambda: NOW)
    try:
        fill(plant, pictures)
        for role in Role:
            plant.people.create(role.value, PASSWORD + " first", role, "test")
            plant.people.change_password(role.value, PASSWORD + " first", PASSWORD)
        plant.people.create("newcomer", PASSWORD, Role.VIEWER, "test")
    finally:
        plant.close()
    return folder


@pytest.fixture(scope="module")
def filled_copy(
    filled_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[PlantSettings, Callable[[], datetime]]:
    """Settings over a copy of the filled folder for a whole module, and its clock."""
    folder = tmp_path_factory.mktemp("module") / "copy"
    shutil.copytree(filled_folder, folder)
    return settings_in(folder), lambda: NOW


@pytest.fixture
def settings(filled_folder: Path, tmp_path: Path) -> PlantSettings:
    folder = tmp_path / "copy"
    shutil.copytree(filled_folder, folder)
    return settings_in(folder)


@pytest.fixture
def plant(settings: PlantSettings) -> Iterator[Plant]:
    opened = Plant.open(settings, lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def app(plant: Plant, settings: PlantSettings) -> FastAPI:
    return build_app(plant, settings, now=lambda: NOW)


@pytest.fixture
def looker(app: FastAPI) -> Looker:
    """Whoever looks at a screen, in English."""
    return looker_of(app)


@pytest.fixture
def tokens(settings: PlantSettings) -> dict[str, str]:
    return {access.line: access.token_file.read_text().strip() for access in settings.lines}


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the panel's own address, nobody logged in."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as browser:
        yield browser


@pytest.fixture
def log_in(app: FastAPI, client: httpx.AsyncClient) -> Callable[[str], object]:
    """Give the browser a role's session; that passwords are asked for is tested by itself."""

    async def as_role(role: str) -> httpx.AsyncClient:
        client.cookies.set(COOKIE, app.state.web.sessions.start(role), domain="plant.test", path="/")
        return client

    return as_role


@dataclass(frozen=True, kw_only=True)
class Served:
    """A plant process that runs in this one, on a free port of the loopback."""

    url: str
    admin_password: str
    tokens: dict[str, str]
    announced: list[str]


@pytest.fixture(scope="module")  # NiceGUI serves the newest application of a process only
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole plant process with fresh events; stops with exit code 0, or the teardown fails."""
    folder = tmp_path_factory.mktemp("served")
    settings = settings_in(folder)
    announced: list[str] = []
    codes: list[int] = []
    stop = threading.Event()
    runs = threading.Thread(target=lambda: codes.append(run_plant(settings, stop, announced.append)))
    runs.start()
    try:
        wait_until(lambda: len(announced) == 2 or not runs.is_alive())
        url = re.search(r"http://127\.0\.0\.1:\d+", announced[0])
        password = re.search(r"password (\S+)", announced[1])
        assert url is not None
        assert password is not None
        yield Served(
            url=url.group(),
            admin_password=password.group(1),
            tokens={access.line: access.token_file.read_text().strip() for access in settings.lines},
            announced=announced,
        )
    finally:
        stop.set()
        runs.join(20)
    assert codes == [0]


def wait_until(happened: Callable[[], bool], within_s: float = 30.0) -> None:
    end_s = monotonic() + within_s
    while not happened():
        assert monotonic() < end_s, f"nothing happened within {within_s} s"
        sleep(0.02)


@pytest.fixture(scope="module")  # NiceGUI serves the newest application of a process only
def filled_panel(served: Served, pictures: dict[str, bytes]) -> Served:
    """The served plant after two lines delivered a moment ago, and admin chose a password."""
    now = datetime.now(UTC)
    with httpx.Client(base_url=served.url, headers={"Origin": served.url}) as http:
        for line in (loom_events(now, pictures), opener_events(now)):
            headers = {"Authorization": f"Bearer {served.tokens[line.line]}"}
            answer = http.post("/api/v1/ingest/events", content=line.json(), headers=headers)
            assert answer.status_code == 200, answer.text
        headers = {"Authorization": f"Bearer {served.tokens['loom-1']}", "Content-Type": "image/png"}
        for sha256, data in pictures.items():
            assert http.put(f"/api/v1/pictures/{sha256}", content=data, headers=headers).status_code == 204
        form = {"login": "admin", "password": served.admin_password}
        assert http.post("/login", data=form).headers["location"] == "/password"
        change = {"old_password": served.admin_password, "new_password": PASSWORD}
        assert http.post("/password", data=change).headers["location"] == "/"
    return served


@pytest.fixture
def admin_page(filled_panel: Served) -> Iterator[httpx.Client]:
    """A browser without scripts, logged in as admin through the form."""
    with httpx.Client(base_url=filled_panel.url, headers={"Origin": filled_panel.url}) as http:
        assert http.post("/login", data={"login": "admin", "password": PASSWORD}).status_code == 303
        yield http


@pytest.fixture
def loom_batch(pictures: dict[str, bytes]) -> Callable[[], DemoLine]:
    """The events that the loom delivered; each call gives the same ones."""
    return lambda: loom_events(NOW, pictures)


@pytest.fixture
def new_find(pictures: dict[str, bytes]) -> ev.Event:
    """One more defect of the loom, with a picture that the plant holds."""
    line = loom_events(NOW, pictures)
    line.add(defect(99, 9000.0, "hole", next(iter(pictures)), roll="roll-1", lot=None))
    return line.events[-1]


@pytest.fixture
def loom_state(pictures: dict[str, bytes]) -> Callable[..., bytes]:
    """One more event of the loom, or a later one: it goes on, but something is wrong."""

    def degraded(cause: str, later: int = 0) -> bytes:
        line = loom_events(datetime.now(UTC), pictures)
        for _ in range(1 + later):
            line.add(ev.StateChanged(state=ev.LineState.DEGRADED, cause=cause))
        return ev.EVENTS_CODEC.dump_json(line.events[-1:])

    return degraded
