"""A blind second verdict feeds the appraisal of people: a line's study of the month gets one more picture."""

from collections.abc import Sequence
from datetime import datetime

from service.plant.store import study_rows
from service.plant.store.database import Transaction
from service.plant.store.review_rows import StoredItem
from service.plant.store.review_words import StoredWord
from service.plant.store.study_rows import StoredAnswer
from service.plant.views.audits import Study, StudyItem
from service.plant.views.review import ReviewSubject

MADE_BY = "review queue"


def study_of(item: StoredItem, now: datetime) -> str:
    """The id of the study that a second verdict of now belongs to."""
    return f"review-{item.tenant.line}-{now:%Y-%m}"


def appraise(
    tx: Transaction, item: StoredItem, bundle_id: str, said: Sequence[StoredWord], now: datetime
) -> None:
    """Put two people's verdicts on one picture into the study; its agreement tells kappa."""
    if item.picture_sha256 is None:
        return
    study_id = study_of(item, now)
    shown = StudyItem(
        sha256=item.picture_sha256, defective=item.subject is ReviewSubject.DEFECT, bundle_id=bundle_id
    )
    held = study_rows.study(tx, study_id)
    if held is None:
        study = Study(
            study_id=study_id,
            line=item.tenant.line,
            made_utc=now,
            made_by=MADE_BY,
            seed=0,
            items=(shown,),
            demo=item.demo,
        )
        study_rows.add(tx, item.tenant, study)
    elif shown.sha256 not in {each.sha256 for each in held.items}:
        study_rows.set_items(tx, study_id, (*held.items, shown), demo=held.demo or item.demo)
    for word in said:
        answer = StoredAnswer(
            sha256=item.picture_sha256,
            appraiser=word.user,
            trial=1,
            reference=False,
            defective=bool(word.defective),
            kind=word.kind,
        )
        study_rows.put_answer(tx, study_id, answer, now)


def forget(tx: Transaction, item: StoredItem, said: StoredWord) -> None:
    """Take a second verdict out of its study again."""
    if item.picture_sha256 is not None:
        study_rows.drop_answer(tx, study_of(item, said.utc), item.picture_sha256, said.user)
