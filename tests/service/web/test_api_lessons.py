"""An article learnt from the live line: frames asked for, learnt as a candidate, judged, sent to the line."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from service import events as ev
from service.event_terms import PictureWhy
from service.line_commands import LineCommandKind
from service.plant.lesson_job import LessonError, LessonJob
from service.plant.lessons import CODEC, LEAST_FRAMES
from service.plant.plant import Plant
from service.plant.views.lessons import Lesson, LessonState
from vision.bundle import load_bundle
from vision.learn import learn_from_arrays
from vision.registry import Registry

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LESSONS = "/api/v1/lessons"
ROWS, COLUMNS = 128, 256


def cloth(seed: int) -> Any:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS]
    weave = 150 + 30 * np.sin(columns) * np.sin(rows) + rng.normal(0, 6, (ROWS, COLUMNS))
    return np.clip(weave, 0, 255).astype(np.uint8)


def png(seed: int) -> bytes:
    done, data = cv2.imencode(".png", cloth(seed))
    assert done
    return bytes(data.tobytes())


@pytest.fixture(scope="session")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of eight small pictures of good cloth."""
    return learn_from_arrays(
        [cloth(seed) for seed in range(8)],
        article="twill",
        mm_per_px=0.3,
        material="fabric",
        out_dir=tmp_path_factory.mktemp("lesson") / "twill",
        demo=True,
        created_utc=NOW,
        progress=lambda text: None,
    )


@dataclass(frozen=True, kw_only=True)
class QuickJob(LessonJob):
    """Registers the bundle that lies ready, and scores the hour by hand."""

    learnt: Path
    score: dict[str, float | None]

    def learn(self, lesson: Lesson, *, mm_per_px: float, false_alarms_per_100m: float) -> str:
        assert len(list((self.folder / "good").glob("*.png"))) == LEAST_FRAMES
        assert (mm_per_px, lesson.demo) == (0.3, True)
        self.tell("reading the weave of strip 1 of 8")
        return Registry(self.registry_dir).add(self.learnt)

    def scores(self, bundle: Path, pictures: Sequence[Path]) -> dict[str, float | None]:
        return {path.stem: self.score.get(path.stem) for path in pictures}


def kept(data: bytes, why: PictureWhy) -> ev.Body:
    return ev.PictureKept(
        sha256=hashlib.sha256(data).hexdigest(), media_type="image/png", bytes=len(data), why=why,
        roll_id="roll-1", lot_id=None, web_mm=0.0, x0_mm=0.0, mm_per_px=0.3, frame_seq=1, score=0.1,
    )  # fmt: skip


@pytest.fixture
def deliver(plant: Plant, loom_batch: Callable[[], Any]) -> Callable[[list[bytes], PictureWhy], None]:
    """The loom keeps pictures and delivers them."""
    line = loom_batch()

    def send(pictures: list[bytes], why: PictureWhy) -> None:
        for data in pictures:
            line.add(kept(data, why))
        plant.ingest("loom-1", line.events)
        for data in pictures:
            plant.put_picture("loom-1", hashlib.sha256(data).hexdigest(), data, "image/png")

    return send


async def begun(browser: httpx.AsyncClient) -> str:
    asked = {"line": "loom-1", "article": "twill", "frames": LEAST_FRAMES}
    answer = await browser.post(LESSONS, json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["lesson"]["id"])


def finished(plant: Plant) -> None:
    """Wait for the lesson's thread: it holds the lock while it learns."""
    with plant.lessons._busy:
        pass


