"""A plant in a temporary folder, a clock that tests move, and logs that write events as a line does."""

import shutil
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import postgres_cluster
import pytest
from sqlalchemy import create_engine, text

from service import events as ev
from service.event_terms import PictureWhy
from service.plant.ledger.opening import DATABASE_FILE
from service.plant.plant import Plant
from service.plant.store.database import Database, sqlite_url
from service.settings import AcceptanceSettings, LineAccess, PlantSettings, ShiftSettings
from service.shadow_events import VerdictPair

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)  # a Monday, 11:00 in Almaty


class Clock:
    """The plant's clock; it moves when a test says so."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def pass_s(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Log:
    """Writes events as a line does: gapless seq, one event a second unless told otherwise."""

    def __init__(self, line: str = "loom-1", log_id: str = "log-a", **tenant: str) -> None:
        self.log_id, self.seq, self.at_s = log_id, 0, 0.0
        self.tenant = ev.Tenant(
            **({"enterprise": "mill", "site": "north", "area": "weaving"} | tenant), line=line
        )
        self.demo = False

    def add(self, body: Any, *, encoder_mm: float = 0.0, step_s: float = 1.0) -> ev.Event:
        self.seq += 1
        self.at_s += step_s
        stamp = ev.Stamp(
            utc=START + timedelta(seconds=self.at_s), mono_ns=int(self.at_s * 1e9), encoder_mm=encoder_mm
        )
        return ev.Event(
            id=str(uuid5(NAMESPACE_OID, f"{self.log_id}/{self.seq}")),
            schema_version=ev.SCHEMA_VERSION,
            log_id=self.log_id,
            seq=self.seq,
            tenant=self.tenant,
            stamp=stamp,
            demo=self.demo,
            body=body,
        )

    def started(self, kind: str = "fabric", article: str = "greige", width_mm: float = 1500.0) -> ev.Event:
        return self.add(
            ev.LineStarted(
                line_kind=ev.LineKind(kind),
                article=article,
                bundle_id="b0",
                software="0.1",
                web_width_mm=width_mm,
            )
        )

    def state(self, state: str, cause: str = "") -> ev.Event:
        return self.add(ev.StateChanged(state=ev.LineState(state), cause=cause))

    def stopped(self) -> ev.Event:
        return self.add(
            ev.LineStopped(cause="asked", encoder_length_mm=0, inspected_mm=0, not_inspected_mm=0)
        )

    def roll_started(self, roll_id: str = "r1", start_mm: float = 0.0, width_mm: float = 1500.0) -> ev.Event:
        return self.add(
            ev.RollStarted(
                roll_id=roll_id,
                name=roll_id.upper(),
                article="greige",
                width_mm=width_mm,
                start_mm=start_mm,
            )
        )

    def roll_ended(self, roll_id: str = "r1", end_mm: float = 100_000.0) -> ev.Event:
        return self.add(ev.RollEnded(roll_id=roll_id, end_mm=end_mm))

    def lot_started(self, lot_id: str = "l1") -> ev.Event:
        return self.add(
            ev.LotStarted(lot_id=lot_id, name=lot_id.upper(), article="lint", supplier="farm", start_mm=0)
        )

    def span(
        self, from_mm: float, to_mm: float, *, roll: str | None = "r1", lot: str | None = None, **more: Any
    ) -> ev.Event:
        values: dict[str, Any] = {
            "inspected_width_mm": 1500.0,
            "frames": 10,
            "clean": 10,
            "defective": 0,
            "unsure": 0,
            "deadline_misses": 0,
            "capture_to_decision_ms_max": 20.0,
            "stage_ms": {"infer": 5.0},
        }
        body = ev.SpanInspected(roll_id=roll, lot_id=lot, from_mm=from_mm, to_mm=to_mm, **(values | more))
        return self.add(body, encoder_mm=to_mm)

    def missed(
        self,
        from_mm: float,
        to_mm: float,
        reason: str = "frame_lost",
        *,
        roll: str | None = "r1",
        lot: str | None = None,
        fed_kg: float = 0.0,
    ) -> ev.Event:
        body = ev.SpanNotInspected(
            roll_id=roll,
            lot_id=lot,
            from_mm=from_mm,
            to_mm=to_mm,
            reason=ev.NotInspectedReason(reason),
            detail="",
            fed_kg=fed_kg,
        )
        return self.add(body, encoder_mm=to_mm)

    def defect(
        self,
        defect_id: str,
        y_mm: float,
        length_mm: float = 50.0,
        *,
        height_mm: float = 10.0,
        kind: str = "stain",
        roll: str | None = "r1",
        lot: str | None = None,
        unsure: bool = False,
        picture: str | None = None,
    ) -> ev.Event:
        return self.add(
            ev.DefectFound(
                defect_id=defect_id,
                roll_id=roll,
                lot_id=lot,
                defect_kind=kind,
                score=0.9,
                x0_mm=100.0,
                y0_mm=y_mm,
                x1_mm=150.0,
                y1_mm=y_mm + height_mm,
                area_mm2=100.0,
                length_mm=length_mm,
                unsure=unsure,
                frames=1,
                bundle_id="b0",
                picture_sha256=picture,
            ),
            encoder_mm=y_mm,
        )

    def judged(self, command_id: str, *, lot: str | None = "l1", roll: str | None = None) -> ev.Event:
        shot = ev.OrderedShot(
            command_id=command_id, actuator=ev.Actuator.VALVE, lane=2, from_mm=10, to_mm=20, rule="eject"
        )
        return self.add(
            ev.FrameJudged(
                roll_id=roll,
                lot_id=lot,
                camera_id="c",
                frame_seq=1,
                source="",
                web_start_mm=0,
                web_end_mm=100,
                verdict="defective",
                score=0.9,
                reason="",
                defects=(),
                rule="eject",
                shots=(shot,),
                bundle_id="b0",
                picture_sha256=None,
            )
        )

    def answered(
        self,
        command_id: str,
        fate: str = "scheduled",
        *,
        ejected_kg: float = 0.0,
        good_fibre_kg: float = 0.0,
        lot: str | None = "l1",
        roll: str | None = None,
    ) -> ev.Event:
        return self.add(
            ev.ShotAnswered(
                command_id=command_id,
                roll_id=roll,
                lot_id=lot,
                actuator=ev.Actuator.VALVE,
                lane=2,
                from_mm=10,
                to_mm=20,
                fate=ev.ShotFate(fate),
                detail="",
                margin_ms=5.0,
                ejected_kg=ejected_kg,
                good_fibre_kg=good_fibre_kg,
            )
        )

    def given_up(self, command_id: str, *, lot: str | None = "l1") -> ev.Event:
        return self.add(
            ev.ShotGivenUp(
                command_id=command_id,
                roll_id=None,
                lot_id=lot,
                actuator=ev.Actuator.VALVE,
                lane=2,
                from_mm=10,
                to_mm=20,
                detail="unplugged",
            )
        )

    def alarm(self, code: str, *, raised: bool = True) -> ev.Event:
        return self.add(ev.AlarmRaised(code=code, detail="look") if raised else ev.AlarmCleared(code=code))

    def picture_kept(self, sha256: str) -> ev.Event:
        return self.add(
            ev.PictureKept(
                sha256=sha256,
                media_type="image/png",
                bytes=70,
                why=PictureWhy.DEFECT,
                roll_id=None,
                lot_id=None,
                web_mm=0,
                x0_mm=0,
                mm_per_px=0.3,
                frame_seq=1,
                score=0.9,
            )
        )

    def compared(
        self, *verdicts: tuple[str, str, int], shadow: str = "b2", active: str = "b1", skipped: int = 0
    ) -> ev.Event:
        """What a line says of its shadow: (active's verdict, shadow's, frames) of each pair that occurred."""
        return self.add(
            ev.ShadowCompared(
                article="greige",
                active_bundle_id=active,
                shadow_bundle_id=shadow,
                frames=sum(frames for _, _, frames in verdicts),
                skipped=skipped,
                verdicts=tuple(
                    VerdictPair(active=one, shadow=other, frames=frames) for one, other, frames in verdicts
                ),
            )
        )

    def picture_dropped(self, sha256: str) -> ev.Event:
        return self.add(ev.PictureDropped(sha256=sha256, why=PictureWhy.DEFECT))

    def command_answered(self, command_id: str, outcome: str = "done") -> ev.Event:
        return self.add(
            ev.CommandAnswered(
                command_id=command_id, command="hold", outcome=ev.CommandOutcome(outcome), detail="as asked"
            )
        )


def tiny_png(grey: int) -> bytes:
    """A PNG of one pixel: each grey is another picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, grey]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def plant_settings(folder: Path) -> PlantSettings:
    lines = ("loom-1", "loom-2", "opener-1")
    return PlantSettings(
        enterprise="mill",
        site="north",
        data_dir=folder / "plant",
        registry_dir=folder / "registry",
        host="127.0.0.1",
        port=0,
        time_zone="Asia/Almaty",
        lines=[LineAccess(line=line, token_file=folder / f"{line}.token") for line in lines],
        shifts=[ShiftSettings(name="A", start="08:00"), ShiftSettings(name="B", start="20:00")],
        acceptance=AcceptanceSettings(first_points_per_100_m2=20.0, second_points_per_100_m2=40.0),
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_log() -> Callable[..., Log]:
    return Log


@pytest.fixture
def png() -> Callable[[int], bytes]:
    return tiny_png


@pytest.fixture
def settings(tmp_path: Path) -> PlantSettings:
    return plant_settings(tmp_path)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating anew for each test takes a quarter of a second."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    Database.open(sqlite_url(path)).close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server with a migrated database `empty` to copy."""
    if because := postgres_cluster.missing():
        pytest.skip(because)
    with tempfile.TemporaryDirectory(prefix="maqta-pg-") as folder:  # short path: it holds a socket
        Path(folder).chmod(0o755)
        with postgres_cluster.cluster(Path(folder) / "pg", fsync=False) as url:
            run_on(url, "CREATE DATABASE empty")
            Database.open(url.replace("/postgres?", "/empty?")).close()
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[str]:
    """An empty migrated database of each kind that the plant runs on."""
    if request.param == "sqlite":
        shutil.copy(empty_database, tmp_path / DATABASE_FILE)
        yield sqlite_url(tmp_path / DATABASE_FILE)
        return
    url = request.getfixturevalue("postgres_url")
    name = f"t{uuid4().hex}"
    run_on(url, f"CREATE DATABASE {name} TEMPLATE empty")
    yield url.replace("/postgres?", f"/{name}?")
    run_on(url, f"DROP DATABASE {name} WITH (FORCE)")


def run_on(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def plant(settings: PlantSettings, clock: Clock, database_url: str) -> Iterator[Plant]:
    settings.data_dir.mkdir(parents=True)
    opened = Plant.open(replace(settings, database_url=database_url), clock)
    yield opened
    opened.close()
