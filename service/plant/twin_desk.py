"""Questions to the line twin: one at a time, in a process of its own, each with a bound on its time.

The twin takes a core for a while; it runs at the lowest priority, as the command anybody may type.
"""

import json
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from service.plant.errors import PlantError
from service.plant.store import people
from service.plant.store.database import Database
from service.plant.store.people import Owner
from service.plant.views.people import AuditView
from service.plant.views.twin import (
    TradeCurveView,
    TwinJob,
    TwinQuestion,
    TwinQuestionKind,
    TwinState,
    TwinValue,
)

log = logging.getLogger(__name__)
LIMIT_S: Final = 600.0  # of a question, start to answer
KEPT: Final = 20  # answers; older ones are removed
MOST_CHANGES: Final = 20
# Paths, ports and the recipe's registry stay those of the scenario.
MAY_CHANGE: Final = re.compile(
    r"(seconds|seed|(recipe|material|truth|host|prices)\.[a-z_0-9.]+|line\.(web|camera|sorter)\.[a-z_0-9]+)"
)
_JOB: TypeAdapter[TwinJob] = TypeAdapter(TwinJob)
_CURVES: TypeAdapter[tuple[TradeCurveView, ...]] = TypeAdapter(tuple[TradeCurveView, ...])


class TwinDesk:
    """Takes questions, runs them, keeps the newest answers through a restart. Thread-safe."""

    def __init__(
        self,
        scenarios: Sequence[Path],
        folder: Path,
        database: Database,
        owner: Owner,
        now: Callable[[], datetime],
        *,
        limit_s: float = LIMIT_S,
        command: Sequence[str] = (sys.executable, "-m", "service.cli", "twin"),
    ) -> None:
        self._scenarios = {path.stem: path for path in scenarios}
        self._folder, self._database, self._owner, self._now = folder, database, owner, now
        self._limit_s, self._command = limit_s, tuple(command)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._jobs = {job.job_id: job for job in self._kept()}

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios that may be asked about, as `[plant] twin_scenarios` lists them."""
        return tuple(self._scenarios)

    def jobs(self) -> tuple[TwinJob, ...]:
        """The questions known, newest first."""
        with self._lock:
            return tuple(sorted(self._jobs.values(), key=lambda job: job.asked_utc, reverse=True))

    def job(self, job_id: str) -> TwinJob:
        """One question. PlantError: unknown_twin_job."""
        with self._lock:
            found = self._jobs.get(job_id)
        if found is None:
            raise PlantError("unknown_twin_job", f"question {job_id} to the twin is not known; see the list")
        return found

    def ask(
        self,
        kind: TwinQuestionKind,
        scenario: str,
        user: str,
        changes: Mapping[str, TwinValue] | None = None,
        what_if: Mapping[str, TwinValue] | None = None,
    ) -> TwinJob:
        """Begin to answer a question; `job` tells what became of it. Noted in the audit trail.

        PlantError: unknown_scenario, bad_twin_question, twin_busy.
        """
        question = TwinQuestion(
            kind=kind, scenario=scenario, changes=dict(changes or {}), what_if=dict(what_if or {})
        )
        self._check(question)
        job = TwinJob(
            job_id=str(uuid4()),
            question=question,
            asked_by=user,
            asked_utc=self._now(),
            state=TwinState.RUNNING,
        )
        with self._lock:
            running = next((known for known in self._jobs.values() if known.state is TwinState.RUNNING), None)
            if running is not None:
                raise PlantError(
                    "twin_busy",
                    f"the twin is answering {running.asked_by}'s question of {running.asked_utc:%H:%M} UTC; "
                    f"it may take {self._limit_s:g} s: ask again then",
                )
            self._jobs[job.job_id] = job
            self._thread = threading.Thread(
                target=self._answer, args=(job,), name="twin-question", daemon=True
            )
        self._note(job)
        self._thread.start()
        return job

    def newest_trade(self) -> tuple[TwinJob, tuple[TradeCurveView, ...]] | None:
        """The newest answered trade and its curves, the one that saves most first; None: none was asked."""
        for job in self.jobs():
            if job.question.kind is TwinQuestionKind.TRADE and job.answer is not None:
                return job, _CURVES.validate_python(job.answer["trades"])
        return None

    def stop(self) -> None:
        """End what runs; its question is booked as stopped."""
        with self._lock:
            process, thread = self._process, self._thread
        if process is not None:
            process.terminate()
        if thread is not None:
            thread.join(timeout=10)

    def _check(self, question: TwinQuestion) -> None:
        if question.scenario not in self._scenarios:
            names = (
                ", ".join(self._scenarios) or "none: list files under twin_scenarios in the plant's settings"
            )
            raise PlantError(
                "unknown_scenario", f"scenario {question.scenario!r} is not known; there are: {names}"
            )
        asked = [*question.changes.items(), *question.what_if.items()]
        if len(asked) > MOST_CHANGES:
            raise PlantError(
                "bad_twin_question", f"{len(asked)} changes, at most {MOST_CHANGES} may be asked at once"
            )
        for key, _ in asked:
            if not MAY_CHANGE.fullmatch(key):
                raise PlantError(
                    "bad_twin_question",
                    f"{key!r} can't be tried; give seconds, seed, or a key of recipe, material, truth, host, "
                    "prices, line.web, line.camera or line.sorter, e.g. line.web.speed_mm_s",
                )

    def _arguments(self, question: TwinQuestion) -> list[str]:
        given = [*self._command, question.kind.value, str(self._scenarios[question.scenario]), "--json"]
        for option, asked in (("--set", question.changes), ("--what-if", question.what_if)):
            for key, value in asked.items():
                given += [option, f"{key}={json.dumps(value)}"]
        return given

    def _answer(self, job: TwinJob) -> None:
        try:
            ended = self._run(job)
        except Exception as error:  # noqa: BLE001 - whatever breaks, the question must not run for ever
            log.exception("twin question %s", job.job_id)
            ended = replace(job, state=TwinState.FAILED, reason=f"{type(error).__name__}: {error}")
        ended = replace(ended, ended_utc=self._now())
        self._keep(ended)  # before anybody sees that it ended
        with self._lock:
            self._jobs[job.job_id] = ended
            self._process = None
            newest = sorted(self._jobs.values(), key=lambda known: known.asked_utc)
            gone = [known.job_id for known in newest[:-KEPT]]
            for old in gone:
                del self._jobs[old]
        for old in gone:
            (self._folder / f"{old}.json").unlink(missing_ok=True)

    def _run(self, job: TwinJob) -> TwinJob:
        process = subprocess.Popen(
            self._arguments(job.question),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with suppress(OSError):  # it is gone already
            os.setpriority(os.PRIO_PROCESS, process.pid, 19)
        with self._lock:
            self._process = process
        try:
            told, said = process.communicate(timeout=self._limit_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            why = f"it took longer than {self._limit_s:g} s; ask for fewer seconds of belt"
            return replace(job, state=TwinState.STOPPED, reason=why)
        if process.returncode < 0:
            return replace(job, state=TwinState.STOPPED, reason="the plant stopped")
        if process.returncode:
            return replace(job, state=TwinState.FAILED, reason=said.strip().rsplit("\n", 1)[-1])
        return replace(job, state=TwinState.DONE, answer=json.loads(told.strip().rsplit("\n", 1)[-1]))

    def _note(self, job: TwinJob) -> None:
        asked = {**job.question.changes, **job.question.what_if}
        detail = {"scenario": job.question.scenario, **{key: str(value) for key, value in asked.items()}}
        entry = AuditView(
            utc=job.asked_utc,
            user=job.asked_by,
            action=f"twin_{job.question.kind.value}",
            subject=job.job_id,
            detail=detail,
        )
        with self._database.write() as tx:
            people.note(tx, self._owner, entry)

    def _keep(self, job: TwinJob) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{job.job_id}.part"
        part.write_text(json.dumps(asdict(job), default=str), encoding="utf-8")
        part.replace(part.with_suffix(".json"))

    def _kept(self) -> list[TwinJob]:
        jobs = []
        for path in self._folder.glob("*.json"):
            try:
                jobs.append(_JOB.validate_json(path.read_bytes()))
            except (OSError, ValidationError) as error:
                log.warning("%s: no answer of the twin (%s), left out", path, error)
        return jobs
