"""Prometheus metrics, read back by promtool and by the client's own parser."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.plant.plant import Plant

Login = Callable[[str], Any]


async def scraped(log_in: Login) -> str:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get("/api/v1/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_metrics_say_what_was_delivered(
    log_in: Login, plant: Plant, loom_batch: Callable[[], Any], new_find: Any
) -> None:
    plant.ingest("loom-1", loom_batch().events)  # held already: counted once is not counted again
    plant.ingest("loom-1", [new_find])
    found = samples(await scraped(log_in))
    assert found["maqta_defects_total", (("kind", "hole"), ("line", "loom-1"))] == 1
    assert found["maqta_events_total", (("kind", "defect_found"), ("line", "loom-1"))] == 1
    assert found["maqta_line_state", (("line", "opener-1"), ("state", "held"))] == 1
    assert found["maqta_line_state", (("line", "opener-1"), ("state", "running"))] == 0
    assert found["maqta_line_alarm", (("code", "camera_gone"), ("line", "opener-1"))] == 1
    assert found["maqta_line_missing_events", (("line", "loom-1"),)] == 0


async def test_lengths_and_decision_times_of_new_spans_are_counted(
    log_in: Login, plant: Plant, loom_batch: Callable[[], Any]
) -> None:
    plant.counts.add(loom_batch().events)  # two spans of 5 m and 4.5 m, 21 ms each; half a metre missed
    found = samples(await scraped(log_in))
    assert found["maqta_inspected_meters_total", (("line", "loom-1"),)] == pytest.approx(9.5)
    missed = found["maqta_not_inspected_meters_total", (("line", "loom-1"), ("reason", "camera_gone"))]
    assert missed == pytest.approx(0.5)
    bucket = "maqta_slowest_decision_seconds_bucket"
    assert found[bucket, (("le", "0.02"), ("line", "loom-1"))] == 0
    assert found[bucket, (("le", "0.03"), ("line", "loom-1"))] == 2
    assert found["maqta_slowest_decision_seconds_sum", (("line", "loom-1"),)] == pytest.approx(0.042)


@pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed (Debian: apt-get install prometheus)"
)
async def test_promtool_finds_nothing_to_mend(
    log_in: Login, plant: Plant, loom_batch: Callable[[], Any]
) -> None:
    plant.counts.add(loom_batch().events)
    text = await scraped(log_in)
    checked = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True)
    said = (checked.stdout + checked.stderr).decode()
    assert (checked.returncode, said) == (0, ""), said
