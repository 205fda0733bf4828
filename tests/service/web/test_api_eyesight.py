"""What a line says of its camera comes up as events and is read from the API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from service import events as ev
from service.camera_events import CalibrationUsed, PictureMeasured

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def measured(seq: int, sharpness: float) -> PictureMeasured:
    return PictureMeasured(
        camera_id="loom-1-1",
        frame_seq=seq,
        faults="blurred" if sharpness < 5 else "",
        mean_grey=118.0,
        low_grey=60.0,
        high_grey=190.0,
        black_share=0.0,
        saturated_share=0.001,
        noise_grey=1.5,
        sharpness=sharpness,
        usual_sharpness=10.0,
    )


async def test_the_newest_figures_of_a_camera_are_read(
    client: httpx.AsyncClient,
    log_in: Callable[[str], Any],
    tokens: dict[str, str],
    loom_batch: Callable[[], Any],
) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    url = "/api/v1/lines/loom-1/eyesight"
    before = (await browser.get(url)).json()
    assert (before["picture"], before["calibration"], before["calibration_expired"]) == (None, None, False)
    line = loom_batch()
    first = len(line.events)
    line.add(
        CalibrationUsed(
            camera_id="loom-1-1",
            version="20261124T120000Z-abc",
            scale_mm_per_px=0.4,
            scale_mm_per_row=0.41,
            solved_utc=NOON,
            expires_utc=NOON - timedelta(days=400),
            expired="scale",
            figures={"scale.rms_px": 0.09, "scale.corners": 88.0},
        )
    )
    line.add(measured(1, 10.0))
    line.add(measured(61, 4.0))
    body = ev.EVENTS_CODEC.dump_json(line.events[first:])
    headers = {"Authorization": f"Bearer {tokens['loom-1']}"}
    answer = await client.post("/api/v1/ingest/events", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    seen = (await browser.get(url)).json()
    assert (seen["picture"]["frame_seq"], seen["picture"]["faults"]) == (61, "blurred")
    assert seen["sharpness_share"] == 0.4
    assert seen["calibration"]["figures"] == {"scale.rms_px": 0.09, "scale.corners": 88.0}
    assert seen["calibration_limits"] == {"scale.rms_px": [None, 0.3]}
    assert seen["calibration_expired"] is True


async def test_a_line_that_the_plant_does_not_know_is_not_found(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    assert (await browser.get("/api/v1/lines/none/eyesight")).status_code == 404


async def test_nobody_reads_it_without_logging_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/lines/loom-1/eyesight")).status_code == 401
