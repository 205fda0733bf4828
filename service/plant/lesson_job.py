"""The job of a lesson: `maqta learn` and `maqta inspect` as processes that give way to everything else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.plant.views.lessons import Lesson

NICENESS = 19  # the line and the plant come first
LONGEST_S = 1800.0
TAIL = 400  # characters of what a failed process said
BUNDLE = "bundle"
RESULTS_FILE = "inspections.jsonl"


class LessonError(Exception):
    """A step of the job failed; the message is what the process said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonJob:
    """Runs in a folder that holds `good/` and `hour/`."""

    folder: Path
    registry_dir: Path
    tell: Callable[[str], None]  # what is being done

    def learn(self, lesson: Lesson, *, mm_per_px: float, false_alarms_per_100m: float) -> str:
        """Learn the article as a candidate; returns the bundle's id. LessonError: it can't be learnt."""
        options = [
            *("--good", str(self.folder / "good"), "--article", lesson.article),
            *("--mm-per-px", repr(mm_per_px), "--material", lesson.material),
            *("--registry", str(self.registry_dir), "--no-activate"),
            *("--false-alarms-per-100m", repr(false_alarms_per_100m)),
        ]
        said = self._run("learn", [*options, *(["--demo"] if lesson.demo else [])])
        return Path(said[-1]).name

    def scores(self, bundle: Path, pictures: Sequence[Path]) -> dict[str, float | None]:
        """What the new recipe scores pictures, by file stem; None: it can't judge that one."""
        if not pictures:
            return {}
        out = self.folder / "out"
        names = [str(path) for path in pictures]
        self._run("inspect", ["--recipe", str(bundle), "--out", str(out), *names], may_fail_pictures=True)
        rows = [json.loads(row) for row in (out / RESULTS_FILE).read_text(encoding="utf-8").splitlines()]
        return {
            Path(row["file"]).stem: None if row["verdict"] == "failed" else float(row["score"])
            for row in rows
        }

    def _run(self, command: str, options: list[str], *, may_fail_pictures: bool = False) -> list[str]:
        """Run a command; what it says is told on. Returns its lines."""
        words = ["nice", "-n", str(NICENESS), sys.executable, "-m", "service.cli", command, *options]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
        said: list[str] = []
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            for line in process.stdout or ():
                said.append(line.strip())
                self.tell(said[-1])
            code = process.wait(LONGEST_S)
        if code != 0 and not (may_fail_pictures and code == 1 and said):
            raise LessonError(" ".join(said)[-TAIL:] or f"maqta {command} ended with code {code}")
        return [line for line in said if line]
