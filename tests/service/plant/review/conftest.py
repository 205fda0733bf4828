"""A loom that finds defects and keeps pictures, and a desk where nothing is judged twice."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service import events as ev
from service.event_terms import PictureWhy
from service.plant.plant import Plant
from service.plant.review.desk import ReviewDesk


class Loom:
    """Finds defects and keeps pictures of them, and of clean cloth."""

    def __init__(self, plant: Plant, log: Any, png: Callable[[int], bytes]) -> None:
        self.plant, self.log, self.png, self.pictures = plant, log, png, 0
        plant.ingest("loom-1", [log.started(), log.roll_started(), log.span(0, 100_000)])

    def keep(self, why: PictureWhy) -> str:
        data = self.png(self.pictures)
        self.pictures += 1
        sha256 = hashlib.sha256(data).hexdigest()
        kept = ev.PictureKept(
            sha256=sha256, media_type="image/png", bytes=len(data), why=why, roll_id="r1", lot_id=None,
            web_mm=5000.0, x0_mm=100.0, mm_per_px=0.5, frame_seq=1, score=None,
        )  # fmt: skip
        self.plant.ingest("loom-1", [self.log.add(kept)])
        self.plant.put_picture("loom-1", sha256, data, "image/png")
        return sha256

    def find(self, name: str, kind: str = "stain", length_mm: float = 300.0, *, unsure: bool = False) -> None:
        picture = self.keep(PictureWhy.DEFECT)
        found = self.log.defect(name, 5000.0, length_mm, kind=kind, unsure=unsure, picture=picture)
        self.plant.ingest("loom-1", [found])


@pytest.fixture
def loom(plant: Plant, new_log: Callable[..., Any], png: Callable[[int], bytes]) -> Loom:
    return Loom(plant, new_log(), png)


@pytest.fixture
def once(plant: Plant) -> ReviewDesk:
    """A desk where nothing is judged twice."""
    return replace(plant.review, wants_second=lambda subject: False)
