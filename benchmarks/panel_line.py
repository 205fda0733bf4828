"""A line that tells the plant of `panel.py` what a running one would: spans, findings, itself."""

import asyncio
import hashlib
from datetime import UTC, datetime
from uuid import uuid4

import cv2
import httpx
import numpy as np
from told_line import line_now, preview

from service import events as ev
from service.event_terms import LineKind, LineState, PictureWhy
from service.line_now import LINE_NOW_CODEC, WATCHED_HEADER
from service.picture_events import PictureKept

PLANT_TOML = """
enterprise = "bench"
site = "bench"
data_dir = "plant"
registry_dir = "registry"
host = "127.0.0.1"
port = 0
time_zone = "Asia/Almaty"
demo = true

[[lines]]
line = "loom-1"
token_file = "loom-1.token"

[[shifts]]
name = "A"
start = "08:00"

[[shifts]]
name = "B"
start = "20:00"

[acceptance]
first_points_per_100_m2 = 20.0
second_points_per_100_m2 = 40.0
"""
SPAN_MM = 250.0


class ToldLine:
    """Delivers as the line's uplink does."""

    def __init__(self, machine: httpx.AsyncClient) -> None:
        self._machine = machine
        self._log_id = str(uuid4())
        self._seq = 0
        self._web_mm = 0.0
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """A line and a roll begin."""
        started = ev.LineStarted(
            line_kind=LineKind.FABRIC, article="twill", bundle_id="b0", software="0.1", web_width_mm=1500.0
        )
        roll = ev.RollStarted(roll_id="roll-1", name="R-1", article="twill", width_mm=1500.0, start_mm=0.0)
        await self._send(started, ev.StateChanged(state=LineState.RUNNING, cause=""), roll)

    async def change_state(self, cause: str) -> None:
        """The line goes on, and something is wrong."""
        await self._send(ev.StateChanged(state=LineState.DEGRADED, cause=cause))

    async def tell(self) -> None:
        """A span a second, a finding every two, and the line itself while somebody looks; until cancelled."""
        number = 0
        while True:
            number += 1
            await self._span()
            if number % 2 == 0:
                await self._finding(number)
            asked = await self._machine.get("/api/v1/lines/loom-1/commands")
            if asked.headers.get(WATCHED_HEADER) == "1":
                body = LINE_NOW_CODEC.dump_json(line_now(preview(number)))
                await self._machine.post("/api/v1/lines/loom-1/now", content=body)
            await asyncio.sleep(1.0)

    async def _span(self) -> None:
        begin, self._web_mm = self._web_mm, self._web_mm + SPAN_MM
        await self._send(
            ev.SpanInspected(
                roll_id="roll-1", lot_id=None, from_mm=begin, to_mm=self._web_mm, inspected_width_mm=1500.0,
                frames=3, clean=3, defective=0, unsure=0, deadline_misses=0, capture_to_decision_ms_max=20.0,
                stage_ms={"infer": 9.0},
            )
        )  # fmt: skip

    async def _finding(self, number: int) -> None:
        done, data = cv2.imencode(
            ".jpg", np.random.default_rng(number).integers(0, 255, (120, 160), np.uint8)
        )
        picture = bytes(data.tobytes())
        sha256 = hashlib.sha256(picture).hexdigest()
        y_mm = self._web_mm - 50
        await self._send(
            PictureKept(
                sha256=sha256, media_type="image/jpeg", bytes=len(picture), why=PictureWhy.DEFECT,
                roll_id="roll-1", lot_id=None, web_mm=y_mm, x0_mm=0.0, mm_per_px=0.3, frame_seq=number,
                score=0.9,
            ),
            ev.DefectFound(
                defect_id=str(uuid4()), roll_id="roll-1", lot_id=None, defect_kind="hole", score=0.9,
                x0_mm=10.0, y0_mm=y_mm, x1_mm=20.0, y1_mm=y_mm + 10, area_mm2=90.0, length_mm=10.0,
                unsure=False, frames=1, bundle_id="b0", picture_sha256=sha256,
            ),
        )  # fmt: skip
        headers = {"Content-Type": "image/jpeg"}
        await self._machine.put(f"/api/v1/pictures/{sha256}", content=picture, headers=headers)

    async def _send(self, *bodies: ev.Body) -> None:
        async with self._lock:  # events go up in their order
            events = []
            for body in bodies:
                self._seq += 1
                stamp = ev.Stamp(utc=datetime.now(UTC), mono_ns=self._seq, encoder_mm=self._web_mm)
                tenant = ev.Tenant(enterprise="bench", site="bench", area="bench", line="loom-1")
                events.append(
                    ev.Event(
                        id=str(uuid4()), schema_version=ev.SCHEMA_VERSION, log_id=self._log_id,
                        seq=self._seq, tenant=tenant, stamp=stamp, demo=True, body=body,
                    )
                )  # fmt: skip
            answer = await self._machine.post(
                "/api/v1/ingest/events", content=ev.EVENTS_CODEC.dump_json(events)
            )
            answer.raise_for_status()
