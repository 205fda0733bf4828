"""Attribute agreement studies: technicians and the CNN judge the same pictures, each on their own."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from service.plant.acting import check_line
from service.plant.appraisal import sampling
from service.plant.appraisal.agreement import Agreement, Answer, agreement, consensus
from service.plant.errors import PlantError
from service.plant.store import live, people, study_rows
from service.plant.store.database import Database, Transaction
from service.plant.store.study_rows import StoredAnswer
from service.plant.views.audits import Sheet, Study, StudyItem
from service.plant.views.people import AuditView
from vision.taxonomy import DefectKind

TRIALS = 9  # of one appraiser on one picture; 2 or 3 are usual
PANEL, CONSENSUS = "panel", "consensus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies:
    """Makes studies, hands out sheets, takes verdicts, works out agreement."""

    database: Database
    owner: people.Owner
    now: Callable[[], datetime]
    demo: bool

    def make(self, line: str, size: int, user: str, seed: int) -> Study:
        """Draw half of the pictures from what the CNN called defective, half from CLEAN samples.

        PlantError: nothing_to_draw.
        """
        check_line(line)
        now = self.now()
        with self.database.write() as tx:
            row = live.line_row(tx, line) or {}
            found = study_rows.found_pictures(tx, line)
            clean = study_rows.clean_pictures(tx, line, row.get("bundle_id") or "")
            if not found or not clean:
                raise PlantError(
                    "nothing_to_draw",
                    f"line {line}: {len(found)} pictures of defects and {len(clean)} CLEAN samples are held; "
                    f"a study needs both: let the line run and deliver its pictures",
                )
            items = sampling.draw(found, size // 2, seed) + sampling.draw(clean, size - size // 2, seed)
            study = Study(
                study_id=str(uuid4()),
                line=line,
                made_utc=now,
                made_by=user,
                seed=seed,
                items=tuple(items),
                demo=self.demo or bool(row.get("demo")),
            )
            tenant = self.owner.tenant(live.tenant_area(tx, line), line)
            study_rows.add(tx, tenant, study)
            detail = {"line": line, "pictures": str(len(items)), "seed": str(seed)}
            people.note(
                tx,
                self.owner,
                AuditView(utc=now, user=user, action="make_study", subject=study.study_id, detail=detail),
            )
        return study

    def listing(self, line: str | None = None) -> tuple[Study, ...]:
        """All studies, newest first."""
        with self.database.read() as tx:
            return study_rows.studies(tx, line)

    def sheet(self, study_id: str, appraiser: str, trial: int) -> Sheet:
        """What an appraiser still has to judge, in an order of their own. PlantError: unknown_study."""
        with self.database.read() as tx:
            study = _known(tx, study_id)
            done = {
                answer.sha256
                for answer in study_rows.answers(tx, study_id)
                if (answer.appraiser, answer.trial, answer.reference) == (appraiser, trial, False)
            }
        order = [item.sha256 for item in study.items]
        random.Random(f"{study.seed}/{appraiser}/{trial}").shuffle(order)  # noqa: S311
        left = tuple(sha256 for sha256 in order if sha256 not in done)
        return Sheet(study_id=study_id, appraiser=appraiser, trial=trial, pictures=left)

    def judge(
        self,
        study_id: str,
        sha256: str,
        appraiser: str,
        *,
        defective: bool,
        kind: str | None = None,
        trial: int = 1,
        reference: bool = False,
    ) -> None:
        """Take a verdict in; a reference verdict is the panel's.

        PlantError: unknown_study, unknown_picture, unknown_kind, bad_count.
        """
        if not 1 <= trial <= TRIALS:
            raise PlantError("bad_count", f"trial {trial}; trials count from 1 to {TRIALS}")
        if kind is not None and kind not in set(DefectKind):
            raise PlantError("unknown_kind", f"defect kind {kind!r} is not known; see the list of kinds")
        with self.database.write() as tx:
            study = _known(tx, study_id)
            check_line(study.line)
            if sha256 not in {item.sha256 for item in study.items}:
                raise PlantError("unknown_picture", f"picture {sha256} is not in study {study_id}")
            answer = StoredAnswer(
                sha256=sha256,
                appraiser=appraiser,
                trial=trial,
                reference=reference,
                defective=defective,
                kind=kind if defective else None,
            )
            now = self.now()
            study_rows.put_answer(tx, study_id, answer, now)
            detail = {"picture": sha256, "trial": str(trial), "defective": str(defective).lower()}
            action = "judge_reference" if reference else "judge_picture"
            entry = AuditView(utc=now, user=appraiser, action=action, subject=study_id, detail=detail)
            people.note(tx, self.owner, entry)

    def agreement(self, study_id: str) -> Agreement:
        """How appraisers and the CNN did; the reference is the panel's, else what most people say.

        PlantError: unknown_study.
        """
        with self.database.read() as tx:
            study = _known(tx, study_id)
            kept = study_rows.answers(tx, study_id)
        people_said = [_answer(answer) for answer in kept if not answer.reference]
        panel = {answer.sha256: answer.defective for answer in kept if answer.reference}
        kinds = {answer.sha256: answer.kind for answer in kept if answer.kind}
        return agreement(
            [*people_said, *(_machine(item) for item in study.items)],
            panel or consensus(people_said),  # the CNN has no vote on what it is measured by
            kinds,
            PANEL if panel else CONSENSUS,
        )


def _known(tx: Transaction, study_id: str) -> Study:
    study = study_rows.study(tx, study_id)
    if study is None:
        raise PlantError("unknown_study", f"study {study_id} is not known; open it from the list")
    return study


def _answer(answer: StoredAnswer) -> Answer:
    return Answer(
        item=answer.sha256, appraiser=answer.appraiser, trial=answer.trial, defective=answer.defective
    )


def _machine(item: StudyItem) -> Answer:
    """The CNN says the same each time it is asked: one trial."""
    return Answer(item=item.sha256, appraiser=f"CNN {item.bundle_id}", trial=1, defective=item.defective)