async def test_an_article_is_learnt_judged_and_sent_to_the_line(
    log_in: Callable[[str], Any], plant: Plant, learnt: Path, deliver: Callable[..., None]
) -> None:
    clean, doubtful, small = png(100), png(101), png(102)
    deliver([clean, small], PictureWhy.CLEAN_SAMPLE)
    deliver([doubtful], PictureWhy.UNSURE)
    card = load_bundle(learnt).card
    above = card.thresholds.defective + 1.0
    score: dict[str, float | None] = {
        hashlib.sha256(clean).hexdigest(): above,
        hashlib.sha256(doubtful).hexdigest(): card.score_floor,
        hashlib.sha256(small).hexdigest(): None,
    }
    lessons = replace(plant.lessons, make_job=lambda **given: QuickJob(learnt=learnt, score=score, **given))
    plant.lessons = lessons
    browser: httpx.AsyncClient = await log_in("engineer")
    lesson_id = await begun(browser)
    assert plant.commands("loom-1")[0].command.arguments == {"frames": str(LEAST_FRAMES)}
    early = await browser.post(f"{LESSONS}/{lesson_id}/learn", json={})
    assert early.json()["type"] == "urn:maqta:problem:too_few_frames"
    deliver([png(seed) for seed in range(LEAST_FRAMES)], PictureWhy.GOOD_CLOTH)
    assert (await browser.get(LESSONS)).json()[0]["held"] == LEAST_FRAMES
    await browser.post(f"{LESSONS}/{lesson_id}/learn", json={"false_alarms_per_100m": 10.0})
    finished(plant)
    (view,) = (await browser.get(LESSONS)).json()
    assert (view["lesson"]["state"], view["lesson"]["bundle_id"]) == ("learnt", card.bundle_id)
    answer = await browser.get(f"{LESSONS}/{lesson_id}/effect", params={"false_alarms_per_100m": 10.0})
    effect = answer.json()
    told = [
        effect[name] for name in ("frames", "left_out", "flagged_before", "flagged_after", "flagged_anew")
    ]
    assert told == [2, 1, 1, 1, 1]
    assert plant.bundles("twill")[0].state == "candidate"  # nothing runs before somebody wants it
    await browser.post(f"{LESSONS}/{lesson_id}/activation", json={"false_alarms_per_100m": 20.0})
    sent = {each.command.command for each in plant.commands("loom-1")}
    assert sent >= {LineCommandKind.CHANGE_ARTICLE, LineCommandKind.ACTIVATE_BUNDLE}
    promised = load_bundle(Registry(plant.settings.registry_dir).find(card.bundle_id)).card.thresholds
    looser = (await browser.get(f"{LESSONS}/{lesson_id}/effect?false_alarms_per_100m=20")).json()
    assert promised.defective == pytest.approx(looser["defective"])
    actions = [entry.action for entry in plant.audit_log.page().items]
    assert [action for action in actions if action.endswith(("_article", "_promise"))] == [
        "change_article", "set_promise", "learn_article",
    ]  # fmt: skip


async def test_a_job_that_fails_says_why_and_can_be_tried_again(
    log_in: Callable[[str], Any], plant: Plant, deliver: Callable[..., None]
) -> None:
    def broken(**given: Any) -> LessonJob:
        raise LessonError("the pictures differ in width")

    plant.lessons = replace(plant.lessons, make_job=broken)
    browser: httpx.AsyncClient = await log_in("engineer")
    lesson_id = await begun(browser)
    deliver([png(seed) for seed in range(LEAST_FRAMES)], PictureWhy.GOOD_CLOTH)
    for _ in range(2):
        assert (await browser.post(f"{LESSONS}/{lesson_id}/learn", json={})).status_code == 202
        finished(plant)
        (view,) = (await browser.get(LESSONS)).json()
        assert (view["lesson"]["state"], view["lesson"]["step"]) == (
            "failed",
            "the pictures differ in width",
        )


def test_a_lesson_that_a_restart_cut_short_failed(plant: Plant) -> None:
    lesson = Lesson(
        id="cut", line="loom-1", article="twill", material="fabric", frames=8, asked_utc=NOW,
        asked_by="aigul", state=LessonState.LEARNING,
    )  # fmt: skip
    folder = plant.lessons.folder / "cut"
    folder.mkdir(parents=True)
    (folder / "lesson.json").write_bytes(CODEC.dump_json(lesson))
    (view,) = plant.lessons.listing()
    assert (view.lesson.state, view.lesson.step) == (LessonState.FAILED, "the plant was stopped meanwhile")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"article": "a/b"}, "bad_lesson"),
        ({"frames": 7}, "bad_lesson"),
        ({"frames": 201}, "bad_lesson"),
        ({"line": "loom-9"}, "unknown_line"),
    ],
)
async def test_what_cannot_be_learnt_is_refused(
    log_in: Callable[[str], Any], plant: Plant, asked: dict[str, Any], problem: str
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    body = {"line": "loom-1", "article": "twill", "frames": 20} | asked
    answer = await browser.post(LESSONS, json=body)
    assert answer.json()["type"] == f"urn:maqta:problem:{problem}"
    assert plant.lessons.listing() == ()


async def test_one_line_is_in_one_lesson_at_a_time(log_in: Callable[[str], Any]) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    lesson_id = await begun(browser)
    again = await browser.post(LESSONS, json={"line": "loom-1", "article": "satin", "frames": 20})
    assert again.json()["type"] == "urn:maqta:problem:lesson_runs"
    assert (await browser.delete(f"{LESSONS}/{lesson_id}")).status_code == 204
    assert (await begun(browser)) != lesson_id


async def test_a_name_that_climbs_out_of_the_folder_finds_nothing(
    log_in: Callable[[str], Any], app: FastAPI
) -> None:
    browser: httpx.AsyncClient = await log_in("engineer")
    for name in ("..%2F..%2Fplant", "..", "%2e%2e"):
        answer = await browser.get(f"{LESSONS}/{name}/effect")
        assert answer.status_code == 404, name
