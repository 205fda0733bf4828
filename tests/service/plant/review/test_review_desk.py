"""The review queue: who gets what, in which order, and where verdicts go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from datasets.labels import Label, LabelVerdict, PixelBox, read_labels, standing_labels
from service.event_terms import PictureWhy
from service.plant.errors import PlantError
from service.plant.plant import LABELS_FILE, Plant
from service.plant.review.desk import SKIPPED_FOR, ReviewDesk
from service.plant.views.audits import AuditKind
from service.plant.views.defects import MarkVerdict, MarkView
from service.plant.views.kpis import Window
from service.plant.views.review import ReviewSubject, ReviewWhy, ReviewWord
from vision.taxonomy import DefectKind

YES, NO = ReviewWord(defective=True), ReviewWord(defective=False)
BOX = PixelBox(x0=10, y0=20, x1=40, y1=30)
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def twice(plant: Plant) -> ReviewDesk:
    """A desk where everything is judged twice."""
    return replace(plant.review, wants_second=lambda subject: True)


def standing(plant: Plant) -> list[Label]:
    return list(standing_labels(read_labels(plant.settings.data_dir / LABELS_FILE)))


def mark_of(plant: Plant, defect_id: str) -> MarkView | None:
    return next(item.mark for item in plant.roll("r1").defects if item.defect_id == defect_id)


def draw(plant: Plant, loom: Any, clock: Any, kind: AuditKind) -> None:
    clock.pass_s(3600)
    window = Window(from_utc=clock() - timedelta(days=1), to_utc=clock())
    plant.quality.audits.draw("loom-1", kind, window, "boss", seed=1)


def test_what_is_worth_most_comes_first_and_says_why(loom: Any, once: ReviewDesk) -> None:
    loom.find("long", length_mm=300)  # 4 points
    loom.find("torn", kind="tear", length_mm=300)  # critical, 4 points
    loom.find("doubt", length_mm=300, unsure=True)
    loom.find("small", length_mm=20)  # 1 point: only now and then
    queue = [(item.subject_id, item.why, item.value) for item in once.take("aigul", 10)]
    assert queue[:3] == [
        ("doubt", ReviewWhy.UNSURE, 90.0),  # 50 and 4 times 10
        ("torn", ReviewWhy.CRITICAL, 70.0),  # 30 and 4 times 10
        ("long", ReviewWhy.COSTLY, 40.0),
    ]


def test_a_verdict_is_a_mark_and_a_label_at_once(plant: Plant, loom: Any, once: ReviewDesk) -> None:
    loom.find("d1", unsure=True)
    (item,) = once.take("aigul", 1)
    once.judge(item.id, replace(YES, kind="hole", boxes=(BOX,)), "aigul")
    mark = mark_of(plant, "d1")
    assert mark is not None
    assert (mark.verdict, mark.kind, mark.user) == (MarkVerdict.WRONG, "hole", "aigul")
    (label,) = standing(plant)
    assert (label.kind, label.box, label.group, label.author) == (DefectKind.HOLE, BOX, "r1", "aigul")
    assert once.take("aigul", 1) == ()
    with pytest.raises(PlantError, match="not on the desk") as refused:
        once.judge(item.id, YES, "aigul")
    assert refused.value.problem == "not_yours"


def test_an_open_page_keeps_its_items_and_rarely_writes(
    plant: Plant, loom: Any, once: ReviewDesk, clock: Any
) -> None:
    loom.find("d1")
    once.take("aigul", 1)
    revision = plant.revision
    once.take("aigul", 1)
    assert plant.revision == revision
    for _ in range(5):
        clock.pass_s(90)
        once.take("aigul", 1)
    assert once.take("berik", 1) == ()


def test_a_skipped_item_goes_to_others_and_comes_back_in_the_next_shift(
    loom: Any, once: ReviewDesk, clock: Any
) -> None:
    loom.find("d1")
    (item,) = once.take("aigul", 1)
    once.skip(item.id, "aigul")
    assert once.take("aigul", 1) == ()
    assert once.state("aigul").skipped == 1
    clock.pass_s(SKIPPED_FOR.total_seconds() + 1)
    assert [each.id for each in once.take("aigul", 1)] == [item.id]


def test_a_person_gets_items_of_their_own_lines(loom: Any, once: ReviewDesk) -> None:
    loom.find("d1")
    assert once.take("aigul", 1, ("opener-1",)) == ()
    (item,) = once.take("aigul", 1, ("opener-1", "loom-1"))
    assert item.line == "loom-1"


def test_undo_brings_item_label_and_grade_back(plant: Plant, loom: Any, once: ReviewDesk) -> None:
    loom.find("d1")
    before = plant.roll("r1").grade.points
    (item,) = once.take("aigul", 1)
    once.judge(item.id, NO, "aigul")
    assert plant.roll("r1").grade.points < before
    assert once.undo("aigul") == item.id
    assert (mark_of(plant, "d1"), plant.roll("r1").grade.points) == (None, before)
    assert standing(plant) == []
    assert [each.id for each in once.take("aigul", 1)] == [item.id]
    once.judge(item.id, YES, "aigul")
    assert [label.verdict for label in standing(plant)] == [LabelVerdict.RIGHT]
    with pytest.raises(PlantError) as nothing:
        once.undo("berik")
    assert nothing.value.problem == "nothing_to_undo"


def test_undo_never_takes_away_what_somebody_said_later(plant: Plant, loom: Any, once: ReviewDesk) -> None:
    loom.find("d1")
    (item,) = once.take("aigul", 1)
    once.judge(item.id, NO, "aigul")
    plant.mark("d1", MarkVerdict.RIGHT, None, "boss")
    with pytest.raises(PlantError) as refused:
        once.undo("aigul")
    assert refused.value.problem == "marked_again"
    mark = mark_of(plant, "d1")
    assert mark is not None
    assert mark.user == "boss"


def test_what_was_marked_elsewhere_leaves_the_queue(plant: Plant, loom: Any, once: ReviewDesk) -> None:
    loom.find("d1")
    once.filler.fill()
    plant.mark("d1", MarkVerdict.RIGHT, None, "boss")
    once.filler.fill()
    assert once.take("aigul", 1) == ()
    assert once.state("aigul").waiting == {}


def test_a_second_verdict_is_blind_and_feeds_the_appraisal(
    plant: Plant, loom: Any, twice: ReviewDesk, clock: Any
) -> None:
    for number in range(4):
        loom.find(f"d{number}")
    for number, item in enumerate(twice.take("aigul", 4)):
        twice.judge(item.id, YES if number < 2 else NO, "aigul")
    assert twice.take("aigul", 4) == ()  # nobody judges their own
    second = twice.take("berik", 4)
    assert {item.defect.mark for item in second if item.defect is not None} == {None}
    assert len(second) == 4
    for number, item in enumerate(second):
        twice.judge(item.id, YES if number < 3 else NO, "berik")
    assert {label.author for label in standing(plant)} == {"aigul"}
    agreed = plant.quality.studies.agreement(f"review-loom-1-{clock():%Y-%m}")
    pair = next(each for each in agreed.pairs if {each.one, each.other} == {"aigul", "berik"})
    assert (pair.agree.value, pair.kappa) == (0.75, pytest.approx(0.5))  # by hand: (0.75 - 0.5) / (1 - 0.5)
    (open_,) = twice.take("clara", 4)  # where the two differ a third decides
    twice.judge(open_.id, YES, "clara")
    assert {label.author for label in standing(plant)} == {"aigul", "clara"}
    mark = mark_of(plant, open_.subject_id)
    assert mark is not None
    assert (mark.verdict, mark.user) == (MarkVerdict.RIGHT, "clara")
    assert twice.undo("clara") == open_.id
    mark = mark_of(plant, open_.subject_id)
    assert mark is not None
    assert (mark.verdict, mark.user) == (MarkVerdict.WRONG, "aigul")
    assert {label.author for label in standing(plant)} == {"aigul"}


def test_a_clean_sample_with_missed_defects_answers_its_audit(
    plant: Plant, loom: Any, once: ReviewDesk, clock: Any
) -> None:
    sha256 = loom.keep(PictureWhy.CLEAN_SAMPLE)
    draw(plant, loom, clock, AuditKind.PICTURE)
    (item,) = once.take("aigul", 1)
    assert (item.subject, item.why, item.place) == (
        ReviewSubject.PICTURE,
        ReviewWhy.AUDIT,
        item.place,
    )
    assert item.place is not None
    assert (item.place.x0_mm, item.place.y0_mm, item.place.mm_per_px) == (100.0, 5000.0, 0.5)
    other = replace(BOX, x0=0)
    once.judge(item.id, ReviewWord(defective=True, kind="hole", boxes=(BOX, other)), "aigul")
    (answered,) = plant.quality.audits.items().items
    assert (answered.missed, answered.answered_by) == (2, "aigul")
    assert [(one.picture_sha256, one.defect_id, one.kind, one.box, one.group) for one in standing(plant)] == [
        (sha256, None, DefectKind.HOLE, BOX, "r1"),
        (sha256, None, DefectKind.HOLE, other, "r1"),
    ]
    once.undo("aigul")
    assert standing(plant) == []
    (answered,) = plant.quality.audits.items().items
    assert answered.missed is None
    once.judge(item.id, NO, "aigul")
    assert [(one.verdict, one.kind) for one in standing(plant)] == [(LabelVerdict.RIGHT, None)]


def test_a_passed_roll_is_answered_by_a_number(plant: Plant, loom: Any, once: ReviewDesk, clock: Any) -> None:
    plant.ingest("loom-1", [loom.log.roll_ended()])
    draw(plant, loom, clock, AuditKind.ROLL)
    (item,) = once.take("aigul", 1)
    assert (item.subject, item.roll_name) == (ReviewSubject.ROLL, "R1")
    once.judge(item.id, ReviewWord(defective=False, missed=3), "aigul")
    (answered,) = plant.quality.audits.items().items
    assert answered.missed == 3


def test_each_day_some_of_what_passed_is_drawn_once(
    plant: Plant, loom: Any, once: ReviewDesk, clock: Any
) -> None:
    loom.keep(PictureWhy.CLEAN_SAMPLE)
    clock.pass_s(24 * 3600)
    once.filler.fill()
    once.filler.fill()
    (drawn,) = plant.quality.audits.items().items
    assert (drawn.drawn_by, drawn.kind, drawn.line) == ("plant", AuditKind.PICTURE, "loom-1")
    assert once.state("aigul").waiting == {ReviewWhy.AUDIT: 1}


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        (replace(YES, kind="dragon"), "unknown_kind"),
        (replace(NO, boxes=(BOX,)), "bad_word"),
        (replace(YES, boxes=(BOX, BOX)), "bad_word"),
        (replace(NO, missed=1), "bad_word"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_kept(
    plant: Plant, loom: Any, once: ReviewDesk, word: ReviewWord, problem: str
) -> None:
    loom.find("d1")
    (item,) = once.take("aigul", 1)
    with pytest.raises(PlantError) as refused:
        once.judge(item.id, word, "aigul")
    assert refused.value.problem == problem
    assert standing(plant) == []
    assert [each.id for each in once.take("aigul", 1)] == [item.id]
