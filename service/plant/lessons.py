"""Learning an article from the live line: ask for good frames, learn beside everything else, show the effect.

A lesson lies in `lessons/<id>/lesson.json` of the plant's folder, its pictures beside it while it is learnt.
One lesson is learnt at a time; one that a restart cut short failed, and can be learnt again.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from datasets.store import PictureStore
from datasets.types import DatasetError
from service.event_terms import LineKind
from service.line_commands import LineCommand, LineCommandKind
from service.plant.acting import check_line
from service.plant.errors import PlantError
from service.plant.lesson_job import LessonError, LessonJob
from service.plant.store import lesson_rows, live, people
from service.plant.store.database import Database
from service.plant.store.lesson_rows import KeptFrame
from service.plant.views.lessons import Effect, Judged, Lesson, LessonState, LessonView
from service.plant.views.people import AuditView
from service.settings import PlantSettings
from vision.bundle import load_bundle
from vision.card import ModelCard, Promise, Thresholds
from vision.overrides import add_override
from vision.registry import Registry
from vision.thresholds import promised_again
from vision.types import VisionError

log = logging.getLogger(__name__)
LEAST_FRAMES, MOST_FRAMES = 8, 200
HOUR = timedelta(hours=1)
MOST_OF_THE_HOUR = 200  # frames that are judged again
SHOWN = 8
CODEC: TypeAdapter[Lesson] = TypeAdapter(Lesson)
Command = Callable[[str, LineCommandKind, Mapping[str, str], str], LineCommand]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Begins, learns, judges and hands over. Each method that fails raises PlantError."""

    folder: Path
    database: Database
    files: PictureStore
    registry: Registry
    registry_dir: Path
    owner: people.Owner
    command: Command
    now: Callable[[], datetime]
    make_job: Callable[..., LessonJob] = LessonJob
    _busy: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls,
        settings: PlantSettings,
        database: Database,
        files: PictureStore,
        owner: people.Owner,
        command: Command,
        now: Callable[[], datetime],
    ) -> "Lessons":
        """In the plant's folder, over its registry."""
        return cls(
            folder=settings.data_dir / "lessons",
            database=database,
            files=files,
            registry=Registry(settings.registry_dir),
            registry_dir=settings.registry_dir,
            owner=owner,
            command=command,
            now=now,
        )

    def listing(self) -> tuple[LessonView, ...]:
        """All lessons, newest first."""
        found = [self._read(path.parent.name) for path in self.folder.glob("*/lesson.json")]
        return tuple(self._view(each) for each in sorted(found, key=lambda one: one.asked_utc, reverse=True))

    def begin(self, line: str, article: str, frames: int, by: str) -> LessonView:
        """Ask a line that runs good material for frames to learn an article from.

        PlantError: out_of_scope, bad_lesson, lesson_runs, unknown_line, bad_command.
        """
        check_line(line)
        article = article.strip()
        if not 0 < len(article) <= 80 or not article.isprintable() or "/" in article or "\\" in article:
            raise PlantError(
                "bad_lesson", f"article {article[:80]!r}: give 1 to 80 characters without slashes"
            )
        if not LEAST_FRAMES <= frames <= MOST_FRAMES:
            raise PlantError("bad_lesson", f"{frames} frames; give {LEAST_FRAMES} to {MOST_FRAMES}")
        open_states = (LessonState.GATHERING, LessonState.LEARNING)
        if any(each.lesson.line == line and each.lesson.state in open_states for each in self.listing()):
            raise PlantError("lesson_runs", f"line {line} is in a lesson already; finish it or give it up")
        lesson = Lesson(
            id=str(uuid4()),
            line=line,
            article=article,
            material=self._material(line),
            frames=frames,
            asked_utc=self.now(),
            asked_by=by,
        )
        self.command(line, LineCommandKind.GATHER_GOOD, {"frames": str(frames)}, by)
        self._write(lesson)
        return self._view(lesson)

    def learn(self, lesson_id: str, false_alarms_per_100m: float, by: str) -> LessonView:
        """Learn from what has come, in a process of its own; `listing` tells how far it is.

        PlantError: unknown_lesson, out_of_scope, too_few_frames, lesson_runs.
        """
        lesson = self._own(lesson_id)
        good = self._good(lesson)
        if len(good) < LEAST_FRAMES:
            raise PlantError(
                "too_few_frames", f"{len(good)} frames have come; learning needs at least {LEAST_FRAMES}"
            )
        if not self._busy.acquire(blocking=False):
            raise PlantError("lesson_runs", "another article is being learnt; wait until it is done")
        lesson = replace(
            lesson,
            state=LessonState.LEARNING,
            step="",
            steps=0,
            demo=any(frame.demo for frame in good),
        )
        self._write(lesson)
        self._note(by, "learn_article", lesson, per_100m=f"{false_alarms_per_100m:g}")
        work = threading.Thread(
            target=self._run, args=(lesson, good, false_alarms_per_100m), name="lesson", daemon=True
        )
        work.start()
        return self._view(lesson)

    def effect(self, lesson_id: str, false_alarms_per_100m: float) -> Effect:
        """What the recipe would have said of the hour before, were so many false alarms promised.

        PlantError: unknown_lesson, not_learnt, bad_lesson.
        """
        lesson = self._read(lesson_id)
        promise, thresholds = self._promised(lesson, false_alarms_per_100m)[1:]
        judged = [one for one in lesson.hour if one.score is not None]
        after = {one.sha256 for one in judged if (one.score or 0.0) >= thresholds.unsure}
        return Effect(
            promise=promise,
            unsure=thresholds.unsure,
            defective=thresholds.defective,
            frames=len(judged),
            left_out=len(lesson.hour) - len(judged),
            flagged_before=sum(one.was_flagged for one in judged),
            flagged_after=len(after),
            flagged_anew=sum(not one.was_flagged and one.sha256 in after for one in judged),
        )

    def activate(self, lesson_id: str, false_alarms_per_100m: float, by: str) -> LineCommand:
        """Write the promise into the recipe and ask the line to run the article with it.

        The line loads it, its gate decides, and it answers. PlantError: unknown_lesson, not_learnt,
        bad_lesson, out_of_scope.
        """
        lesson = self._own(lesson_id)
        card, promise, thresholds = self._promised(lesson, false_alarms_per_100m)
        folder = self.registry.find(lesson.bundle_id, lesson.article)
        why = f"{promise.kept_per_100m:g} false alarms per 100 m, set in the lesson"
        add_override(folder, card, thresholds, by=by, utc=self.now(), why=why)
        self._note(by, "set_promise", lesson, per_100m=f"{false_alarms_per_100m:g}")
        self.command(lesson.line, LineCommandKind.ACTIVATE_BUNDLE, {"bundle_id": lesson.bundle_id}, by)
        sent = self.command(lesson.line, LineCommandKind.CHANGE_ARTICLE, {"article": lesson.article}, by)
        self._write(replace(lesson, state=LessonState.ENDED))
        return sent

    def give_up(self, lesson_id: str, by: str) -> None:
        """End a lesson; its recipe stays a candidate. PlantError: unknown_lesson, lesson_runs."""
        lesson = self._own(lesson_id)
        if lesson.state is LessonState.LEARNING and self._busy.locked():
            raise PlantError("lesson_runs", "the article is being learnt; wait until it is done")
        self._note(by, "end_lesson", lesson)
        self._write(replace(lesson, state=LessonState.ENDED))

    def _run(self, lesson: Lesson, good: tuple[KeptFrame, ...], per_100m: float) -> None:
        """The thread: whatever happens, the lesson says how it ended."""
        work = self.folder / lesson.id
        try:
            done = self._learnt(lesson, good, per_100m, work)
        except (LessonError, VisionError, DatasetError, OSError, PlantError) as error:
            log.warning("lesson %s of article %s failed: %s", lesson.id, lesson.article, error)
            done = replace(lesson, state=LessonState.FAILED, step=str(error))
        except Exception as error:  # noqa: BLE001  the thread's top: a lesson never stays "learning"
            log.exception("lesson %s failed", lesson.id)
            done = replace(lesson, state=LessonState.FAILED, step=str(error))
        finally:
            self._busy.release()
        self._write(done)
        for name in ("good", "hour", "out"):
            shutil.rmtree(work / name, ignore_errors=True)

    def _learnt(self, lesson: Lesson, good: tuple[KeptFrame, ...], per_100m: float, work: Path) -> Lesson:
        for frame in good:
            self._copy(frame.sha256, work / "good")
        with self.database.read() as tx:
            hour = lesson_rows.whole_frames(tx, lesson.line, lesson.asked_utc - HOUR, MOST_OF_THE_HOUR)
        paths = [self._copy(frame.sha256, work / "hour") for frame in hour]
        told = 0

        def tell(text: str) -> None:
            nonlocal told
            told += 1
            self._write(replace(lesson, step=text[-200:], steps=told))

        job = self.make_job(folder=work, registry_dir=self.registry_dir, tell=tell)
        bundle_id = job.learn(lesson, mm_per_px=good[0].mm_per_px, false_alarms_per_100m=per_100m)
        scores = job.scores(self.registry.find(bundle_id, lesson.article), paths)
        judged = tuple(
            Judged(
                sha256=frame.sha256,
                was_flagged=frame.why != lesson_rows.OF_WHOLE_FRAMES[0],
                score=scores.get(frame.sha256),
            )
            for frame in hour
        )
        return replace(
            lesson, state=LessonState.LEARNT, step="", steps=told, bundle_id=bundle_id, hour=judged
        )

    def _copy(self, sha256: str, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        source = self.files.find(sha256)
        target = folder / f"{sha256}{source.suffix}"
        target.write_bytes(self.files.get(sha256))
        return target

    def _promised(self, lesson: Lesson, per_100m: float) -> tuple[ModelCard, Promise, Thresholds]:
        if not lesson.bundle_id:
            raise PlantError("not_learnt", f"article {lesson.article} is not learnt yet; learn it first")
        try:
            card = load_bundle(self.registry.find(lesson.bundle_id, lesson.article)).card
            return card, *promised_again(card, per_100m)
        except VisionError as error:
            raise PlantError("bad_lesson", str(error)) from error

    def _material(self, line: str) -> Literal["fabric", "fibre"]:
        with self.database.read() as tx:
            row = live.line_row(tx, line) or {}
        return "fibre" if row.get("line_kind") == LineKind.FIBRE.value else "fabric"

    def _good(self, lesson: Lesson) -> tuple[KeptFrame, ...]:
        with self.database.read() as tx:
            return lesson_rows.good_cloth(tx, lesson.line, lesson.asked_utc, lesson.frames)

    def _view(self, lesson: Lesson) -> LessonView:
        good = self._good(lesson)
        return LessonView(
            lesson=lesson, held=len(good), pictures=tuple(frame.sha256 for frame in good[:SHOWN])
        )

    def _own(self, lesson_id: str) -> Lesson:
        lesson = self._read(lesson_id)
        check_line(lesson.line)
        return lesson

    def _read(self, lesson_id: str) -> Lesson:
        path = self.folder / Path(lesson_id).name / "lesson.json"
        try:
            lesson = CODEC.validate_json(path.read_bytes())
        except (OSError, ValueError, ValidationError) as error:
            raise PlantError(
                "unknown_lesson", f"lesson {lesson_id[:80]} is not known; begin one on the page of articles"
            ) from error
        if lesson.state is LessonState.LEARNING and not self._busy.locked():
            return replace(lesson, state=LessonState.FAILED, step="the plant was stopped meanwhile")
        return lesson

    def _write(self, lesson: Lesson) -> None:
        path = self.folder / lesson.id / "lesson.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(CODEC.dump_json(lesson))
        part.replace(path)

    def _note(self, by: str, action: str, lesson: Lesson, **detail: str) -> None:
        told = {"line": lesson.line, **detail}
        entry = AuditView(utc=self.now(), user=by, action=action, subject=lesson.article, detail=told)
        with self.database.write() as tx:
            people.note(tx, self.owner, entry)
