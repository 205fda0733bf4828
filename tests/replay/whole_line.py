"""A whole line in this process: learn, lay pictures along the web, run, deliver to a plant."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from datasets.sources import data_root
from service.events import Body, Event
from service.learning import learn_folder
from service.line.event_log import read_events
from service.line.main import run_line
from service.plant.plant import Plant
from service.settings import (
    AcceptanceSettings,
    LineAccess,
    LineSettings,
    PictureSettings,
    PlaceSettings,
    PlantSettings,
    PolicySettings,
    RealtimeSettings,
    ReplayCameraSettings,
    ShiftSettings,
    SorterSettings,
    WebSettings,
)

B = TypeVar("B", bound=Body)
MM_PER_PX = 0.2  # the sets don't say; any fixed scale serves
PLACE = PlaceSettings(enterprise="mill", site="one", area="inspection")
DATA = data_root(os.environ, Path(__file__).parents[2])


def real_set(name: str) -> Path:
    """A folder of real pictures; skips the test where it is absent."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"real pictures are not here ({folder}); set MAQTA_DATA to the folder that holds {name}")
    return folder


def folder_of(pictures: Sequence[Path], folder: Path) -> Path:
    """Lay pictures in a folder in the given order."""
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        (folder / f"{number:04d}_{picture.name}").symlink_to(picture.resolve())
    return folder


def learn(pictures: Sequence[Path], article: str, home: Path) -> None:
    """Learn an article into the registry of `home`."""
    learn_folder(
        good=folder_of(pictures, home / "good" / article),
        article=article,
        mm_per_px=MM_PER_PX,
        material="fabric",
        registry_dir=home / "registry",
        activate=True,
        demo=False,
        created_utc=datetime.now(UTC),
        progress=lambda text: None,
    )


def replay_settings(
    home: Path, line: str, article: str, folder: Path, *, columns: int, rows: int, speed_mm_s: float
) -> LineSettings:
    """A fabric line over a folder of pictures, its microcontroller the twin."""
    return LineSettings(
        line=line,
        kind="fabric",
        article=article,
        data_dir=home / "lines" / line,
        registry_dir=home / "registry",
        place=PLACE,
        camera=ReplayCameraSettings(
            driver="replay",
            folder=folder,
            mm_per_px=MM_PER_PX,
            columns=columns,
            rows=rows,
            loop=False,
            demo=False,
        ),
        web=WebSettings(speed_mm_s=speed_mm_s, counts_per_mm=20.0, roll_length_m=100.0),
        sorter=SorterSettings(
            port="twin", baud=500000, distance_mm=500.0, latency_ms=10.0, lanes=1, margin_mm=5.0
        ),
        policy=PolicySettings(on_failed="mark", mark_unsure=False),
        pictures=PictureSettings(budget_mb=100.0, free_floor_mb=10.0, clean_sample_share=0.1),
        threads=2,
        realtime=RealtimeSettings(policy="normal"),  # run_line() would raise the whole test process
    )


@dataclass(frozen=True)
class Run:
    """What a line left behind."""

    settings: LineSettings
    log: Path
    events: tuple[Event, ...]

    def bodies(self, kind: type[B]) -> list[B]:
        """All events of one kind, in order."""
        return [event.body for event in self.events if isinstance(event.body, kind)]


def run_recording(settings: LineSettings) -> Run:
    """Run a line until its recording ends."""
    assert run_line(settings, threading.Event()) == 0
    log = settings.data_dir / "events.sqlite"
    return Run(settings, log, tuple(read_events(log)))


def plant_of(home: Path, lines: Sequence[str]) -> Plant:
    """An empty plant for these lines."""
    settings = PlantSettings(
        enterprise=PLACE.enterprise,
        site=PLACE.site,
        data_dir=home / "plant",
        registry_dir=home / "registry",
        host="127.0.0.1",
        port=0,
        time_zone="UTC",
        lines=[LineAccess(line=line, token_file=home / f"{line}.token") for line in lines],
        shifts=[ShiftSettings(name="A", start="00:00")],
        acceptance=AcceptanceSettings(first_points_per_100_m2=28.0, second_points_per_100_m2=48.0),
    )
    return Plant.open(settings, lambda: datetime.now(UTC))
